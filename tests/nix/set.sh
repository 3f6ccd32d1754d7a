#!/bin/sh
# tests/nix/set behaves as nixpkgs does in what the other tests rely on: its lib and its modules
# give what nixpkgs' give, its builders run hooks in nixpkgs' order, its packages are what they look
# like. Where there is a <nixpkgs> it is asked the same questions.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

command -v python3 >/dev/null || skip "no python3 here, which compares JSON"
fixture_set
set=$srcdir/tests/nix/set
small="import $set/lib.nix"
nixpkgs=$(nix-instantiate --find-file nixpkgs 2>/dev/null || true)

value() { # FILE ARGUMENT...: prints what it gives, one value a line
	nix-instantiate --eval --strict --json "$@" >"$work/value" 2>"$work/error" ||
		fail "$*: $(cat "$work/error")"
	python3 -m json.tool --sort-keys "$work/value"
}
same() { # WANTED GOT WHAT
	diff "$1" "$2" || fail "$3"
}

# --- the library: what nixpkgs' gave is in the JSON files

for file in lib-cases module-cases; do
	part=
	[ $file = lib-cases ] || part="-A values"
	# shellcheck disable=SC2086 # two words
	value "$set/$file.nix" --arg lib "$small" $part >"$work/small"
	same "$set/$file.json" "$work/small" "$file: not what nixpkgs' lib gives"
	echo "ok: $file: $(grep -c : "$work/small") values"
	if [ -n "$nixpkgs" ]; then
		for lib in "$small" "import $nixpkgs/lib"; do
			# shellcheck disable=SC2086 # two words
			[ $file = module-cases ] || part="--arg descriptions false"
			# shellcheck disable=SC2086 # two words
			value "$set/$file.nix" --arg lib "$lib" $part >"$work/lib-${lib##*/}"
		done
		same "$work/lib-lib" "$work/lib-lib.nix" "$file: not what this nixpkgs' lib gives"
	fi
done

# Every mistake is an error, whose message says what is listed.
mistakes() { # LIB
	nix-instantiate --eval --strict --json "$set/module-cases.nix" --arg lib "$1" \
		-A errors --arg onlySays true >"$work/says" 2>"$work/error" ||
		fail "$(cat "$work/error")"
	python3 - "$work/says" <<-'END' >"$work/list"
		import json, sys
		for name, says in json.load(open(sys.argv[1])).items():
		    print(name)
		    open(sys.argv[1] + "." + name, "w").write("\n".join(says) + "\n")
	END
	while read -r name; do
		! nix-instantiate --eval --strict "$set/module-cases.nix" --arg lib "$1" \
			-A "errors.$name.value" >/dev/null 2>"$work/error" ||
			fail "$name: is no error"
		while IFS= read -r line; do
			grep -qF -- "$line" "$work/error" ||
				fail "$name: does not say: $line: $(cat "$work/error")"
		done <"$work/says.$name"
	done <"$work/list"
}
mistakes "$small"
echo "ok: $(wc -l <"$work/list") mistakes in modules"
[ -z "$nixpkgs" ] || mistakes "import $nixpkgs/lib"

# --- the evaluator's part of packages

value "$set/checks.nix" --arg store "$store" -A values >"$work/checks"
same "$set/checks.json" "$work/checks" "packages have not the attributes that nixpkgs' have"
if [ -n "$nixpkgs" ]; then
	value "$set/checks.nix" --arg world "$set/nixpkgs.nix" -A values >"$work/checks"
	same "$set/checks.json" "$work/checks" "nixpkgs' packages have other attributes"
fi

# --- builders

build() { # ATTRIBUTE: its path is then in the variable of that name
	nix-build "$set/checks.nix" --arg store "$store" -A "$1" -o "$store/result-$1" \
		>"$work/built" 2>"$work/build" || fail "$1: $(tail -n 30 "$work/build")"
	eval "${1##*.}=\$(head -n 1 \"$work/built\")"
}

