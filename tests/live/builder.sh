#!/bin/sh
# The root is built by a process of its own while init makes the network namespace and the program's
# process its environment: nobody gets ahead of it, and a launch that fails says one line.
set -eu
. "$srcdir/tests/live/lib.sh"

# So many directories that the root is the last to be ready.
directories() { # COUNT
	seq "$1" | sed 's|.*|, { "directory": "/many/&", "mode": "0755" }|'
}
many="{ \"tmpfs\": \"/many\" } $(directories 2000)"

# What the program's process sets before there is a root does not reach who builds it; and it is in
# the box all the same, by its root and its working directory.
umask 077
use "$many" '"process": { "umask": "0777" }'
works box listing /many
equal 2000 "$(wc -l <said)" 'directories'
for directory in 1 1000 2000; do
	matches 'directory 0755' box kind "/many/$directory"
done
umask 022
use "$many" '"working-directory": "/many/2000"'
prints /many/2000 box directory
refused ENOENT box read /scratch/graph
works outside read /scratch/graph
use "$many" '"path-variables": ["XDG_DATA_DIRS"]'
XDG_DATA_DIRS=/many/none:/many/2000:/nowhere box environment >said
equal XDG_DATA_DIRS=/many/2000 "$(grep ^XDG_DATA_DIRS= said)" 'a variable with paths of the box'

# Init is in the namespaces that it makes late: who asks it for its network sees the box's.
use "$many"
equal "$(box read /proc/self/net/dev)" "$(box read /proc/1/net/dev)" "init's interfaces"
equal lo "$(box read /proc/1/net/dev | sed -n 's/^ *\([^ :]*\):.*/\1/p')" "init's interfaces"

# Two fail: it is said once, and nothing is started.
unset NOWHERE
use '{ "bind": "/scratch/none" }' '"environment": { "set": { "X": "$NOWHERE" } }'
dies 'bind /scratch/none: ' box arguments ran
use "$many"', { "bind": "/scratch/none" }' '"environment": { "set": { "X": "$NOWHERE" } }'
dies 'bind /scratch/none: ' box arguments ran
use "$many" '"environment": { "set": { "X": "$NOWHERE" } }'
dies 'needs $NOWHERE' box arguments ran

# So it is when init cannot make what it is there for.
no_networks() { # COMMAND...
	as_user unshare --user --map-current-user --keep-caps sh -euc '
		echo 0 >/proc/sys/user/max_net_namespaces
		exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' sh "$@"
}
use
dies 'meanwhile: unshare: ' no_networks "$launcher" arguments ran
use "$many"', { "bind": "/scratch/none" }'
dies 'bind /scratch/none: ' no_networks "$launcher" arguments ran

# One that is killed has said nothing, so init does.
use "{ \"tmpfs\": \"/many\" } $(directories 20000)"
first_child() { # PID
	cut -d ' ' -f 1 "/proc/$1/task/$1/children" 2>/dev/null
}
tries=100 builder=
while [ -z "$builder" ] && [ $((tries -= 1)) -gt 0 ]; do
	background "$launcher" arguments ran
	for _ in $(seq 200); do
		init=$(first_child "$running") || break
		[ "$init" ] && builder=$(first_child "$init") && [ "$builder" ] && break
	done
	[ -z "$builder" ] || kill -KILL "$builder" 2>/dev/null || builder=
	code=0
	wait "$running" || code=$?
	running=
	grep -q 'was killed' background.said || builder=
done
equal 125 "$code" 'status after the builder was killed'
grep -qxE 'closurebox: probe: .*: the builder of the root was killed' background.said ||
	failed "it said: $(cat background.said)"
equal 1 "$(wc -l <background.said)" 'lines said'

# The program's working directory is its own, and not init's too.
if [ "$WORLD" = 0 ]; then
	use '{ "tmpfs": "/work" }' '"working-directory": "/work"'
	background "$launcher" await /never
	init=$(first_child "$running")
	tries=500
	until started=$(cut -d ' ' -f 1 "/proc/$init/task/$init/children") &&
		[ "$(readlink "/proc/$started/cwd")" = /work ] || [ $((tries -= 1)) = 0 ]; do
		sleep 0.02
	done
	equal /work "$(readlink "/proc/$started/cwd")" "the program's directory"
	equal / "$(readlink "/proc/$init/cwd")" "init's directory"
	stop
fi
