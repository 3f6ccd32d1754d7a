#!/bin/sh
# The filter refuses its calls before the kernel looks at their arguments, and only its own.
set -eu
. "$srcdir/tests/live/lib.sh"

use
no=0xffffffffffffffff # no descriptor, no process, no address, and more flags than there are
new_user=0x10000000 clone_sighand=0x800
ioctl_push=0x5412 ioctl_linux=0x541c upper=0x100000000 # TIOCSTI, TIOCLINUX

# The arguments make no sense, so that nothing happens where nothing is refused: outside, where a
# root of a user namespace or (`root`) only the machine's gets that far, the error is another one.
calls() {
	cat <<end
EPERM user unshare $no
EPERM user setns $no 0
EPERM user mount $no $no $no 0 0
EPERM user umount2 $no 0
EPERM user pivot_root $no $no
EPERM user chroot $no
ENOSYS user clone3 0 0
ENOSYS user open_tree $no $no $no
ENOSYS user move_mount $no $no $no $no $no
ENOSYS user fsopen $no 0
ENOSYS user fsconfig $no $no 0 0 0
ENOSYS user fsmount $no 0 0
ENOSYS user fspick $no $no 0
ENOSYS user mount_setattr $no $no $no 0 0
ENOSYS user open_tree_attr $no $no $no 0 0
EPERM user ptrace $no $no 0 0
EPERM user process_vm_readv $no 0 0 0 0 $no
EPERM user process_vm_writev $no 0 0 0 0 $no
EPERM user pidfd_getfd $no $no 0
EPERM user perf_event_open $no 0 0 0 $no
EPERM user add_key $no $no 0 0 0
EPERM user keyctl $no 0 0 0 0
EPERM user request_key $no $no 0 0
EPERM root bpf $no 0 0
EPERM user userfaultfd $no
EPERM user modify_ldt $no 0 0
EPERM user iopl $no
EPERM user mbind 0 0 $no 0 0 $no
EPERM user move_pages 0 0 0 0 0 $no
EPERM user migrate_pages $no 0 0 0
EPERM user get_mempolicy 0 0 0 0 $no
EPERM user set_mempolicy 0x7fff 0 0
EPERM user set_mempolicy_home_node $no 1 $no $no
EPERM root fanotify_init $no 0
EPERM root open_by_handle_at $no $no 0
EPERM user quotactl_fd $no $no 0 0
EPERM user quotactl $no $no 0 0
EPERM user ioperm $no $no 0
EPERM root kexec_load 0 0 0 $no
EPERM root kexec_file_load $no $no 0 0 $no
EPERM root init_module $no 0 $no
EPERM root finit_module $no $no $no
EPERM root delete_module $no 0
EPERM root reboot $no 0 0 0
EPERM root swapon $no 0
EPERM root swapoff $no
EPERM root syslog $no 0 0
EPERM root acct $no
EPERM user sethostname $no $no
EPERM user setdomainname $no $no
EPERM user settimeofday $no $no
EPERM user clock_settime $no $no
EPERM user personality 0x40000
EPERM user personality $((upper | 0x40000))
ENOSYS user io_uring_setup $no $no
ENOSYS user io_uring_enter $no $no $no $no $no $no
ENOSYS user io_uring_register $no $no $no $no
ENOSYS user process_madvise $no $no $no $no $no
ENOSYS user lsm_get_self_attr $no $no $no $no
ENOSYS user lsm_set_self_attr $no $no $no $no
ENOSYS user lsm_list_modules $no $no $no
EAFNOSUPPORT user socket 40 $no 0
EAFNOSUPPORT user socket $((upper | 40)) $no 0
EAFNOSUPPORT user socketpair 9 $no 0 0
EPERM user setpriority 1 0x7ffffff0 0
EPERM user ioprio_set 2 0x7ffffff0 0
EPERM user ioctl $no $ioctl_push 0
EPERM user ioctl $no $ioctl_linux 0
EPERM user ioctl $no $((upper | ioctl_push)) 0
EPERM user ioctl $no $((upper | ioctl_linux)) 0
end
	# Every flag of clone that makes a namespace: NEWNS CGROUP UTS IPC USER PID NET. Signal
	# handlers cannot be shared without the memory (clone(2)).
	for flag in 0x20000 0x2000000 0x4000000 0x8000000 $new_user 0x20000000 0x40000000; do
		echo "EPERM user clone $((flag | clone_sighand)) 0 0 0 0"
	done
}

