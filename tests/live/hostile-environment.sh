#!/bin/sh
# Variables that make a dynamic program load a library do nothing to a launcher.
set -eu
. "$srcdir/tests/live/lib.sh"

use
mkdir gconv
echo 'module MARKER// INTERNAL marker 1' >gconv/gconv-modules
cp "$MARKER_LIBRARY" gconv/marker.so
library=/scratch/gconv/marker.so
chmod 1777 /scratch
overlong=$(head -c 4000 /dev/zero | tr '\0' A)

# hostile COMMAND...: in an environment that loads the library wherever it can be loaded
hostile() {
	as_user env LD_PRELOAD="$library" LD_AUDIT="$library" LD_LIBRARY_PATH=/scratch/gconv \
		GCONV_PATH=/scratch/gconv LD_DEBUG=all LD_DEBUG_OUTPUT=/scratch/debug \
		LD_PROFILE=libc.so.6 LD_PROFILE_OUTPUT=/scratch LANG=xx_XX.MARKER \
		LC_ALL=xx_XX.MARKER LOCPATH=/scratch MALLOC_TRACE=/scratch/trace \
		TMPDIR=/nonexistent IFS=/ \
		GLIBC_TUNABLES="glibc.malloc.mxfast=glibc.malloc.mxfast=$overlong" \
		MARKER=/scratch/marker "$@"
}

# The library leaves its mark in a dynamic program, by each way in.
for variable in LD_PRELOAD LD_AUDIT; do
	works as_user env $variable=$library MARKER=/scratch/marker cat /dev/null
	[ -e marker ] || skip "$variable does nothing here; is 'cat' static?"
	rm -f marker
done
if as_user env GCONV_PATH=/scratch/gconv MARKER=/scratch/marker \
	iconv -f MARKER -t UTF-8 /dev/null >said 2>&1; then :; fi
[ -e marker ] || echo 'no control for GCONV_PATH: iconv loads no converters here'
rm -f marker

# Its own process, the box's init and the program: no mark, and no file by any other variable.
files() {
	find . ! -name said ! -name complaint ! -name before ! -name after | sort
}
files >before
prints /scratch hostile "$launcher" directory
files >after
diff before after || failed 'the launcher was impressed'

# They do not pass; and where the policy lets them, they arrive as they are.
works hostile "$launcher" environment
! grep -E '^(LD_|GCONV_PATH|GLIBC_TUNABLES)' said || failed 'they pass'
use '' '"environment": { "inherit": ["*"] }'
matches "LD_PRELOAD=$library" hostile "$launcher" environment
matches "GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=$overlong" \
	hostile "$launcher" environment
[ ! -e marker ] || failed 'the library was loaded'

# Nor does a file in the directory that it is started in: whatever it is called.
mkdir here
for name in closurebox closurebox.json policy.json policy base.json descriptor launcher \
	.closurebox .config .env passwd group hosts user-dirs.dirs ld.so.preload libc.so.6 \
	proc nix dev tmp; do
	echo '{ "closurebox": 1, "extends": [], "store": "whole" }' >"here/$name"
done
works as_user "$launcher" walk /
mv said wanted
cd here
ends 0 as_user "$launcher" walk /
cd ..
grep -vE '/proc/' wanted >wanted.paths
grep -vE '/proc/' here/said | diff wanted.paths - || failed 'its directory changes the box'
