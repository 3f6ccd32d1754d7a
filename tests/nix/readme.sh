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
printf '%s\n' configuration.nix default.nix flake.nix home.nix | diff - "$work/got" ||
	fail "README.md has other examples"

expressions() { # COMMAND ARGUMENT...: a Nix command on readme.nix
	"$@" "$srcdir/tests/nix/readme.nix" --argstr world "$world" \
		--arg store "$store" --argstr built "$closurebox" \
		--arg examples "$work/examples"
}

build() { # ATTRIBUTE
	expressions nix-build -A "$1" --no-out-link 2>"$work/build" ||
		fail "$1: $(tail -n 30 "$work/build")"
}

# What the modules exclude is as it was, all else is in boxes.
installed() { # FILE WANT
	expressions nix-instantiate --eval --strict --json -A "installed.${1%.nix}" \
		>"$work/got" 2>"$work/build" || fail "$1: $(tail -n 30 "$work/build")"
	[ "$(cat "$work/got")" = "$2" ] || fail "$1: $(cat "$work/got"), not $2"
}

# What docs/nix.md shows, one expression behind the other.
awk '/^    / { print; next } { print "" }' "$srcdir/docs/nix.md" >"$work/manual"
example() { # FIRST-LINE: the block that begins with it, as an expression
	awk -v first="    $1" '
		$0 == first { within = 1 }
		within && !NF { exit }
		within { print }' "$work/manual" | sed 's/ *# .*//'
}
manual() { # NAME FIRST-LINE PROGRAM: the block is a package
	example "$2" >"$work/example"
	[ -s "$work/example" ] || fail "docs/nix.md has no example that begins with: $2"
	path=$(expressions nix-build --no-out-link --argstr expression "$(cat "$work/example")" \
		-A manual 2>"$work/build") || fail "docs/nix.md: $2: $(tail -n 30 "$work/build")"
	"$closurebox/bin/closurebox" inspect "$path/bin/$3" >"$work/inspected" ||
		fail "docs/nix.md: $2: no launcher"
	echo "ok: $world: docs/nix.md: $1"
}

readme() {
	# default.nix
	git=$(build packages.git)
	"$git/bin/git" --version | grep -q '^git version' || fail "git of default.nix"
	jq=$(build packages.jq)
	[ "$("$jq/bin/jq" -n 3)" = 3 ] || fail "jq of default.nix"
	hello=$(build packages.hello)
	[ "$("$hello/bin/hello")" = 'Hello, world!' ] || fail "hello of default.nix"
	"$closurebox/bin/closurebox" inspect --closure "$hello/bin/hello" >"$work/closure"
	grep -q -- '-jq-' "$work/closure" ||
		fail "hello of default.nix has not what its policy names"
	mine=$(build packages.mine)
	[ "$("$mine/bin/hello")" = 'Hello, world!' ] || fail "mine of default.nix"
	"$closurebox/bin/closurebox" inspect "$mine/bin/hello" >/dev/null ||
		fail "mine of default.nix is no launcher"

	installed configuration.nix '{"closurebox":false,"git":true,"hello":true,"jq":false}'
	installed home.nix '{"closurebox":false,"git":true,"hello":true}'

	# flake.nix
	flake=$(build flake)
	[ "$("$flake/bin/hello")" = 'Hello, world!' ] || fail "flake.nix"
	echo "ok: $world: README.md: 4 examples, 5 packages built"
}

manual_examples() {
	manual wrap 'closurebox.lib.wrap {' hello
	manual 'short form of wrap' 'closurebox.lib.wrap pkgs.hello { network = "host"; }' hello
	manual X11 'closurebox.lib.wrap pkgs.gimp [' hello
	grep -q '/tmp/.X11-unix' "$work/inspected" || fail "docs/nix.md: no X11"
	manual inPlace \
		'package.overrideAttrs (closurebox.lib.inPlace { policy.network = "none"; })' hello
}

# What the examples call <nixpkgs>: where there is none, the set.
set_as_nixpkgs() {
	mkdir "$work/nixpkgs"
	cat >"$work/nixpkgs/default.nix" <<-END
		{ overlays ? [ ] }:
		import $srcdir/tests/nix/set {
		  store = $store;
		  built = "$closurebox";
		  inherit overlays;
		}
	END
	NIX_PATH=nixpkgs=$work/nixpkgs
	export NIX_PATH
}

if nix-instantiate --find-file nixpkgs >/dev/null 2>&1; then
	world=nixpkgs
	readme
	manual_examples
fi
world="set"
set_as_nixpkgs
readme
manual_examples
