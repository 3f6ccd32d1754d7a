#!/bin/sh
# What is known only at launch: a wrapped program finds the driver of today, whose closure a file or
# Nix itself tells, and the launcher needs nothing of closurebox for it but closurebox-closure.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

fixture_set
closurebox_package

build() { # ATTRIBUTE: prints the path
	nix-build "$srcdir/tests/nix/closures.nix" --arg store "$store" \
		--argstr built "$closurebox" --no-out-link -A "$1" 2>"$work/build" ||
		fail "$1: $(tail -n 30 "$work/build")"
}
# OPTION PATH...: what nix-store -q says, sorted
query() { nix-store -q "$@" | LC_ALL=C sort -u; }

# The package: what launchers start is an output that needs nothing else.
helper=$(readlink -f "$closurebox/libexec/closurebox/closurebox-closure")
closure=${helper%/libexec/*}
case $closure in
/nix/store/*-closurebox-*-closure) ;;
*) fail "closurebox-closure is $helper" ;;
esac
[ -z "$(query --references "$closure")" ] || fail "$(query --references "$closure")"
query --requisites "$closurebox" >"$work/requisites"
grep -qF "$closure" "$work/requisites" || fail "the package has not its other output"
[ "$(wc -l <"$work/requisites")" -gt 10 ] || fail "the control: $(cat "$work/requisites")"
"$helper" --version >/dev/null || fail "closurebox-closure does not run"
echo "ok: closurebox-closure is an output that refers to nothing"

# Launchers refer to it if they look paths up, else not; and to nothing else of closurebox.
viewer=$(build viewer)
query --requisites "$viewer" >"$work/of-program"
refers() { # PACKAGE LIMIT: what it adds to what its program needs
	query --requisites "$1" | LC_ALL=C comm -23 - "$work/of-program" |
		grep -v -e "^$1\$" -e '-viewer-1-launcher$'
}
for attribute in none bound found needed linked git default; do
	path=$(build wrapped.$attribute)
	eval "$attribute=\$path/bin/viewer"
	case $attribute in
	none | bound) want= ;;
	*) want=$closure ;;
	esac
	[ "$(refers "$path")" = "$want" ] || fail "$attribute refers to $(refers "$path")"
done
in_place=$(build inPlace)
query --requisites "$in_place" | grep -qF "$closure" || fail "in place it has no $closure"
! query --requisites "$in_place" | grep -F "$closurebox" || fail "in place it has closurebox"
build test >/dev/null
echo "ok: launchers refer to it if they need it"

HOME=$work/home
XDG_STATE_HOME=$work/state
DRIVER=$work/run/driver
export HOME XDG_STATE_HOME DRIVER
unset XDG_DATA_DIRS
mkdir "$HOME" "$work/run"
kept=$XDG_STATE_HOME/closurebox/closures
old=$(build old)
new=$(build new)

run() { # PROGRAM: what it shows is in $work/got
	status=0
	"$1" "$argument" >"$work/got" 2>&1 || status=$?
}
shows() { # PROGRAM TEXT...: it shows exactly these
	program=$1
	shift
	printf '%s\n' "$@" >"$work/want"
	run "$program"
	grep -v -e '^data:' -e 'icons/name' "$work/got" | diff "$work/want" - ||
		fail "$program: $(cat "$work/got")"
}
has() { # LINE: it was shown
	grep -qxF -- "$1" "$work/got" || fail "not '$1': $(cat "$work/got")"
}
lacks() { # LINE: it was not
	! grep -qxF -- "$1" "$work/got" || fail "'$1': $(cat "$work/got")"
}
is_kept() { # PATH: its closure is kept, as Nix tells it
	query --requisites "$1" >"$work/want"
	LC_ALL=C sort "$kept/${1##*/}" | diff "$work/want" - || fail "what is kept of $1"
}

# The driver of today, tomorrow's, and none. A closure file that is there is what counts, so one
# with a part of the closure shows where it came from; of the other driver Nix tells.
files=$(build files)
mkdir -p "$kept"
argument=/run/driver
ln -s "$old" "$DRIVER"
install -m 0444 "$files"/* "$kept"
shows "$found" old-driver 'library of old-driver'
[ "$(ls "$kept")" = "${old##*/}" ] || fail "more is kept: $(ls "$kept")"
tail -n 1 "$files"/* >"$work/part"
install -m 0444 "$work/part" "$kept/${old##*/}"
run "$found"
has old-driver
lacks 'library of old-driver'
rm "$kept/${old##*/}"
shows "$found" old-driver 'library of old-driver'
is_kept "$old"
ln -sfn "$new" "$DRIVER"
for program in "$found" "$needed" "$in_place/bin/viewer"; do
	shows "$program" new-driver 'library of new-driver'
