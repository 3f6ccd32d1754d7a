#!/bin/sh
# The program and the box's first process have no capabilities, and can gain none.
set -eu
. "$srcdir/tests/live/lib.sh"

use
for process in self 1; do
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		matches "$set:	0000000000000000" box read /proc/$process/status
	done
	matches 'NoNewPrivs:	1' box read /proc/$process/status
	matches 'Seccomp:	2' box read /proc/$process/status
done
matches 'NoNewPrivs:	0' outside read /proc/self/status
matches 'Seccomp:	0' outside read /proc/self/status
if [ "$WORLD" = 0 ]; then
	matches 'CapEff:	0*[1-9a-f][0-9a-f]*' outside read /proc/self/status
fi

# Even as root of a user namespace, with all rights there, nothing is left inside.
some_root() {
	unshare --user --map-root-user "$launcher" "$@"
}
matches 'CapEff:	0*[1-9a-f][0-9a-f]*' as_some_root read /proc/self/status
matches 'CapEff:	0000000000000000' some_root read /proc/self/status

# A set-uid program in the closure is a program like others.
if [ "$WORLD" = 0 ]; then
	chmod 4555 "$tool"
	matches 'file 4555' box kind "$tool"
	as_other() {
		setpriv --reuid 12345 --regid 12345 --clear-groups "$@"
	}
	matches 'Uid:	12345	0	0	0' as_other "$tool" read /proc/self/status
	matches 'Uid:	12345	12345	12345	12345' \
		as_other "$launcher" exec "$tool" read /proc/self/status
	matches 'CapEff:	0000000000000000' \
		as_other "$launcher" exec "$tool" read /proc/self/status
fi
# Nobody leaves a group that a file's mode shuts out (CVE-2014-8989).
if [ "$WORLD" = 0 ]; then
	use '{ "bind": "/scratch/file" }'
	echo text >file
	chown 0:4321 file
	chmod 0604 file
	in_group() { # GROUP COMMAND...
		group=$1
		shift
		setpriv --reuid 12345 --regid 12345 --groups "$group" "$@"
	}
	prints text in_group 1234 "$PROBE" read file
	prints text in_group 1234 "$launcher" read /scratch/file
	refused EACCES in_group 4321 "$PROBE" read file
	refused EACCES in_group 4321 "$launcher" read /scratch/file
fi
refused EPERM box syscall setgroups 0 0

# A launcher itself must not be one.
cp "$launcher" copy
chmod 6755 copy
if [ "$WORLD" = 0 ]; then
	ends 125 as_other ./copy directory
	grep -q set-uid said || failed "the set-uid launcher said: $(cat said)"
fi
