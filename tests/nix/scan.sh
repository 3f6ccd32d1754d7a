#!/bin/sh
# `closurebox scan` finds what Nix has found: for every object of real closures, and for one made of
# everything that a scanner can get wrong.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

fixture gtk-3-examples git python3-minimal jq hello dash coreutils

scan() {
	"$CLOSUREBOX" scan "$@" 2>"$work/said" || fail "scan $*: status $?: $(cat "$work/said")"
	[ ! -s "$work/said" ] || fail "scan $*: $(cat "$work/said")"
}

# What Nix has looked for in the outputs of a derivation: the closure of its inputs, and themselves.
# To look for all of the store instead would be wrong: a mention of an object that is no input is no
# reference.
candidates() { # DERIVATION
	nix-store -q --references "$1" >"$work/inputs"
	grep '\.drv$' "$work/inputs" >"$work/derivations" || true
	{
		grep -v '\.drv$' "$work/inputs" || true
		[ ! -s "$work/derivations" ] || xargs nix-store -q --outputs <"$work/derivations"
	} >"$work/outputs"
	# An output that the build did not need may not be there.
	xargs nix-store --check-validity --print-invalid <"$work/outputs" >"$work/invalid"
	{
		grep -vxFf "$work/invalid" "$work/outputs" | xargs -r nix-store -qR
		nix-store -q --outputs "$1"
	} | sort -u
}

# Compares the references of an object, itself among them if it names itself.
compare() { # OBJECT DERIVATION
	nix-store -q --references "$1" | sort >"$work/want"
	candidates "$2" >"$work/candidates"
	scan --candidates "$work/candidates" "$1" >"$work/got"
	diff "$work/want" "$work/got" || fail "$1: other references than Nix found"
	# Every object of its closure was looked for, so that is a graph to look in.
	nix-store -qR "$1" | sort >"$work/closure"
	xargs nix-store --dump-db <"$work/closure" >"$work/graph"
	scan --graph "$work/graph" --direct "$1" >"$work/got"
	diff "$work/want" "$work/got" || fail "$1: other references in its own closure"
	scan --graph "$work/graph" "$1" >"$work/got"
	[ -s "$work/want" ] || : >"$work/closure"
	{ cat "$work/got"; echo "$1"; } | sort -u >"$work/with"
	{ cat "$work/closure"; echo "$1"; } | sort -u | diff - "$work/with" ||
		fail "$1: another closure"
}

nix-store -qR "$store/gtk-3-examples" "$store/git" "$store/python3-minimal" |
	sort -u >"$work/objects"
compared=0 references=0 selves=0
while read -r object; do
	derivation=$(nix-store -q --deriver "$object")
	# Sources were never scanned.
	[ -e "$derivation" ] || continue
	compare "$object" "$derivation" </dev/null
	compared=$((compared + 1))
	references=$((references + $(wc -l <"$work/want")))
	! grep -qxF "$object" "$work/want" || selves=$((selves + 1))
done <"$work/objects"
echo "$compared objects, $references references, $selves to themselves"
[ $compared -ge 100 ] || fail "only $compared objects could be compared"
[ $selves -gt 0 ] || fail "no object refers to itself"

# Everything that a scanner can get wrong.
nix-build "$srcdir/tests/nix/scan.nix" --arg store "$store" -o "$store/names" \
	>/dev/null 2>"$work/build" || fail "scan.nix: $(tail -n 30 "$work/build")"
names=$(readlink "$store/names")
compare "$names" "$(nix-store -q --deriver "$names")"
# Nix agrees on what those are: the ones that are named, and the object itself.
want=$(($(grep -c '# found:' "$srcdir/tests/nix/scan-names.sh") + 1))
[ "$(wc -l <"$work/want")" = $want ] || fail "Nix finds $(wc -l <"$work/want") names, not $want"

# Without options, as in a build: the store is what is there.
scan "$store/names/" >"$work/got"
sort "$work/want" | diff - "$work/got" || fail "other references among all of the store"
[ "$(scan "$store/names")" = "$names" ] || fail "the target of a link is not all that is scanned"
