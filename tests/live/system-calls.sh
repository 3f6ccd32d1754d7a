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
	[ $code = $EPERM ] || continue
	# A container's root is less than the machine's.
	[ $who = user ] || { echo "no control for $call: root must not either"; continue; }
	failed "$call $arguments is refused outside, too"
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

# The calls of another architecture have other numbers: their caller is killed, by SIGSYS.
if [ "$(uname -m)" = x86_64 ]; then
	ends 159 box foreign
	ends 159 box syscall $((0x40000000 + 39))
	code=0
	outside foreign >said 2>&1 || code=$?
	# or SIGSEGV from a kernel without them
	[ $code = 0 ] || [ $code = 139 ] || failed "a foreign call outside ended with $code"
	refused ENOSYS outside syscall $((0x40000000 + 439 + 61))
fi
