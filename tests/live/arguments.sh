#!/bin/sh
# The program gets the arguments byte by byte, and its own path as its name.
set -eu
. "$(dirname "$0")/actor.sh"

same_arguments() {
	$program arguments "$@" >"$work/want"
	ends 0 "$work/launcher" arguments "$@"
	cmp "$work/want" "$work/out" || fail "other arguments arrive"
}

compile "$work/launcher"
ends 0 "$work/launcher"
said "started as $program"
same_arguments
same_arguments ''
same_arguments -- --help -h @@ @@u % '' ' ' '
' '$HOME' '*' "$(printf 'x\377\200\300y')" "$(printf '\033[31m')" --bind --
# An argument may have 128 KiB (MAX_ARG_STRLEN, execve(2)), all together some megabytes.
long=$(head -c 100000 /dev/zero | tr '\0' 'x')
same_arguments "$long" "$long" 1 "$long"
# shellcheck disable=SC2046 # 30000 words
same_arguments $(seq 30000)
# 200 KiB of all bytes but NUL, each argument other than the rest.
bytes=$(awk 'BEGIN { for (i = 1; i < 256; i++) if (i != 10) printf "\\%03o", i }')
set --
for i in $(seq 800); do
	# shellcheck disable=SC2059
	set -- "$@" "$i$(printf "$bytes")$i"
done
same_arguments "$@"
[ "$(wc -c <"$work/out")" -ge 204800 ] || fail 'that were not 200 KiB'

# The policy's own stand before and behind them; what they are made of is the caller's.
compile_by "$work/surrounded" '"arguments": {
	"prepend": ["arguments", "", "$HOME", "${NOT_SET:-x}-$UID", "%@@"],
	"append": ["$$", "--"] }'
around() { # ARGUMENT...: as they should arrive
	$program arguments '' "$HOME" "x-$(id -u)" %@@ "$@" '$' --
}
around >"$work/want"
ends 0 "$work/surrounded"
cmp "$work/want" "$work/out" || fail 'other arguments arrive without any of the caller'
around a '' -- "$long" >"$work/want"
ends 0 "$work/surrounded" a '' -- "$long"
cmp "$work/want" "$work/out" || fail 'other arguments arrive around those of the caller'
compile_by "$work/needs" '"arguments": { "prepend": ["exit", "$NEEDED"] }'
ends 44 env NEEDED=44 "$work/needs"
refused 125 'prepend' "$work/needs"

# The environment too, but for the few variables that the policy sets.
ends 0 env -i "A=$(printf 'x\377\ny')" "LONG=$long" B= "$work/launcher" environment
tr '\0' '\n' <"$work/out" >"$work/got"
printf 'A=%s\nLONG=%s\nB=\n' "$(printf 'x\377\ny')" "$long" >"$work/want"
head -n 4 "$work/got" | cmp - "$work/want" || fail "other variables arrive"