done
is_kept "$new"
# Without its closure it is there, and what it needs is not.
run "$bound"
has new-driver
lacks 'library of new-driver'
run "$none"
lacks new-driver
argument=$DRIVER
shows "$linked" new-driver 'library of new-driver'
argument=/run/driver
rm "$DRIVER"
run "$found"
lacks new-driver
has "data: "
run "$needed"
[ "$status" = 125 ] || fail "no driver, which is needed: $status: $(cat "$work/got")"
echo "ok: one launcher, two drivers"

# closurebox closure
ln -s "$old" "$DRIVER"
rm -rf "$kept"
"$closurebox/bin/closurebox" closure "$DRIVER" >"$work/got" || fail "closurebox closure"
query --requisites "$old" >"$work/want"
sed '/^$/d' "$work/got" | LC_ALL=C sort | diff "$work/want" - || fail "closurebox closure"
is_kept "$old"
echo "ok: closurebox closure"

# Files of a home: what its links lead to, and what a text there names.
icons=$(build icons)
mkdir -p "$HOME/.icons" "$HOME/.local/share/themes"
ln -s "$icons/share/icons" "$HOME/.icons/cursor"
ln -s "$icons/share/icons" "$HOME/.local/share/themes/theme"
for argument in "$HOME/.icons/cursor" "$HOME/.local/share/themes/theme"; do
	run "$default"
	has icon
	run "$none"
	lacks icon
done
argument=$(build font)
ln -s "$(build gitconfig)" "$HOME/.gitconfig"
run "$git"
has font
rm "$HOME/.gitconfig"
run "$git"
lacks font
rm -r "$HOME/.icons" "$HOME/.local/share/themes"
# Locales are one file (here a directory, for the viewer), wherever it is in the store or not.
argument=/run/closurebox/locale-archive
LOCALE_ARCHIVE=$icons/share/icons
export LOCALE_ARCHIVE
run "$default"
has icon
unset LOCALE_ARCHIVE
run "$default"
lacks icon
echo "ok: files of a home"

# Icons of a profile, by a chain of links that the box has as well.
mkdir "$work/profiles"
ln -s "$icons" "$work/profiles/1"
ln -s 1 "$work/profiles/current"
XDG_DATA_DIRS="/nowhere:$work/profiles/current/share:relative:"
export XDG_DATA_DIRS
run "$default"
has icon
has "data: $work/profiles/current/share"
run "$none"
lacks icon
has "data: $XDG_DATA_DIRS"
echo "ok: variables"

# A system that its module has made: what its files tell nobody is asked for.
if [ "$(id -u)" != 0 ] || ! command -v systemd-tmpfiles >/dev/null; then
	echo "no systemd-tmpfiles or not root: no system was tried"
	exit
fi
root=$work/root
rules=$(build tmpfiles)/lib/tmpfiles.d/closurebox.conf
mkdir -p "$root/nix/store" "$root/run/current-system" "$root/etc"
cp -r "$(build tmpfiles.closures)" "$root/nix/store"
systemd-tmpfiles --root="$root" --create "$rules" || fail "systemd-tmpfiles"
ln -s "$old" "$root/run/opengl-driver"
ln -s "$(build systemPath)" "$root/run/current-system/sw"
ln -s "$(build etc)/etc" "$root/etc/static"
ln -s static/fonts "$root/etc/fonts"
argument=/run/opengl-driver
XDG_DATA_DIRS=/run/current-system/sw/share
in_system() {
	rm -rf "$kept"
	# shellcheck disable=SC2016 # for that shell to expand
	unshare -m sh -c 'mount --bind "$1/run" /run && mount --bind "$1/etc" /etc &&
		exec "$2" "$3"' sh "$root" "$default" "$argument" >"$work/got" 2>&1 || true
	printf '%s\n' "data: $XDG_DATA_DIRS" old-driver 'library of old-driver' icon font |
		diff - "$work/got" || fail "in a system"
}
in_system
[ ! -e "$kept" ] || fail "Nix was asked for $(ls "$kept")"
# The control: without those files it is.
rm -r "$root/run/closurebox"
in_system
[ "$(find "$kept" -type f | wc -l)" = 3 ] || fail "the control: $(ls "$kept")"
echo "ok: a system"
