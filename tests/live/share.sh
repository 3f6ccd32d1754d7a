#!/bin/sh
# Namespaces that the policy shares are the caller's, and no others; without a pid namespace of its
# own the launcher becomes the program, and still nobody outside is in its reach.
set -eu
. "$srcdir/tests/live/lib.sh"

shared() { # KIND...: just these namespaces are the caller's
	for kind in cgroup ipc mnt net pid user uts; do
		works box readlink /proc/self/ns/$kind
		case " $* " in
		*" $kind "*)
			equal "$(readlink /proc/self/ns/$kind)" "$(cat said)" "$kind"
			;;
		*)
			[ "$(cat said)" != "$(readlink /proc/self/ns/$kind)" ] ||
				failed "the $kind namespace is the host's"
			;;
		esac
	done
}
use
shared none
use '' '"share": ["ipc"]'
shared ipc
use '' '"share": ["uts", "cgroup"]'
shared cgroup uts
prints "$(uname -n)" box read /proc/sys/kernel/hostname
use '' '"network": "host"'
shared net
use '' '"share": ["pid", "ipc", "uts", "cgroup"], "network": "host"'
shared cgroup ipc net pid uts
use '' '"share": ["pid"]'
shared pid

# The launcher is the program: one process, whose status and signals are its own.
refused ENOENT box read /missing
works box readlink /proc/self
[ "$(cat said)" -gt 2 ] || failed "the program's pid is $(cat said)"
background "$launcher" await /tmp/never
for _ in $(seq 500); do
	[ "$(readlink /proc/$running/exe)" != "$program/bin/probe" ] || break
	sleep 0.02
done
equal "$program/bin/probe" "$(readlink /proc/$running/exe)" "the launcher's own process"
equal '' "$(cat /proc/$running/task/$running/children)" "its children"
kill -TERM $running
code=0
wait $running 2>/dev/null || code=$?
running=
equal 143 $code 'its end by SIGTERM'

# It is confined like any other.
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	matches "$set:	0000000000000000" box read /proc/self/status
done
matches 'NoNewPrivs:	1' box read /proc/self/status
matches 'Seccomp:	2' box read /proc/self/status
refused EROFS box create /new
refused ENOENT box read "$outsider/secret"
prints inside box read "$program/etc/text"

# The host's processes can be seen, and that is all: no signal (Landlock, Linux 6.12), no trace, no
# way through their root or directory.
background sleep 60
works box listing "/proc/$running"
works outside syscall kill "$running" 0
if [ "$(landlock_abi)" -ge 6 ]; then
	refused EPERM box syscall kill "$running" 0
else
	echo 'this kernel cannot keep signals in'
fi
works outside readlink "/proc/$running/root"
works outside listing "/proc/$running/root/"
refused EACCES box readlink "/proc/$running/root"
refused EACCES box listing "/proc/$running/cwd/"
refused EACCES box read "/proc/$running/environ"
# Nor can they be changed: by a limit they could be killed. Getting is no changing, and what is the
# program's own it can set. What is no pointer shows that the kernel would have looked at it.
# Root's processes have rights, which alone keep others without from setting their priority.
no_rights=
[ "$WORLD" != 0 ] || no_rights='setpriv --inh-caps=-all --bounding-set=-all'
limit=@AAAAAAAABBBBBBBB file_size=1 cpus="$(printf '@\377')" no_pointer=1 idle=0x6000
of_host() { # the process's: limit of file sizes, nice value
	awk '/^Max file size/ { print $4 }' "/proc/$running/limits"
	cut -d ' ' -f 19 "/proc/$running/stat"
}
change() { # CHECK COMMAND...
	"$@" syscall prlimit64 "$running" $file_size $limit 0
	"$@" syscall setpriority 0 "$running" 19
	"$@" syscall ioprio_set 1 "$running" $idle
	"$@" syscall sched_setaffinity "$running" 1 "$cpus"
}
reach() { # CHECK COMMAND...: what would change nothing
	"$@" syscall sched_setscheduler "$running" 3 $no_pointer
	"$@" syscall sched_setparam "$running" $no_pointer
	"$@" syscall sched_setattr "$running" $no_pointer 0
}
nobody=4000000000
stop
background $no_rights sleep 60
before=$(of_host)
change refused EPERM box
reach refused EPERM box
refused EPERM box syscall setpriority 1 0 19
refused EPERM box syscall setpriority 2 $nobody 19
refused EPERM box syscall ioprio_set 3 $nobody $idle
equal "$before" "$(of_host)" "the host's process after the box"
works box syscall prlimit64 0 $file_size $limit 0 -- syscall setpriority 0 0 19 \
	-- syscall ioprio_set 1 0 $idle -- syscall sched_setaffinity 0 1 "$cpus"
refused EFAULT box syscall sched_setattr 0 $no_pointer 0
use '' '"share": ["pid"], "system-calls": { "base": "none" }'
reach refused EFAULT box
refused ESRCH box syscall setpriority 2 $nobody 19
refused ESRCH box syscall ioprio_set 3 $nobody $idle
change works box
equal "4702111234474983745
19" "$(of_host)" "the host's process after a box without a filter"
attach=0x4206 # PTRACE_SEIZE
works outside syscall ptrace $attach "$running" 0 0
refused EPERM box syscall ptrace $attach "$running" 0 0
stop

# What a box without an init cannot do is refused when it is compiled.
for member in '"wait-for": "all"' '"stop-timeout": "5s"'; do
	if use '' '"share": ["pid"], "process": { '"$member"' }' 2>said; then
		failed "$member was accepted"
	fi
	grep -q 'share' said || failed "$member: $(cat said)"
done
