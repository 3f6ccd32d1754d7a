#!/bin/sh
# nix/module.nix and nix/home-manager.nix: every package of a system's and a home's lists is in its
# box, but those that are not to be, for each of which there is a reason; all else is what it was.
# nix/closure-files.nix: closures as Nix itself tells them.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

fixture_set
closurebox_package

expressions() { # COMMAND ARGUMENT...: a Nix command on modules.nix
	"$@" "$srcdir/tests/nix/modules.nix" --argstr world "$world" --arg store "$store" \
		--argstr built "$closurebox"
}

build() { # ATTRIBUTE: $result-ATTRIBUTE is then a link to it
	expressions nix-build -A "$1" -o "$result-$1" >/dev/null 2>"$work/build" ||
		fail "$world: $1: $(tail -n 30 "$work/build")"
}

# What the expressions themselves compare.
facts() {
	got=$(expressions nix-instantiate --eval --strict --json -A failures 2>"$work/facts") ||
		fail "$world: $(cat "$work/facts")"
	[ "$got" = '{}' ] || fail "$world: $got"
	echo "ok: $world: $(expressions nix-instantiate --eval -A facts) facts"
}

mistake() { # ATTRIBUTE TEXT: it is an error with that text in its message
	! expressions nix-instantiate --eval --strict -A "mistakes.$1" \
		>/dev/null 2>"$work/mistake" ||
		fail "$world: $1 is no mistake"
	tr -s ' \n' ' ' <"$work/mistake" | grep -qF "$2" ||
		fail "$world: $1: $(cat "$work/mistake")"
}

mistakes() {
	mistake policy '`programs.closurebox.policies.hello.filesytem'\'' does not exist'
	mistake value '`programs.closurebox.policies.hello.network'\'' is not of type'
	mistake listed "policy: programs.closurebox.policies.hello[1]: network: 'internet' is none"
	mistake argument '`programs.closurebox.arguments.hello.program'\'' does not exist'
	mistake homePolicy '`programs.closurebox.policies.hello.network'\'' is not of type'
	mistake readOnly '`programs.closurebox.unwrapped'\'' is read-only'
	mistake link "'/run/opengl-driver' is not in /nix/store; expected a package or a store path"
	mistake text ' is not in /nix/store; expected '
	mistake inStore "'/nix/store/hello' is not in /nix/store; expected "
}

