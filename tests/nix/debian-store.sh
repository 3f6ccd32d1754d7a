#!/bin/sh
# The fixture: Debian packages come out as closures whose programs run straight from /nix/store and
# use nothing of the host's libraries.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"
command -v strace >/dev/null || skip "no strace here, without which this would prove nothing"

packages="hello jq git python3-minimal coreutils dash bash gtk-3-examples"
# shellcheck disable=SC2086
fixture $packages

for package in $packages; do
	count=$(nix-store -qR "$store/$package" | wc -l)
	echo "$package: $count objects"
	if [ "$count" -lt 2 ] || [ "$count" -gt 150 ]; then
		fail "$package has $count objects"
	fi
done

# Prints what was opened or started below /lib or /usr/lib, and the loader's cache if it was read.
host_libraries() {
	grep -v ENOENT "$work/trace" | grep -E '"(/usr)?/lib|"/etc/ld\.so'
}

# The control: a program of the host does use them.
strace -qq -f -o "$work/trace" -e trace=open,openat,execve ls >/dev/null
host_libraries >/dev/null || fail "ls of the host uses no library; the checks below prove nothing"

# Runs a program of a package and compares what it prints.
check() { # WANT PACKAGE/bin/PROGRAM ARGUMENT...
	want=$1
	program=$store/$2
	shift 2
	got=$(cd "$work" && strace -qq -f -o "$work/trace" -e trace=open,openat,execve,execveat \
		"$program" "$@" </dev/null) || fail "$program $*: status $?"
	# shellcheck disable=SC2254 # a pattern
	case $got in
	$want) ;;
	*) fail "$program $*: '$got', not '$want'" ;;
	esac
	! host_libraries || fail "$program $*: uses the host's files"
	echo "ok: ${program#"$store/"} $*"
}

check 'Hello, world!' hello/bin/hello
check 3 jq/bin/jq -n '[1, 2] | add'
check . coreutils/bin/ls -d .
check 1 coreutils/bin/expr 3 - 2
check "it's sh" dash/bin/sh -c "echo \"it's sh\""
# shellcheck disable=SC2016 # for that shell to expand
check bash bash/bin/bash -c 'echo ${BASH##*/}'
check '*/lib/python3.11/os.py 4' python3-minimal/bin/python3 \
	-c 'import os; print(os.__file__, 2 * 2)'
check 'git version *' git/bin/git --version

# Its helpers and templates are those of the store.
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a \
	GIT_COMMITTER_EMAIL=a@example.org GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
check '/nix/store/*/lib/git-core' git/bin/git --exec-path
check '' git/bin/git init -q repository
[ -e "$work/repository/.git/hooks/pre-commit.sample" ] || fail "git has not found its templates"
check '' git/bin/git -C repository commit -q --allow-empty -m first
check '* first' git/bin/git -C repository log --format='%h %s'
check '*http*' git/bin/git -C repository help -a

check 'gtk3-demo 3.*' gtk-3-examples/bin/gtk3-demo --version

# A real window, where there is a display to be had.
if start_display; then
	strace -qq -f -o "$work/trace" -e trace=open,openat,execve \
		"$store/gtk-3-examples/bin/gtk3-demo" >"$work/demo" 2>&1 &
	wait_for window Gtk3-demo || fail "no window: $(cat "$work/demo")"
	! host_libraries || fail "gtk3-demo uses the host's files"
	stop_display
	echo "ok: gtk3-demo opens a window"
else
	echo "no Xvfb or no xwininfo here: no window was opened"
fi

# The same names again: nothing is built, fetched or changed.
links() {
	(cd "$store" && for link in *; do echo "$link $(readlink "$link")"; done)
}
before=$(links)
index=$(cksum <"$store/index.json")
# shellcheck disable=SC2086
fixture $packages
[ "$before" = "$(links)" ] || fail "a second run changes $store"
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
