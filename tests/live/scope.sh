#!/bin/sh
# Signals and abstract sockets stay in the box, those too that no namespace keeps in: signals to the
# process group that box and caller are in, and the sockets of a network that is the host's.
set -eu
. "$srcdir/tests/live/lib.sh"

abi=$(landlock_abi)
[ "$abi" -ge 6 ] || skip "this kernel's Landlock is ABI $abi; scopes are new in ABI 6 (Linux 6.12)"

# A listener on an abstract name, which nothing but the network namespace or the scope hides.
address=closurebox-scope-$$
background "$PROBE" listen "abstract:$address" listens
works "$PROBE" await listens
works outside connect "abstract:$address"
use '' '"network": "host"'
refused EPERM box connect "abstract:$address"
use '' '"network": "host", "system-calls": { "base": "none" }'
refused EPERM box connect "abstract:$address"
# X11 needs the server's, so who accepts it on the host's network has them all; in a network of the
# box's own, or without a grant of it, that changes nothing.
risk='"accept-risk": ["x11"]'
socket='{ "bind": "/tmp/.X11-unix", "optional": true }'
use "$socket" "$risk"
refused ECONNREFUSED box connect "abstract:$address"
use "$socket" '"network": "host", '"$risk"
works box connect "abstract:$address"
use "$socket" '"network": "host", "store": "landlock", '"$risk"
works box connect "abstract:$address"
use '' '"network": "host", "store": "landlock", '"$risk"
refused EPERM box connect "abstract:$address"
use '' '"network": "host", '"$risk"
refused EPERM box connect "abstract:$address"
stop
# What is no abstract socket it can reach.
background "$PROBE" listen tcp:0 port
works "$PROBE" await port
works box connect "tcp:$(cat port)"
stop

# What a bystander in the process group of the command hears.
heard() { # COMMAND...
	as_user setsid sh -c '
		trap "" USR1
		: >bystander # of the call before
		"$ACTOR" catch 0 USR1 TERM >bystander &
		until grep -q ready bystander; do sleep 0.02; done
		"$@" >said 2>&1 || echo "$* ended with $?"
		kill -TERM $!
		wait $!' sh "$@"
	grep -v ready bystander || :
}
equal "$(printf 'caught 10\ncaught 15')" "$(heard "$PROBE" syscall kill 0 10)" 'the control'
for share in '' '"share": ["pid"], '; do
	use '' "$share"'"system-calls": { "base": "none" }'
	equal 'caught 15' "$(heard "$launcher" syscall kill 0 10)" 'a signal to the group'
done
for store in closure landlock; do
	use "$socket" "$risk"', "network": "host", "store": "'$store'",
		"system-calls": { "base": "none" }'
	equal 'caught 15' "$(heard "$launcher" syscall kill 0 10)" "a signal where X11 is accepted"
done

# A real client of a real server, which listens on both sockets. The programs and libraries of the
# host are granted, at their own places.
display() { # POLICY-MEMBER: what the client says of the display
	environment='"environment": { "set": { "DISPLAY": "'"$DISPLAY"'" } }'
	use '{ "bind": "/usr", "execute": true }, { "symlink": "/lib", "target": "usr/lib" },
		{ "symlink": "/lib64", "target": "usr/lib64" }'"$1" \
		'"network": "host", '"$risk, $environment"
	as_user "$launcher" exec "$client" 2>&1 | grep -oE '(name of|unable to open) display.*' || :
}
if client=$(command -v xdpyinfo) && command -v Xvfb >/dev/null && [ -L /lib64 ]; then
	background sh -c 'exec Xvfb -displayfd 3 -screen 0 64x64x24 3>display'
	tries=200
	until [ -s display ] || [ $((tries -= 1)) = 0 ]; do sleep 0.05; done
	DISPLAY=:$(cat display)
	grep -qF "@/tmp/.X11-unix/X${DISPLAY#:}" /proc/net/unix || failed 'no abstract socket'
	equal "name of display:    $DISPLAY" "$(display ", $socket")" 'with X11'
	equal "unable to open display \"$DISPLAY\"." "$(display '')" 'without X11'
	stop
else
	echo 'no xdpyinfo or no Xvfb here: no display was opened'
fi

# Inside they work: from the program to init and to itself, whom the builder of the root precedes.
use
works box syscall kill 1 0 -- syscall kill 3 0
