#!/bin/sh
# "namespaces": "optional": where the machine forbids user namespaces, the program is started
# without any, and Landlock keeps it to its closure and to what is granted at its own path.
set -eu
. "$srcdir/tests/live/lib.sh"

abi=$(landlock_abi)
[ "$abi" -ge 3 ] || skip "this kernel's Landlock is ABI $abi"
mkdir readable writable tools elsewhere dev
for directory in readable writable tools elsewhere; do
	echo $directory >$directory/file
	cp "$PROBE" $directory/probe
done
grants='{ "bind": "/scratch/readable" }, { "bind": "/scratch/writable", "access": "read-write" },
	{ "bind": "/scratch/tools", "execute": true },
	{ "bind": "/scratch/elsewhere", "to": "/else" },
	{ "bind": "/scratch/missing", "optional": true }'
optional='"store": "landlock", "namespaces": "optional"'

# On a machine that forbids user namespaces, as its administrator does it.
forbid='echo 0 >/proc/sys/user/max_user_namespaces
	exec setpriv --inh-caps=-all --ambient-caps=-all "$@"'
forbidden() { # COMMAND...
	as_user unshare --user --map-current-user --keep-caps --mount sh -euc "$forbid" sh "$@"
}
weak() { # PROBE-ARGUMENT...
	forbidden "$launcher" "$@"
}

# Where they are to be had, it has them; where they are not, only if the policy says so.
use "$grants" "$optional"
works box readlink /proc/self/ns/pid
[ "$(cat said)" != "$(readlink /proc/self/ns/pid)" ] || failed 'it has no namespaces'
prints 'elsewhere' box read /else/file
use "$grants" '"store": "landlock"'
dies '65536 >/proc/sys/user/max_user_namespaces' weak directory
use "$grants" "$optional"
works weak directory

# The closure.
prints inside weak read "$program/etc/text"
prints inside weak read "$link/text"
works weak exec "$tool" directory
refused EACCES weak read "$outsider/secret"
refused EACCES weak read "$way_out/secret"
refused EACCES weak listing "$store"
works outside read "$outsider/secret"
refused EACCES weak write "$program/etc/text"

# Nothing else of the host: what the grants name, as they name it.
refused EACCES weak read "$HOME/secret"
refused EACCES weak listing "$HOME"
refused EACCES weak create "$HOME/new"
refused EACCES weak create /tmp/closurebox-live-$$
for path in / /etc /proc /tmp /scratch /home; do
	refused EACCES weak listing $path
done
refused EACCES weak read /etc/passwd
refused EACCES weak read /proc/self/environ
refused EACCES weak read /scratch/elsewhere/file
refused ENOENT weak read /else/file
works forbidden "$PROBE" read "$HOME/secret" -- listing / -- read /scratch/elsewhere/file

# Landlock does not know of modes and attributes: this is said in security.md.
works weak chmod "$HOME/secret" 0600
# It does of truncate(2) (76, x86-64), and no mount is here that would keep it from the store.
chmod 666 "$program/etc/text"
refused EACCES weak syscall 76 "@$program/etc/text" 7
works forbidden "$PROBE" syscall 76 "@$program/etc/text" 7
chmod 444 "$program/etc/text"

prints readable weak read /scratch/readable/file
refused EACCES weak write /scratch/readable/file
refused EACCES weak create /scratch/readable/new
refused EACCES weak remove /scratch/readable/file
refused EACCES weak exec /scratch/readable/probe directory
prints text weak create /scratch/writable/new text -- read /scratch/writable/new
works weak mkdir /scratch/writable/inner -- symlink x /scratch/writable/inner/link \
	-- remove /scratch/writable/inner/link -- remove /scratch/writable/inner
works weak write /scratch/writable/file -- remove /scratch/writable/new
refused EACCES weak exec /scratch/writable/probe directory
works weak exec /scratch/tools/probe directory
refused EACCES weak write /scratch/tools/file
works forbidden "$PROBE" exec /scratch/readable/probe directory
works forbidden "$PROBE" create /scratch/readable/new '' -- remove /scratch/readable/new
works weak write /dev/null -- read /dev/null
works weak write /dev/stdout

# No rights, a filter, no sockets, no signals to anybody. It is the launcher's own process.
background unshare --user --map-current-user --keep-caps --mount sh -euc "$forbid" sh \
	"$launcher" await /scratch/writable/never
for _ in $(seq 500); do
	[ "$(readlink /proc/$running/exe)" != "$program/bin/probe" ] || break
	sleep 0.02
done
equal "$program/bin/probe" "$(readlink /proc/$running/exe)" "the launcher's own process"
for set in CapInh CapPrm CapEff CapAmb; do
	matches "$set:	0000000000000000" cat /proc/$running/status
done
matches 'NoNewPrivs:	1' cat /proc/$running/status
matches 'Seccomp:	2' cat /proc/$running/status
stop
unix=1 inet=2 inet6=10 stream=1
for family in $unix $inet $inet6; do
	refused EAFNOSUPPORT weak syscall socket $family $stream 0
	works forbidden "$PROBE" syscall socket $family $stream 0
