#!/bin/sh
# Whatever a launch file of a wrapped package starts is in its box, in whatever place it was.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

fixture_set
closurebox_package

build() { # ATTRIBUTE
	nix-build "$srcdir/tests/nix/wrap-launch.nix" --arg store "$store" \
		--argstr built "$closurebox" --no-out-link -A "$1" 2>"$work/build"
}
started() { # PACKAGE: what its desktop file starts
	sed -n 's/^Exec=//p' "$1/share/applications/x.desktop"
}

for package in hidden elsewhere joined linked; do
	unwrapped=$(build "unwrapped.$package") || fail "$package: $(tail -n 30 "$work/build")"
	wrapped=$(build "wrapped.$package") || fail "$package: $(tail -n 30 "$work/build")"
	# The control: there it starts a script.
	head -c 2 "$(started "$unwrapped")" | grep -q '^#!' || fail "$package starts no script"
	program=$(started "$wrapped")
	case $program in
	"$wrapped"/*) ;;
	*) fail "$package: starts $program" ;;
	esac
	"$closurebox/bin/closurebox" inspect "$program" >/dev/null || fail "$program: no launcher"
	[ "$("$program")" = "$("$(started "$unwrapped")")" ] || fail "$program: starts another"
	echo "ok: $package"
done

! build refused >/dev/null || fail "a launch file among documentation starts what it likes"
grep -q 'share/applications/x.desktop starts .*/bin/foo' "$work/build" ||
	fail "$(cat "$work/build")"

! build apart >/dev/null || fail "a launch file of another output starts what it likes"
grep -q "'gui', which is installed as well, names this package: .*/x.desktop" "$work/build" ||
	fail "$(cat "$work/build")"
