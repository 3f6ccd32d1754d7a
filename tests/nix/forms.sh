#!/bin/sh
# One closure through every form in which the Nix of this machine prints it, and in the shapes of
# newer versions, compiles to the same launcher, byte for byte.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"
command -v python3 >/dev/null || skip "no python3 here, which writes what newer versions print"
unset NIX_ATTRS_JSON_FILE NIX_BUILD_TOP

fixture git hello jq dash coreutils
nix-build "$srcdir/tests/nix/forms.nix" --arg store "$store" -o "$store/forms" \
	-A root -A lines -A attributes -A closureInfo >"$work/built" 2>"$work/build" ||
	fail "forms.nix: $(tail -n 30 "$work/build")"
{
	read -r root
	read -r lines
	read -r attributes
	read -r closure_info
} <"$work/built"
git=$(readlink "$store/git")

compile() { # OPTION...
	"$CLOSUREBOX" compile --stub "$STUB" "$@" --root "$root" --program "$git/bin/git" \
		-o "$work/launcher" 2>"$work/said"
}

# What a launcher does; it also carries the sizes of the objects, which not every form has.
does() { # LAUNCHER
	"$CLOSUREBOX" inspect --steps "$1" && "$CLOSUREBOX" inspect --policy "$1"
}

# The graph that the options name makes a launcher that does what the first does.
compared=0
same() { # NAME OPTION...
	form=$1
	shift
	compile "$@" || fail "$form: status $?: $(cat "$work/said")"
	does "$work/launcher" >"$work/does"
	[ -e "$work/first" ] || cp "$work/does" "$work/first"
	cmp "$work/first" "$work/does" || fail "$form: another launcher"
	rm -f "$work/launcher"
	compared=$((compared + 1))
}

# As a file, from standard input, and packed.
same_file() { # NAME FILE OPTION...
	name=$1 file=$2
	shift 2
	same "$name" --graph "$file" "$@"
	same "$name, standard input" --graph - "$@" <"$file"
	for packer in gzip zstd; do
		command -v $packer >/dev/null || continue
		$packer -q -c <"$file" >"$work/packed"
		same "$name, $packer" --graph "$work/packed" "$@"
		same "$name, $packer, standard input" --graph - "$@" <"$work/packed"
	done
	echo "ok: $name"
}

path_info() {
	nix --extra-experimental-features nix-command path-info --json -r "$@" ||
		fail "nix path-info $*"
}

nix-store -qR "$root" >"$work/closure"
[ "$(wc -l <"$work/closure")" -ge 40 ] || fail "the closure is too small to prove much"

# What Nix writes for a build.
same_file "the line form" "$lines"
same_file ".attrs.json" "$attributes" --graph-key alone
same_file ".attrs.json, a larger graph" "$attributes" --graph-key both
same ".attrs.json, both graphs" --graph "$attributes" --graph-key both --graph-key alone
python3 -c 'import json, sys; json.dump(json.load(sys.stdin)["alone"], sys.stdout)' \
	<"$attributes" >"$work/list"
same_file "the list from .attrs.json" "$work/list"
mkdir "$work/top"
cp "$attributes" "$work/top/.attrs.json"
for key in alone both; do
	NIX_ATTRS_JSON_FILE=$attributes
	export NIX_ATTRS_JSON_FILE
	same "\$NIX_ATTRS_JSON_FILE" --graph-from-attrs $key
	# As Nix 2.4 to 2.14 have it: a directory that is not there in the sandbox.
	NIX_ATTRS_JSON_FILE=/no/such/.attrs.json NIX_BUILD_TOP=$work/top
	export NIX_BUILD_TOP
	same "\$NIX_BUILD_TOP" --graph-from-attrs $key
	unset NIX_ATTRS_JSON_FILE NIX_BUILD_TOP
	cd "$work/top" || exit
	same "./.attrs.json" --graph-from-attrs $key
	cd "$OLDPWD" || exit
done
echo "ok: --graph-from-attrs"
same "closureInfo" --graph "$closure_info"
echo "ok: closureInfo"
same_file "the registration of closureInfo" "$closure_info/registration"
same_file "the paths of closureInfo" "$closure_info/store-paths"

# What it prints.
xargs nix-store --dump-db <"$work/closure" >"$work/dump"
same_file "nix-store --dump-db" "$work/dump"
same_file "nix-store -qR" "$work/closure"
path_info "$root" >"$work/path-info"
same_file "nix path-info" "$work/path-info"
path_info -S "$root" >"$work/path-info"
same_file "nix path-info -S" "$work/path-info"

# A binary cache says more about the same objects; only there they have signatures.
nix-store --generate-binary-cache-key forms-1 "$work/key" "$work/public"
cache="file://$work/cache?compression=none&secret-key=$work/key"
nix --extra-experimental-features nix-command copy --to "$cache" "$root" >"$work/copy" 2>&1 ||
	fail "nix copy: $(cat "$work/copy")"
path_info -S --store "$cache" "$root" >"$work/path-info-cache"
grep -q '"signatures":\["forms-1:' "$work/path-info-cache" || fail "the cache has no signatures"
grep -q '"ca":"text:' "$work/path-info-cache" || fail "no object is content-addressed"
same_file "nix path-info, a binary cache" "$work/path-info-cache"

# What this Nix is too old to print.
for list in path-info path-info-cache; do
	mkdir "$work/$list.shapes"
	python3 "$srcdir/tests/nix/compare-forms.py" "$work/$list" "$work/$list.shapes"
	for shape in "$work/$list.shapes"/*; do
		same_file "$list of ${shape##*/}" "$shape"
	done
done

# All of them say the same of every object.
same "all together" --graph "$lines" --graph "$attributes" --graph-key alone --graph "$work/list" \
	--graph "$closure_info" --graph "$work/dump" --graph "$work/closure" \
	--graph "$work/path-info" --graph "$work/path-info-cache" \
	--graph "$work/path-info.shapes/2.19" --graph "$work/path-info-cache.shapes/format-3"
echo "ok: all together"

# What is for people, or for something else, is refused.
nix-store -q --graph "$root" >"$work/dot"
nix-store -q --graphml "$root" >"$work/graphml"
nix-store -q --tree "$root" >"$work/tree"
nix --extra-experimental-features nix-command show-derivation "$root" >"$work/derivation"
cat "$work"/cache/*.narinfo >"$work/narinfo"
for refused in dot graphml tree derivation narinfo; do
	status=0
	compile --graph "$work/$refused" || status=$?
	[ $status = 1 ] || fail "$refused: status $status"
	[ ! -e "$work/launcher" ] || fail "$refused: there is a launcher"
done
echo "ok: what is no graph is refused"

# The control: the same program in another closure is another launcher.
compile --graph "$attributes" --graph-key both --extra-root "$(readlink "$store/hello")" ||
	fail "two roots: status $?: $(cat "$work/said")"
does "$work/launcher" >"$work/does"
! cmp -s "$work/first" "$work/does" || fail "another closure is the same launcher"
echo "$compared graphs of $(wc -l <"$work/closure") objects, one launcher"
