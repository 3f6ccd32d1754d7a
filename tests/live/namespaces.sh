#!/bin/sh
# The box's namespaces: each its own, and what the host has in them is out of reach.
set -eu
. "$srcdir/tests/live/lib.sh"

use
for kind in cgroup ipc mnt net pid user uts; do
	works box readlink /proc/self/ns/$kind
	[ "$(cat said)" != "$(readlink /proc/self/ns/$kind)" ] ||
		failed "the $kind namespace is the host's"
	prints "$(readlink /proc/self/ns/$kind)" outside readlink /proc/self/ns/$kind
done
prints "$(readlink /proc/self/ns/time)" box readlink /proc/self/ns/time

# One user, one group, and no way to leave a group.
fields() { # FILE: in the box, with single spaces
	box read "$1" | tr -s ' ' | sed 's/^ //'
}
prints "$(id -u) $(id -u) 1" fields /proc/self/uid_map
prints "$(id -g) $(id -g) 1" fields /proc/self/gid_map
prints deny box read /proc/self/setgroups

# Host name
host=$(uname -n)
prints box box read /proc/sys/kernel/hostname
refused EPERM box syscall sethostname @changed 7
works as_some_root syscall sethostname @changed 7
equal "$host" "$(uname -n)" 'the host name of the host'

# System V and POSIX message queues: the key and the name are the host's, the box has none of them.
key=$((0x40000000 + $$))
works outside syscall shmget $key 4096 $((01600))
shared=$(cat said)
works outside syscall shmget $key 4096 0
refused ENOENT box syscall shmget $key 4096 0
ipcrm -m "$shared"
queue=closurebox-live-$$
code=0
outside syscall mq_open "@$queue" $((0102)) $((0600)) 0 >said 2>&1 || code=$?
if [ $code = 0 ]; then
	works outside syscall mq_open "@$queue" 0 0 0
	refused ENOENT box syscall mq_open "@$queue" 0 0 0
	works outside syscall mq_unlink "@$queue"
fi

# The box's own cgroup is the root of what it sees.
refused EACCES box read /proc/1/environ
works box read /proc/self/cgroup
if grep -vE '^[0-9]+:[^:]*:/$' said; then
	failed 'the box sees where its cgroup is'
fi