calls >table
while read -r name who call arguments <&3; do
	outside has-call "$call" >/dev/null || continue
	# shellcheck disable=SC2086 # several arguments
	refused "$name" box syscall "$call" $arguments
	case $who:$WORLD in
	root:0) control=outside ;;
	user:*) control=as_some_root ;;
	*) continue ;;
	esac
	code=0
	# shellcheck disable=SC2086
	$control syscall "$call" $arguments >said 2>&1 || code=$?
	eval "wanted=\$$name"
	[ $code = "$wanted" ] || continue
	# A container's root is less than the machine's; this kernel may be older than the call.
	case $who:$name in
	root:*) echo "no control for $call: root must not either" ;;
	*:ENOSYS) echo "no control for $call: this kernel does not have it" ;;
	*) failed "$call $arguments is refused outside, too" ;;
	esac
done 3<table

# What would really work outside
for call in "unshare $new_user" "clone $((new_user | 17)) 0 0 0 0"; do
	# shellcheck disable=SC2086
	works outside syscall $call
	# shellcheck disable=SC2086
	refused EPERM box syscall $call
done
works as_some_root syscall mount @none @/tmp @tmpfs 0 0
refused EPERM box syscall mount @none @/tmp @tmpfs 0 0

# What looks alike is not refused.
works box processes
works box syscall clone 17 0 0 0 0 # SIGCHLD: as fork does
refused EINVAL box syscall clone $clone_sighand 0 0 0 0
refused EBADF box syscall ioctl $no 0x5413 0
refused EBADF box syscall ioctl $no $((upper | 0x5413)) 0
works box syscall getpid
works box syscall personality 0xffffffff
works box syscall personality 8
works box syscall personality 0

# All that the tables say is refused, by number (tests/syscalls), and as the kernel does it.
[ "$(uname -m)" = x86_64 ] || exit 0
mkdir tools
cp "$CALLS" tools/calls
tools='{ "bind": "/scratch/tools", "execute": true }'
boxed() { # ARGUMENT-OF-CALLS...
	box exec /scratch/tools/calls "$@"
}
refusals() { # TABLE ARCHITECTURE ERRNO: the numbers
	awk -v a="$2" -v e="$3" '$1 == a && $4 == e && NF == 4 { print $2 }' \
		"$srcdir/tests/syscalls/$1.want"
}
sweep() { # TABLE OTHER: a box by OTHER does as the table says
	use "$tools" "$2"
	for error in EPERM ENOSYS; do
		eval "wanted=\$$error"
		numbers=$(refusals "$1" x86_64 $error)
		[ "$(echo "$numbers" | wc -l)" -ge 20 ] || failed "few numbers in $1: $numbers"
		# shellcheck disable=SC2086 # several numbers
		works boxed end "$wanted" $numbers
	done
}
sweep default ''
sweep strict '"system-calls": { "base": "strict" }'
# The control: of the same numbers most end otherwise outside.
# shellcheck disable=SC2046
as_some_root exec "$CALLS" end $ENOSYS $(refusals default x86_64 ENOSYS | grep -v '[-x]') >said || :
[ "$(wc -l <said)" -ge 15 ] || failed "outside, too, there is no such call: $(cat said)"

# x32 has other numbers, behind a bit: none is there.
use "$tools"
refused ENOSYS boxed make $((0x40000000 + 39))
refused ENOSYS boxed make 520
# The calls of another architecture have other numbers: their caller is killed, by SIGSYS.
ends 159 box foreign
code=0
outside foreign >said 2>&1 || code=$?
# or SIGSEGV from a kernel without them
[ $code = 0 ] || [ $code = 139 ] || failed "a foreign call outside ended with $code"
[ $code = 0 ] || { echo "this kernel has no calls of i386"; exit $failures; }

# A policy can have them, and then they are filtered by the same table.
sweep default-i386 '"system-calls": { "architectures": ["native", "i386"] }'
works box foreign
for error in EPERM ENOSYS; do
	eval "wanted=\$$error"
	# shellcheck disable=SC2046
	works boxed i386 end "$wanted" $(refusals default-i386 i386 $error)
done
getpid=20 mount=21 ioctl=54 socketcall=102 clone=120 modify_ldt=123 socket=359
works boxed i386 make $getpid
refused EPERM boxed i386 make $ioctl -1 $ioctl_push
refused EBADF boxed i386 make $ioctl -1 0x5413
refused EPERM boxed i386 make $clone $new_user
refused EAFNOSUPPORT boxed i386 make $socket 40 1
works boxed i386 make $socket 1 1
refused EFAULT boxed i386 make $socketcall 1 0
works boxed i386 make $modify_ldt 0 0
refused EPERM boxed i386 make $mount
refused EFAULT as_some_root exec "$CALLS" i386 make $mount 1 1 1
refused EBADF outside exec "$CALLS" i386 make $ioctl -1 $ioctl_push
