#!/bin/sh
# No box in the box unless the policy says so: no user namespace in any spelling, with the filter of
# system calls and without; with nested sandboxes, all that they need.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
EPERM=1 ENOSPC=28 ENOSYS=38
compile standard
compile_by unfiltered '"system-calls": { "base": "none" }'
compile_by nested '"nested-sandbox": true'
compile_by nested-unfiltered '"nested-sandbox": true, "system-calls": { "base": "none" }'

for how in unshare:$EPERM clone:$EPERM clone3:$ENOSYS; do
	ends 0 $program nest "${how%:*}"
	ends "${how#*:}" ./standard nest "${how%:*}"
	# The limit of the box's own namespace, which its processes cannot raise.
	ends $ENOSPC ./unfiltered nest "${how%:*}"
	ends 0 ./nested nest "${how%:*}"
	ends 0 ./nested-unfiltered nest "${how%:*}"
done

# A box in a box. It gets no procfs of its own where that of the outer one is partly covered, and
# sets no limit where its /proc/sys is read-only; root's /proc is read-only as a whole.
mkdir bin
compile_by bin/inner '"extends": [], "nested-sandbox": true'
inner='"filesystem": [{ "bind": "/scratch/bin", "execute": true }]'
compile_by outer "$inner"', "nested-sandbox": true'
compile_by closed "$inner"
if [ "$(id -u)" = 0 ]; then
	refused 125 'setgroups: open: Read-only' ./outer exec /scratch/bin/inner exit 42
else
	ends 42 ./outer exec /scratch/bin/inner exit 42
fi
refused 125 'namespaces: clone3: ' ./closed exec /scratch/bin/inner exit 42
