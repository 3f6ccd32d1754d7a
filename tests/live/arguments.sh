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

# The environment too, but for the few variables that the policy sets.
ends 0 env -i "A=$(printf 'x\377\ny')" "LONG=$long" B= "$work/launcher" environment
tr '\0' '\n' <"$work/out" >"$work/got"
printf 'A=%s\nLONG=%s\nB=\n' "$(printf 'x\377\ny')" "$long" >"$work/want"
head -n 4 "$work/got" | cmp - "$work/want" || fail "other variables arrive"
