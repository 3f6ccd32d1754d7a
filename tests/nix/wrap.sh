#!/bin/sh
# nix/package.nix and nix/lib.nix: Nix builds closurebox, which turns the closures that Nix reports
# into launchers; what they start sees that closure and prints what it prints without a box.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

[ -x "$srcdir/configure" ] || skip "no configure in the source tree (run ./bootstrap)"

fixture hello jq git python3-minimal coreutils dash gtk-3-examples \
	bash diffutils findutils gawk grep gzip make patchelf sed tar xz-utils \
	gcc libc6-dev musl-tools pkgconf libjansson-dev libseccomp-dev libelf-dev \
	libarchive-dev libyajl-dev

expressions() { # COMMAND ARGUMENT...: a Nix command on wrap.nix
	"$@" "$srcdir/tests/nix/wrap.nix" --arg store "$store" \
		${closurebox:+--argstr built "$closurebox"}
}

closurebox=
build() { # ATTRIBUTE: $store/result-ATTRIBUTE is then a link to it
	expressions nix-build -A "$1" -o "$store/result-$1" >"$work/built" 2>"$work/build"
}

build closurebox || fail "closurebox: $(tail -n 30 "$work/build")"
closurebox=$(readlink "$store/result-closurebox")
"$closurebox/bin/closurebox" --help >/dev/null || fail "closurebox does not start"
# The compiler and the headers it was built with are not needed to run it.
! nix-store -qR "$closurebox" | grep -E -- '-(gcc|cc|.*-dev)-[0-9]' ||
	fail "closurebox refers to what built it"

# A launcher names every object of the closure, so that Nix keeps them.
same_closure() { # LAUNCHER STORE-PATH...
	launcher=$(readlink -f "$1")
	shift
	nix-store -q --references "$launcher" | sort >"$work/references"
	nix-store -qR "$@" | sort -u >"$work/closure"
	diff "$work/closure" "$work/references" || fail "the launcher names not the closure of $*"
}

# Runs a program as this user and, if that is root, as an ordinary one, and compares.
compare() { # BOXED UNBOXED ARGUMENT...
	# Straight from the store: another user may not be let through to where the links are.
	boxed=$(readlink "${1%/bin/*}")/bin/${1##*/}
	unboxed=$2
	shift 2
	status=0
	(cd / && "$unboxed" "$@" </dev/null >"$work/want" 2>&1) || status=$?
	for run in "" "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"; do
		[ -z "$run" ] || [ "$(id -u)" = 0 ] || continue
		got=0
		(cd / && $run "$boxed" "$@" </dev/null >"$work/got" 2>&1) || got=$?
		[ "$got" = "$status" ] ||
			fail "$run $boxed $*: status $got, not $status: $(cat "$work/got")"
		diff "$work/want" "$work/got" || fail "$run $boxed $*: prints something else"
	done
	echo "ok: $(basename "$boxed") $*"
}

for attribute in hello jq git python coreutils gtk; do
	build "boxed.$attribute" || fail "$attribute: $(tail -n 30 "$work/build")"
done
result=$store/result-boxed
for pair in hello:hello jq:jq git:git python:python3-minimal coreutils:coreutils \
	gtk:gtk-3-examples; do
	boxed=$result.${pair%%:*}
	package=${pair#*:}
	same_closure "$boxed" "$store/$package"
	# One launcher; every other program is a link to it.
	ls "$store/$package/bin" >"$work/want"
	ls "$boxed/bin" >"$work/got"
	diff "$work/want" "$work/got" || fail "$package: other programs"
	launcher=$(find "$boxed/bin/" -type f)
	[ -f "$launcher" ] || fail "$package: not one launcher: $launcher"
	echo "ok: $package: $(wc -l <"$work/closure") objects, $(wc -l <"$work/want") programs," \
		"$(wc -c <"$launcher") bytes"
done

compare "$result.hello/bin/hello" "$store/hello/bin/hello" --greeting='two  blanks'
compare "$result.jq/bin/jq" "$store/jq/bin/jq" -n '[1, 2] | add'
compare "$result.jq/bin/jq" "$store/jq/bin/jq" -n '"no such'
compare "$result.git/bin/git" "$store/git/bin/git" --exec-path
compare "$result.git/bin/git" "$store/git/bin/git" hash-object --stdin
compare "$result.git/bin/git-upload-pack" "$store/git/bin/git-upload-pack" /nowhere
compare "$result.python/bin/python3" "$store/python3-minimal/bin/python3" \
	-c 'import os, sys; print(os.__file__, sys.argv)' a 'b c'
compare "$result.coreutils/bin/sha256sum" "$store/coreutils/bin/sha256sum"
compare "$result.coreutils/bin/false" "$store/coreutils/bin/false"
compare "$result.coreutils/bin/[" "$store/coreutils/bin/[" 1 = 2 ']'
compare "$result.gtk/bin/gtk3-demo" "$store/gtk-3-examples/bin/gtk3-demo" --version

# From inside, the store is the closure.
"$result.coreutils/bin/ls" /nix/store >"$work/got"
nix-store -qR "$store/coreutils" | sed 's,.*/,,' | LC_ALL=C sort >"$work/want"
diff "$work/want" "$work/got" || fail "the box's store is not the closure"

# What the policy names is in the box, with what it needs.
build withPolicy || fail "withPolicy: $(tail -n 30 "$work/build")"
box=$store/result-withPolicy/bin/dash
cat >"$work/script" <<'END'
"$JQ" -n 3
"$LS" -d /
read -r line <"$NOTE" || echo "$line"
echo "$TEXT"
END
cat >"$work/want" <<'END'
3
/
a note with blanks
two  blanks, "quotes" and 'more'
END
"$box" -c "$(cat "$work/script")" >"$work/got"
diff "$work/want" "$work/got" || fail "the packages that the policy names do not work"
# shellcheck disable=SC2016 # for that shell to expand
same_closure "$store/result-withPolicy" "$store/dash" "$store/jq" "$store/coreutils" \
	"$("$box" -c 'echo "$NOTE"')"

# A GTK program opens its window from a box.
build window || fail "window: $(tail -n 30 "$work/build")"
if start_display; then
	"$store/result-window/bin/gtk3-demo" >"$work/demo" 2>&1 &
	wait_for window Gtk3-demo || fail "no window: $(cat "$work/demo")"
	stop_display
	echo "ok: gtk3-demo opens a window from a box"
else
	echo "no Xvfb or no xwininfo here: no window was opened"
fi

# Both ways to build give the same launcher.
build sameHello || fail "sameHello: $(tail -n 30 "$work/build")"
cmp "$result.hello/bin/hello" "$store/result-sameHello/bin/hello"
# And so does the same way a second time.
expressions nix-build -A boxed.hello --check --no-out-link >/dev/null 2>"$work/build" ||
	fail "not the same twice: $(tail -n 30 "$work/build")"

# A package without programs is a mistake that names the package.
! build noPrograms || fail "a package without programs can be wrapped"
grep -q 'gcc-12-base.* has no programs in bin' "$work/build" || fail "$(cat "$work/build")"

want='{"installs":false,"kept":true,"name":"hello-2.10-3","program":"hello","unwrapped":true}'
got=$(expressions nix-instantiate --eval --strict --json -A attributes)
[ "$got" = "[$want,$want]" ] || fail "attributes: $got"
