#!/bin/sh
# A launcher whose bytes have changed says so before it does anything else.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
compile launcher
chmod 755 launcher

# Where the descriptor is: the section's offset in the file and its size.
section=$(readelf -SW launcher |
	awk '/ \.closurebox / { sub(/^.*PROGBITS/, ""); print $2, $3 }')
offset=$((0x${section% *})) size=$((0x${section#* }))
[ "$(dd if=launcher bs=1 skip=$((offset + 1)) count=5 2>/dev/null)" = clbox ] ||
	fail 'the section does not start with the magic bytes'

damage() { # OFFSET BYTES-AS-OCTAL
	cp launcher damaged
	printf "$2" | dd of=damaged bs=1 seek=$((offset + $1)) conv=notrunc 2>/dev/null
	! cmp -s launcher damaged || fail "no damage at $1"
}

# The fields of the header (descriptor.h).
damage 8 '\377'
refused 125 'the descriptor is damaged: ' ./damaged
run "$CLOSUREBOX" inspect damaged
[ $status = 1 ] && grep -q 'is damaged' err || fail 'inspect does not see the damage'
for field in 12 16 20 24 28 32 36 40 44 48 52 56 60 64 68; do
	damage $field '\377\377\377\177'
	refused 125 'the descriptor is damaged: ' ./damaged
done
damage 0 'xxxxxxxx'
refused 125 'this is the bare stub' ./damaged
refused 125 'this is the bare stub' "$STUB"

# A file cut short: the kernel maps what there is, so the launcher may not even start; whatever
# comes of it, nothing is started. (Without the end of its policy, which no launch reads, it would.)
number() { # OFFSET IN THE HEADER
	od -An -t u4 -j $((offset + $1)) -N 4 launcher | tr -d ' '
}
strings=$(number 68) steps=$(number 28)
[ "$strings" -gt "$steps" ] && [ $((strings + $(number 72))) -le "$size" ] ||
	fail 'the header is another one'
for keep in 64 1000 $((offset + 10)) $((offset + steps + 20)) \
	$((offset + strings + $(number 72) / 2)); do
	head -c "$keep" launcher >short
	chmod 755 short
	run ./short
	[ $status != 0 ] && [ ! -s out ] || fail "cut to $keep bytes it starts something"
done

# Between the start of the libc and the message there is no system call.
if command -v strace >/dev/null; then
	strace -s 200 -o start "$STUB" 2>/dev/null || :
	damage 12 '\377\377\377\177'
	strace -s 200 -o trace ./damaged 2>/dev/null || :
	if [ -s trace ] && ! grep -q PTRACE trace; then
		sed 's/(.*//' start >start.calls
		sed 's/(.*//' trace | diff start.calls - || fail 'it does more than the bare stub'
		[ "$(grep -c '^write(2, "closurebox: the descriptor is damaged' trace)" = 1 ] ||
			fail 'no message'
		! grep -qE '^(open|clone|getuid|getgid|getcwd|mmap|stat|unshare)' trace ||
			fail "it does something before: $(cat trace)"
	fi
fi