# A system's packages, as its users find them.
use_system() {
	build system
	build messenger
	bin=$(readlink "$result-system")/bin
	[ "$("$bin/hello")" = 'Hello, world!' ] || fail "$world: hello"
	[ "$("$bin/jq" -n env.BOX)" = '"of its own"' ] || fail "$world: jq is not in its own box"
	[ "$("$bin/utility")" = 'utility: of its own' ] || fail "$world: not in a box: utility"
	[ ! -e "$bin/tool" ] || fail "$world: an output that nobody asked for is installed"
	for program in hello jq utility messenger; do
		"$closurebox/bin/closurebox" inspect "$bin/$program" >/dev/null ||
			fail "$world: not in a box: $program"
	done
	grep -q '^content$' "$bin/../share/data/content" || fail "$world: data"
	# Services start what is in a box.
	service=$(sed -n 's/^Exec=\([^ ]*\).*/\1/p' "$bin"/../share/dbus-1/services/*)
	[ "${service%/libexec/*}" = "$(readlink "$result-messenger")" ] ||
		fail "$world: the service starts $service"
	"$closurebox/bin/closurebox" inspect "$service" >/dev/null ||
		fail "$world: not in a box: $service"
	echo "ok: $world: a system"
}

use_home() {
	build home
	bin=$(readlink "$result-home")/bin
	[ "$("$bin/hello")" = 'Hello, world!' ] || fail "$world: hello of a home"
	[ "$("$bin/jq" -n env.BOX)" = '"of its own"' ] ||
		fail "$world: jq of a home is not in its own box"
	"$closurebox/bin/closurebox" inspect "$bin/older" >/dev/null ||
		fail "$world: not in a box: siblings"
	echo "ok: $world: a home"
}

# DIRECTORY STORE-PATH...: it has closure files of these and no others.
has_closures() {
	directory=$1
	shift
	for path; do
		object=$(printf '%s\n' "$path" | cut -d / -f 4)
		nix-store -qR "/nix/store/$object" | LC_ALL=C sort >"$work/want"
		LC_ALL=C sort "$directory/$object" | diff "$work/want" - ||
			fail "$world: closure of $path"
		# A part of the file is no closure file.
		[ "$(tail -n 1 "$directory/$object")" = "/nix/store/$object" ] ||
			fail "$world: $path is not the last of its closure"
		echo "$object"
	done | LC_ALL=C sort -u >"$work/names" || exit
	find "$directory/" -mindepth 1 -printf '%f\n' | LC_ALL=C sort | diff "$work/names" - ||
		fail "$world: other closure files"
}

closure_files() {
	build closures
	expressions nix-instantiate --eval --strict --json -A closureRoots 2>/dev/null |
		tr -d '[]"' | tr , '\n' >"$work/roots"
	[ "$(wc -l <"$work/roots")" -ge 4 ] || fail "$world: $(cat "$work/roots")"
	# shellcheck disable=SC2046 # no blanks in store paths
	has_closures "$result-closures" $(cat "$work/roots")

	build noClosures
	[ -z "$(ls -A "$result-noClosures")" ] || fail "$world: closures of nothing"
	build manyClosures
	[ "$(find "$result-manyClosures/" -type f | wc -l)" = 2000 ] ||
		fail "$world: not all of many"
	# One graph each, so that the work is that of its own closure.
	cat "$result-manyClosures"/* | sort | uniq -d >"$work/twice"
	[ ! -s "$work/twice" ] || fail "$world: in more than one closure: $(cat "$work/twice")"

	NIX_CONFIG="$NIX_CONFIG
extra-experimental-features = ca-derivations" build contentAddressed
	addressed=$(nix-store -q --references "$result-contentAddressed" |
		grep -- -addressed-by-content)
	has_closures "$result-contentAddressed" "$addressed"
	echo "ok: $world: closure files"
}

# As systemd copies them when the system is activated.
tmpfiles() {
	build tmpfiles
	rules=$result-tmpfiles/lib/tmpfiles.d/closurebox.conf
	source=$(sed -n 's,^C .* \(/nix/store/[^/]*\)/.*,\1,p' "$rules" | sort -u)
	[ -d "$source" ] || fail "$world: $(cat "$rules")"
	if ! command -v systemd-tmpfiles >/dev/null || [ "$(id -u)" != 0 ]; then
		echo "no systemd-tmpfiles or not root: $world: its rules are not tried"
		return
	fi
	root=$work/root
	mkdir -p "$root/nix/store"
	cp -r "$source" "$root/nix/store"
	# shellcheck disable=SC2046 # no blanks in store paths
	set -- $(sed 's,.* /nix/store/[^/]*/,/nix/store/,;/^d/d' "$rules")
	directory=$root/run/closurebox/closures
	for _ in 1 2; do
		systemd-tmpfiles --root="$root" --create "$rules" || fail "$world: systemd-tmpfiles"
	done
	has_closures "$directory" "$@"
	stat -c '%a %U %F' "$directory/"* | sort -u >"$work/modes"
	[ "$(cat "$work/modes")" = '444 root regular file' ] || fail "$world: $(cat "$work/modes")"
	stat -c '%a %U' "$directory" "${directory%/*}" | sort -u >"$work/modes"
	[ "$(cat "$work/modes")" = '755 root' ] || fail "$world: $(cat "$work/modes")"

	# What an earlier generation has left goes when it is old, and nothing else.
	echo old >"$directory/old"
	systemd-tmpfiles --root="$root" --clean "$rules" || fail "$world: systemd-tmpfiles"
	[ -e "$directory/old" ] || fail "$world: a new file goes"
	sed 's/ 10d -$/ 0 -/' "$rules" >"$work/rules"
	! cmp -s "$rules" "$work/rules" || fail "$world: no file ever goes"
	systemd-tmpfiles --root="$root" --clean "$work/rules" || fail "$world: systemd-tmpfiles"
	has_closures "$directory" "$@"
	echo "ok: $world: systemd's rules"
}

# As home-manager runs it: with `set -eu`, and DRY_RUN_CMD set to `echo` when it is only to tell.
activation() {
	build activation
	state="$work/a state"
	profile=$work/profile
	sed "s,/home/eve/a state,$state,; s,/home/eve/.nix-profile,$profile," \
		"$result-activation" >"$work/activation"
	mkdir "$profile"
	ln -s "$closurebox/share" "$profile/share"
	for step in dry first second; do
		DRY_RUN_CMD=$([ $step != dry ] || echo echo) \
			bash -eu "$work/activation" >"$work/log" 2>&1 ||
			fail "$world: activation: $(cat "$work/log")"
		[ $step != dry ] || [ ! -e "$state" ] || fail "$world: a dry run writes"
		# What others could have written is written anew, what nobody needs goes.
		[ $step != first ] || (
			cd "$state/closurebox/closures" || exit
			for file in *; do
				rm -f "$file"
				ln -s /dev/null "$file"
			done
			echo gone >00000000000000000000000000000000-gone
			chmod 777 .
		)
	done
	expressions nix-instantiate --eval --strict --json -A activationRoots 2>/dev/null |
		tr -d '[]"' | tr , '\n' >"$work/roots"
	# shellcheck disable=SC2046 # no blanks in store paths
	has_closures "$state/closurebox/closures" "$closurebox" $(cat "$work/roots")
	stat -c '%a %F' "$state"/closurebox/closures/* | sort -u >"$work/modes"
	[ "$(cat "$work/modes")" = '444 regular file' ] || fail "$world: $(cat "$work/modes")"
	[ "$(stat -c %a "$state/closurebox/closures")" = 755 ] || fail "$world: directory"
	echo "ok: $world: a home's closure files"
}

worlds="set"
! nix-instantiate --find-file nixpkgs >/dev/null 2>&1 || worlds="$worlds nixpkgs"
for world in $worlds; do
	result=$store/result-$world
	facts
	mistakes
	use_system
	use_home
	closure_files
	tmpfiles
	activation
done
