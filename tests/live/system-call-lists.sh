#!/bin/sh
# The bases of the filter and a policy's own lists: what each adds and takes away.
set -eu
. "$srcdir/tests/live/lib.sh"

filter() { # MEMBERS of "system-calls" [OTHER members of the policy]
	use '' "\"system-calls\": { $1 }${2:+, $2}"
}
new_user=0x10000000 push=0x5412 no=0xffffffffffffffff # CLONE_NEWUSER, TIOCSTI
stream=1 datagram=2 packet=5 # SOCK_*
sockets() { # a pair of this type, with close-on-exec
	echo socketpair 1 $(($1 | 0x80000)) 0 @xxxxxxxx
}

# strict: nothing but what plain programs call
filter '"base": "strict"'
works box processes
works box syscall getpid
refused EPERM box syscall socket 1 $stream 0
refused EPERM box syscall shmget 0 4096 0600
refused EPERM box syscall semget 0 1 0600
refused EPERM box syscall msgget 0 0600
refused EPERM box syscall mq_open @queue 0101 0600 0
refused EPERM box syscall kcmp $no $no 0 0 0
refused EPERM box syscall name_to_handle_at $no @x @x @x 0
refused EPERM box syscall io_setup 1 @xxxxxxxx
refused ENOSYS box syscall memfd_secret 0
refused ENOSYS box syscall vmsplice $no 0 0 0
refused EPERM box syscall ioctl $no $push 0
refused EPERM box syscall clone $((new_user | 17)) 0 0 0 0
refused EPERM box syscall ptrace 0 0 0 0
# shellcheck disable=SC2046
{
	works box syscall $(sockets $stream)
	works box syscall $(sockets $packet)
	refused EPERM box syscall $(sockets $datagram)
}

# Controls: default has all of these but the last three.
filter '"base": "default"'
works box syscall socket 1 $stream 0
works box syscall shmget 0 4096 0600
works box syscall semget 0 1 0600
works box syscall msgget 0 0600
refused ESRCH box syscall kcmp 0x7ffffff0 0x7ffffff0 0 0 0
refused EBADF box syscall vmsplice $no 0 0 0
# shellcheck disable=SC2046
works box syscall $(sockets $datagram)
refused EPERM box syscall ptrace 0 0 0 0

# Lists: denying wins; a name lifts conditions on arguments, a group does not.
filter '"allow": ["ptrace", "ioctl", "@keyring", "@network-io"], "deny": ["getpid", "keyctl"]'
works box syscall ptrace 0 0 0 0
refused EBADF box syscall ioctl $no $push 0
refused EPERM box syscall getpid
refused EPERM box syscall keyctl $no 0 0 0 0
refused EFAULT box syscall add_key $no $no 0 0 0
refused EAFNOSUPPORT box syscall socket 40 $stream 0
filter '"base": "strict", "allow": ["@network-io"]'
works box syscall socket 1 $stream 0
refused EAFNOSUPPORT box syscall socket 40 $stream 0
filter '"base": "strict", "allow": ["socket"]'
code=0
outside syscall socket 40 $stream 0 >said 2>&1 || code=$?
ends $code box syscall socket 40 $stream 0

# none: the kernel's own word, also for what a policy denies of it
filter '"base": "none"'
equal 0 "$("$CLOSUREBOX" inspect --steps "$launcher" | grep -c seccomp)" 'filters'
works box syscall ptrace 0 0 0 0
refused EBADF box syscall ioctl $no $push 0
filter '"base": "none", "deny": ["ptrace"]'
refused EPERM box syscall ptrace 0 0 0 0
refused EBADF box syscall ioctl $no $push 0
works box syscall socket 1 $stream 0

# Init lives under each filter: it reaps, and gives the status on.
for base in default strict none; do
	filter "\"base\": \"$base\", \"deny\": [\"ptrace\"]"
	refused ENOENT box kind /nowhere
done
