#!/bin/sh
# The README's Nix section: its examples evaluate, and what they describe builds and runs.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

fixture_set
closurebox_package

# Blocks that begin with the name of a file are that file, in a directory that has the source tree.
mkdir "$work/examples"
awk -v directory="$work/examples" -v source="$srcdir" '
	/^```nix$/ { getline; file = directory "/" substr($0, 3); next }
	/^```$/ { file = "" }
	file { sub(/[.]\/closurebox\//, source "/"); print >file }' "$srcdir/README.md"
ls "$work/examples" >"$work/got"
printf '%s\n' configuration.nix default.nix flake.nix | diff - "$work/got" ||
	fail "README.md has other examples"

expressions() { # COMMAND ARGUMENT...: a Nix command on readme.nix
	"$@" "$srcdir/tests/nix/readme.nix" --arg store "$store" --argstr built "$closurebox" \
		--arg examples "$work/examples" -I nixpkgs="$work/nixpkgs"
}
# What the examples call <nixpkgs>.
mkdir "$work/nixpkgs"
cat >"$work/nixpkgs/default.nix" <<END
{ overlays ? [ ] }:
import $srcdir/tests/nix/set { store = $store; built = "$closurebox"; inherit overlays; }
END

build() { # ATTRIBUTE
	expressions nix-build -A "$1" --no-out-link 2>"$work/build" ||
		fail "$1: $(tail -n 30 "$work/build")"
}

# default.nix
git=$(build packages.git)
"$git/bin/git" --version | grep -q '^git version' || fail "git of default.nix"
jq=$(build packages.jq)
[ "$("$jq/bin/jq" -n 3)" = 3 ] || fail "jq of default.nix"
hello=$(build packages.hello)
[ "$("$hello/bin/hello")" = 'Hello, world!' ] || fail "hello of default.nix"
"$closurebox/bin/closurebox" inspect --closure "$hello/bin/hello" >"$work/closure"
grep -q -- '-jq-' "$work/closure" || fail "hello of default.nix has not what its policy names"
mine=$(build packages.mine)
[ "$("$mine/bin/hello")" = 'Hello, world!' ] || fail "mine of default.nix"
"$closurebox/bin/closurebox" inspect "$mine/bin/hello" >/dev/null ||
	fail "mine of default.nix is no launcher"

# configuration.nix: what it excludes is as it was, all else is in boxes.
expressions nix-instantiate --eval --strict --json -A installed >"$work/got" 2>"$work/build" ||
	fail "configuration.nix: $(tail -n 30 "$work/build")"
want='{"closurebox":false,"git":true,"hello":true,"jq":false}'
[ "$(cat "$work/got")" = "$want" ] || fail "configuration.nix: $(cat "$work/got"), not $want"

# flake.nix
flake=$(build flake)
[ "$("$flake/bin/hello")" = 'Hello, world!' ] || fail "flake.nix"
echo "ok: 3 examples, 5 packages built"