done
refused EPERM weak syscall shmget 0 4096 0600
works forbidden "$PROBE" syscall shmget 0 4096 0600
ipcrm -m "$(cat said)"
use "$grants" "$optional"', "share": ["ipc"]'
works weak syscall shmget 0 4096 0600
ipcrm -m "$(cat said)"
use "$grants" "$optional"
refused EPERM weak syscall unshare 0x10000000
refused EPERM weak syscall mount @none @/scratch/writable @tmpfs 0 0
background sleep 60
works forbidden "$PROBE" syscall kill "$running" 0
[ "$abi" -lt 6 ] || refused EPERM weak syscall kill "$running" 0
refused EPERM weak syscall ptrace 0x4206 "$running" 0 0
# Nor are its limits, by which it could be killed, its priority, or its scheduling. Root's processes
# have rights, which alone keep others without from setting their priority.
no_rights=
[ "$WORLD" != 0 ] || no_rights='setpriv --inh-caps=-all --bounding-set=-all'
stop
background $no_rights sleep 60
limit=@AAAAAAAABBBBBBBB file_size=1 no_pointer=1
limit_of_host() {
	awk '/^Max file size/ { print $4 }' "/proc/$running/limits"
}
change() { # CHECK COMMAND...
	"$@" syscall prlimit64 "$running" $file_size $limit 0
	"$@" syscall setpriority 0 "$running" 19
	"$@" syscall ioprio_set 1 "$running" 0x6000
}
before=$(limit_of_host)
for system_calls in '"base": "default"' '"base": "none"'; do
	use "$grants" "$optional"', "nested-sandbox": true, "system-calls": { '"$system_calls }"
	change refused EPERM weak
	refused EPERM weak syscall sched_setattr "$running" $no_pointer 0
	refused EFAULT weak syscall sched_setattr 0 $no_pointer 0
	works weak syscall prlimit64 0 $file_size $limit 0 -- syscall setpriority 0 0 19
done
equal "$before" "$(limit_of_host)" "the host's process after the box"
refused EFAULT forbidden "$PROBE" syscall sched_setattr "$running" $no_pointer 0
change works forbidden "$PROBE"
equal 4702111234474983745 "$(limit_of_host)" "the host's process after the control"
stop

# No variable makes a grant one of everything.
use '{ "bind": "$ROOT" }' "$optional"
for ROOT in / /proc/self/root; do
	export ROOT
	dies 'is the root of the host' weak read "$HOME/secret"
done
ROOT=$HOME
prints secret weak read "$HOME/secret"
use '{ "bind": "$ROOT" }' "$optional"', "accept-risk": ["host-root"]'
ROOT=/
prints secret weak read "$HOME/secret"
unset ROOT

# Nor does a link that an earlier box has left, where it could write; where it could not, it does.
inside() { # ACCESS
	use "{ \"bind\": \"/scratch/writable\", \"access\": \"$1\" },
		{ \"bind\": \"/scratch/writable/evil\", \"access\": \"$1\", \"optional\": true }" \
		"$optional"
}
inside read-write
works weak symlink "$HOME" /scratch/writable/evil
dies 'allow /scratch/writable/evil: is a symbolic link' weak read "$HOME/secret"
inside read-only
prints secret weak read "$HOME/secret"
use "{ \"bind\": \"/scratch/writable/evil\", \"create\": \"directory\" }" "$optional"
dies 'allow /scratch/writable/evil: is a symbolic link' weak read "$HOME/secret"
rm writable/evil

# With the host's network: sockets of the internet, and no others.
use "$grants" "$optional"', "network": "host"'
works weak syscall socket $inet $stream 0
works weak syscall socket $inet6 $stream 0
refused EAFNOSUPPORT weak syscall socket $unix $stream 0

# With a blocked network: none at all, as with one of the box's own.
if [ "$(landlock_abi)" -ge 6 ]; then
	use "$grants" "$optional"', "network": "blocked"'
	for family in $inet $inet6 $unix; do
		refused EAFNOSUPPORT weak syscall socket $family $stream 0
	done
	prints readable weak read /scratch/readable/file
fi

# Other ways to forbid them: a filter, by any usual error; a chroot; a /proc that is partly covered
# or not there. What may pass, such as too many processes or namespaces, is no prohibition.
use "$grants" "$optional"
clone3=435
for error in 1 13 22 38; do
	works as_user "$ACTOR" refuse $clone3 $error "$launcher" read "$program/etc/text"
	refused EACCES as_user "$ACTOR" refuse $clone3 $error "$launcher" read "$HOME/secret"
done
for error in 11 12 28; do
	dies 'namespaces: clone3: ' as_user "$ACTOR" refuse $clone3 $error "$launcher" directory
done
covered() { # COMMAND...
	as_user unshare --user --map-current-user --keep-caps --mount sh -euc '
		"$PROBE" syscall mount @none "@$0" @tmpfs 0 0 >/dev/null
		exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' "$@"
}
for path in /proc/sys/kernel /proc; do
	works covered $path "$launcher" read "$program/etc/text"
	refused EACCES covered $path "$launcher" read "$HOME/secret"
done
use "$grants" '"store": "landlock"'
dies 'proc /proc: fsmount: ' covered /proc/sys/kernel "$launcher" directory

# And it needs Landlock, always.
use "$grants" "$optional"
for error in 38 95; do
	dies 'rules: landlock_create_ruleset: ' forbidden \
		"$ACTOR" refuse 444 $error "$launcher" directory
done
