#!/bin/sh
# The fixture: Debian packages come out as closures whose programs run straight from /nix/store and
# use nothing of the host's libraries.
. "$srcdir/tests/nix/common"
command -v strace >/dev/null || skip "no strace here, without which this would prove nothing"

packages="hello jq git python3-minimal coreutils dash bash gtk-3-examples"
# shellcheck disable=SC2086
fixture $packages

for package in $packages; do
	count=$(nix-store -qR "$store/$package" | wc -l)
	echo "$package: $count objects"
	[ "$count" -ge 2 ] && [ "$count" -le 150 ] || fail "$package has $count objects"
done

# Runs a program of a package and compares what it prints; no file below /lib or /usr/lib may be
# opened or started, nor the loader's cache read.
check() { # WANT PACKAGE/bin/PROGRAM ARGUMENT...
	want=$1
	program=$store/$2
	shift 2
	got=$(cd "$work" && strace -qq -f -o "$work/trace" -e trace=open,openat,execve,execveat \
		"$program" "$@" </dev/null) || fail "$program $*: status $?"
	case $got in
	$want) ;;
	*) fail "$program $*: '$got', not '$want'" ;;
	esac
	if grep -v ENOENT "$work/trace" | grep -E '"(/usr)?/lib|"/etc/ld\.so'; then
		fail "$program $*: uses the host's files"
	fi
	echo "ok: $program $*"
}

# Up to 30 seconds for a command to succeed.
wait_for() {
	for _ in $(seq 300); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

window() {
	xwininfo -root -tree 2>/dev/null | grep -q -F "$1"
}

check 'Hello, world!' hello/bin/hello
check 3 jq/bin/jq -n '[1, 2] | add'
check . coreutils/bin/ls -d .
check 1 coreutils/bin/expr 3 - 2
check "it's sh" dash/bin/sh -c "echo \"it's sh\""
check bash bash/bin/bash -c 'echo ${BASH##*/}'
check '*/lib/python3.11/os.py 4' python3-minimal/bin/python3 -c 'import os; print(os.__file__, 2 * 2)'
check 'git version *' git/bin/git --version

# Its helpers and templates are those of the store.
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a HOME="$work" \
	GIT_COMMITTER_EMAIL=a@example.org GIT_CONFIG_NOSYSTEM=1
check '/nix/store/*/lib/git-core' git/bin/git --exec-path
check '' git/bin/git init -q repository
[ -e "$work/repository/.git/hooks/pre-commit.sample" ] || fail "git has not found its templates"
check '' git/bin/git -C repository commit -q --allow-empty -m first
check '* first' git/bin/git -C repository log --format='%h %s'
check '*http*' git/bin/git -C repository help -a

check 'gtk3-demo 3.*' gtk-3-examples/bin/gtk3-demo --version

# A real window, where there is a display to be had.
if command -v Xvfb >/dev/null && command -v xwininfo >/dev/null; then
	Xvfb -displayfd 3 -screen 0 800x600x24 3>"$work/display" >"$work/xvfb" 2>&1 &
	server=$!
	wait_for test -s "$work/display" || fail "Xvfb: $(cat "$work/xvfb")"
	DISPLAY=:$(cat "$work/display")
	export DISPLAY
	strace -qq -f -o "$work/trace" -e trace=open,openat "$store/gtk-3-examples/bin/gtk3-demo" >"$work/demo" 2>&1 &
	wait_for window 'GTK+ Code Demos' || fail "no window: $(cat "$work/demo")"
	if grep -v ENOENT "$work/trace" | grep -E '"(/usr)?/lib|"/etc/ld\.so'; then
		fail "gtk3-demo uses the host's files"
	fi
	# The program ends with its display.
	kill "$server"
	wait
	unset DISPLAY
	echo "ok: gtk3-demo opens a window"
else
	echo "no Xvfb or no xwininfo here: no window was opened"
fi

# The same names again: nothing is built, fetched or changed.
before=$(ls -l "$store" | grep -v index.json)
index=$(cksum <"$store/index.json")
# shellcheck disable=SC2086
fixture $packages
[ "$before" = "$(ls -l "$store" | grep -v index.json)" ] || fail "a second run changes $store"
[ "$index" = "$(cksum <"$store/index.json")" ] || fail "a second run changes index.json"

# A package does not depend on what else was asked for.
hello=$(readlink "$store/hello")
"$srcdir/tests/nix/debian-store/build" -o "$work/alone" hello >"$work/alone.paths"
[ "$(cat "$work/alone.paths")" = "$hello" ] || fail "hello alone is another object"
nix-store -q --references "$hello" >/dev/null

# Mistakes are one message.
if "$srcdir/tests/nix/debian-store/build" -o "$work/none" no-such-package 2>"$work/error"; then
	fail "a package that does not exist builds"
fi
grep -q 'no such package: no-such-package' "$work/error" || fail "$(cat "$work/error")"