build order
cat >"$work/want" <<'END'
native host=-1 target=0
propagated host=-1 target=0
host host=0 target=1
preInstall variable
native phase
propagated phase
host phase
preFixup variable
native preFixup
propagated preFixup
host preFixup
native fixupOutput order-1
propagated fixupOutput order-1
host fixupOutput order-1
native fixupOutput order-1-dev
propagated fixupOutput order-1-dev
host fixupOutput order-1-dev
postFixup variable
#!/bin/sh
#!/bout dev out out
native postFixup
propagated postFixup
host postFixup
END
same "$work/want" "$order/order" "hooks are not run in nixpkgs' order"
printf '%s\n' "native env host" "propagated env host" >"$work/want"
same "$work/want" "$order/env" "environment hooks see other packages"
printf '%s\n' errexit "nullglob on" "inherit_errexit on" "pipefail on" >"$work/want"
tr -s ' ' <"$order/options" >"$work/got"
same "$work/want" "$work/got" "builders run with other options of the shell"

references() { # PATH: names without hashes
	nix-store -q --references "$1" | sed 's,.*/[^-]*-,,; s,-[0-9].*,,' | sort
}
build compiled
build raw
printf '%s\n' bash jansson libc6 >"$work/want"
references "$compiled" >"$work/got"
same "$work/want" "$work/got" "a compiled program refers to something else"
references "$raw" | grep -qx yajl || fail "without patchelf no unused library is referred to"
! grep -q debug_info "$compiled/bin/compiled" || fail "debugging information was left"
grep -q debug_info "$raw/bin/compiled" || fail "there was no debugging information to begin with"
[ "$("$compiled/bin/compiled")" = '{"compiled":"0.4"}' ] || fail "compiled does not run"
[ "$("$compiled/bin/compiled-script" x)" = "script x" ] || fail "its script does not run"
head -n 1 "$compiled/bin/compiled-script" | grep -q '^#!/nix/store/.*bash.*/bin/sh$' ||
	fail "an interpreter was not rewritten: $(head -n 1 "$compiled/bin/compiled-script")"
[ "$(readlink "$compiled/sbin")" = bin ] || fail "sbin is no link to bin"
[ "$(readlink "$compiled/bin/compiled-again")" = compiled ] || fail "a link inside stays absolute"
build compiled.man
[ -f "$man/share/man/man1/compiled.1.gz" ] || fail "the manual is not where it should be"
[ "$(readlink -f "$man/share/man/man1/compiled-admin.1.gz")" = \
	"$man/share/man/man1/compiled.1.gz" ] || fail "a manual's link leads elsewhere"

build structured
[ "$("$structured/bin/structured")" = "2 two words a value" ] ||
	fail "structured attributes: $("$structured/bin/structured")"
build ownBuilder
[ "$(cat "$ownBuilder/text")" = "a text other" ] || fail "a builder of its own"
build wrapped
[ "$("$wrapped/bin/wrapped" a 'b  c')" = "two  words $wrapped/bin/.wrapped-wrapped a b  c" ] ||
	fail "wrapProgram: $("$wrapped/bin/wrapped" a 'b  c')"
build gapps
[ "$(XDG_DATA_DIRS=/x "$gapps/bin/gapps")" = "$gapps/share:/x" ] || fail "wrapGAppsHook"
[ -x "$gapps/libexec/.gapps-helper-wrapped" ] || fail "wrapGAppsHook leaves libexec out"
build siblings
[ "$("$siblings/bin/oldest" again)" = "older: end" ] || fail "siblings"
build source
[ "$(cat "$source")" = content ] || fail "a fixed output"

build environment
[ "$(cat "$environment/bin/older")" = preferred ] || fail "buildEnv: priorities"
[ "$(readlink "$environment/bin/manifold" | grep -c -- -bin/)" = 1 ] ||
	fail "buildEnv: outputs to install"
! (build collision) 2>"$work/error" || fail "buildEnv: no collision"
grep -q 'collision between' "$work/error" || fail "buildEnv: $(cat "$work/error")"

# Its path is decided by what is in it; so it must have been rewritten where it names itself.
NIX_CONFIG="$NIX_CONFIG
experimental-features = ca-derivations"
build contentAddressed
[ "$("$contentAddressed/bin/content-addressed" | cut -d ' ' -f 1)" = "$contentAddressed" ] ||
	fail "a content-addressed package does not name itself"
echo "ok: packages are built and run"
