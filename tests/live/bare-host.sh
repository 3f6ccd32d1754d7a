#!/bin/sh
# A launch needs the store, /proc and /dev of its host and nothing else: no shell, no libraries, no
# temporary directory. And it takes no other file system for the kernel's /proc.
set -eu
. "$srcdir/tests/live/lib.sh"

use
mkdir root

# on_bare_host [-p DIRECTORY] COMMAND...: in a root that has only the store, /dev, the launcher as
# /launcher and the probe as /probe, and /proc, or the directory in its place. No program is left
# outside of it that could be started.
on_bare_host() {
	proc=/proc
	if [ "$1" = -p ]; then
		proc=$2
		shift 2
	fi
	unshare --mount --propagation private sh -euc '
		bind=0x5000 # MS_BIND | MS_REC
		root=$1 proc=$2 launcher=$3
		shift 3
		call() {
			"$PROBE" syscall "$@" >/dev/null
		}
		call mount @none "@$root" @tmpfs 0 0
		mkdir -p "$root/nix/store" "$root/proc" "$root/dev"
		cp "$launcher" "$root/launcher"
		cp "$PROBE" "$root/probe"
		call mount @/nix/store "@$root/nix/store" 0 $bind 0
		call mount "@$proc" "@$root/proc" 0 $bind 0
		call mount @/dev "@$root/dev" 0 $bind 0
		cd "$root"
		exec "$PROBE" syscall pivot_root @. @. -- syscall umount2 @. 2 -- exec "$@"
	' sh /scratch/root "$proc" "$launcher" "$@"
}

# The host is bare.
works on_bare_host /probe listing /
equal 'dev launcher nix probe proc' "$(grep -v '^0$' said | tr '\n' ' ' | sed 's/ $//')" \
	'the bare host'
refused ENOENT on_bare_host /bin/sh

works on_bare_host /launcher arguments inside
grep -qx inside said || failed "the launcher did not start on the bare host: $(cat said)"
works on_bare_host /launcher processes
hostile() {
	env -i LD_PRELOAD=/x.so LD_LIBRARY_PATH=/nonexistent TMPDIR=/nonexistent LC_ALL=xx_XX \
		LOCPATH=/nonexistent HOME=/nonexistent PATH=/nonexistent PROBE="$PROBE" "$@"
}
# shellcheck disable=SC2016 # expanded by the inner shell
works hostile "$(command -v sh)" -c 'exec "$PROBE" exec "$@"' sh "$launcher" directory

# Files that look like those of /proc take no ids: the box would have others, and could leave its
# groups (CVE-2019-16884 and its like).
mkdir -p false/self false/sys
for file in setgroups uid_map gid_map; do
	: >false/self/$file
done
code=0
on_bare_host -p /scratch/false /launcher directory >said 2>&1 || code=$?
equal 125 $code 'status with a false /proc'
equal '' "$(cat false/self/uid_map)" 'what was written into a false /proc'
grep -q 'namespaces /proc/self/setgroups: ' said ||
	failed "with a false /proc it said: $(cat said)"
