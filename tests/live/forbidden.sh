#!/bin/sh
# Where no box can be had, one line says what forbids it and how to allow it.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
compile launcher

# Starts the launcher after a script that changes the host, as root of a user and mount namespace.
where() { # SCRIPT COMMAND...
	where_script=$1
	shift
	refused 125 "$expected" unshare --user --map-root-user --mount \
		sh -euc "$where_script; exec \"\$@\"" sh "$@"
}

expected='are off here; as root: echo 65536 >/proc/sys/user/max_user_namespaces'
where 'echo 0 >/proc/sys/user/max_user_namespaces' ./launcher

# Other kernels' settings, which this one may not have.
expected='as root: echo 1 >/proc/sys/kernel/unprivileged_userns_clone'
where 'mount -t tmpfs none /proc/sys/kernel
	echo 0 >/proc/sys/kernel/unprivileged_userns_clone' "$ACTOR" refuse 435 1 ./launcher
expected='as root: echo 0 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns'
where 'mount -t tmpfs none /proc/sys/kernel
	echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns' \
	"$ACTOR" refuse 435 13 ./launcher

# A container's filter (435 is clone3), by the two errors that are usual.
expected='filter'
where 'mount -t tmpfs none /proc/sys/kernel' "$ACTOR" refuse 435 1 ./launcher
where 'mount -t tmpfs none /proc/sys/kernel' "$ACTOR" refuse 435 38 ./launcher

expected='chroot'
mkdir host
where 'mount --rbind / host; cd host' chroot . /scratch/launcher

# A /proc that hides something shows that its owner may not see all, so the kernel gives no other.
expected='proc /proc: fsmount: Operation not permitted; this /proc is partly covered'
where 'mount -t tmpfs none /proc/sys/kernel' ./launcher

expected='/proc must be mounted'
where 'mount -t tmpfs none /proc' ./launcher
