#!/bin/sh
# closurebox graph beside Nix itself: the same closures, sizes, edges and trees; Nix takes the
# registration, and every form that Nix prints here becomes the same graph.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

fixture gtk-3-examples git
graph() {
	"$CLOSUREBOX" graph "$@" || fail "closurebox graph $*: status $?"
}
root=$(readlink "$store/gtk-3-examples")
nix-store -qR "$root" >"$work/closure"
[ "$(wc -l <"$work/closure")" -ge 100 ] || fail "the closure is too small to prove much"
# shellcheck disable=SC2046 # one word a path
nix-store --dump-db $(cat "$work/closure") >"$work/dump"

# The same graph through every form.
graph --graph "$work/dump" --format json >"$work/json"
nix --extra-experimental-features nix-command path-info --json -rS "$root" >"$work/path-info" ||
	fail "nix path-info"
graph --graph "$work/path-info" --format json | cmp - "$work/json" ||
	fail "nix path-info and nix-store --dump-db give different graphs"
echo "ok: one graph through both forms"

graph --graph "$work/dump" --format store-paths >"$work/paths"
sort "$work/closure" | diff - "$work/paths" || fail "another closure"
git=$(readlink "$store/git")
# shellcheck disable=SC2046 # one word a path
nix-store --dump-db $(nix-store -qR "$root" "$git" | sort -u) >"$work/both"
graph --graph "$work/both" --root "$root" --format json | cmp - "$work/json" ||
	fail "the closure of one root is not what it is alone"
echo "ok: closures"

if command -v jq >/dev/null; then
	jq -r '.[] | "\(.path) \(.closureSize) \(.narSize) \(.references | sort | join(","))"' \
		"$work/path-info" | sort >"$work/want"
	graph --graph "$work/dump" --format json --closure-size | jq -r \
		'.[] | "\(.path) \(.closureSize) \(.narSize) \(.references | sort | join(","))"' |
		sort >"$work/got"
	diff "$work/want" "$work/got" || fail "other closure sizes than Nix's"
	echo "ok: closure sizes"
else
	echo "no jq here: closure sizes were not compared"
fi

# Nix marks edges with colours, and nodes.
nix-store -q --graph "$root" | sed -n 's/^\("[^"]*" -> "[^"]*"\).*/\1/p' | sort >"$work/edges"
graph --graph "$work/dump" --format dot | sed -n 's/^\(".*" -> ".*"\);$/\1/p' | sort >"$work/got"
diff "$work/edges" "$work/got" || fail "other edges than Nix's"
[ -s "$work/got" ] || fail "no edges"
echo "ok: $(wc -l <"$work/got") edges"

# Nix's tree names an object below itself; siblings may stand in another order, which decides where
# an object is printed whole. What every object has below it is the same.
below() { # "PARENT CHILD" for each line, but for children that are their parent
	sed 's/├───/..../g; s/└───/..../g; s/│   /..../g; s/    /..../g' | awk '{
		path = $0
		sub(/^[^\/]*/, "", path)
		depth = (length($0) - length(path)) / 4
		sub(/ \[\.\.\.\]$/, "", path)
		paths[depth] = path
		if (depth > 0 && paths[depth - 1] != path) print paths[depth - 1], path
	}' | sort
}
nix-store -q --tree "$root" | below >"$work/want"
graph --graph "$work/dump" --tree >"$work/tree"
below <"$work/tree" >"$work/got"
diff "$work/want" "$work/got" || fail "another tree than Nix's"
[ "$(head -n 1 "$work/tree")" = "$root" ] || fail "the tree does not start at the root"
echo "ok: the tree, $(wc -l <"$work/tree") lines"

# A chain from the root to each object, every step of which is an edge that Nix has.
longest=0
while read -r object; do
	graph --graph "$work/dump" --why "$root" "$object" >"$work/chain"
	ends=$(sed -n '1p' "$work/chain" && sed -n '$p' "$work/chain")
	[ "$ends" = "$root
$object" ] || fail "the chain to $object has other ends"
	sed 's|.*/||' "$work/chain" |
		awk 'before { print "\"" $0 "\" -> \"" before "\"" } { before = $0 }' |
		sort >"$work/steps"
	[ -z "$(comm -23 "$work/steps" "$work/edges")" ] || fail "$(cat "$work/chain") is no chain"
	length=$(wc -l <"$work/chain")
	[ "$length" -le "$longest" ] || longest=$length
done <"$work/closure"
[ "$longest" -ge 3 ] || fail "the chains are too short to prove much"
echo "ok: chains of up to $longest objects"

# A store of our own takes the registration, and then says the same of each object.
graph --graph "$work/path-info" --format registration >"$work/registration"
mkdir -p "$work/state"
NIX_STATE_DIR=$work/state nix-store --load-db <"$work/registration" ||
	fail "nix-store --load-db refuses the registration"
# shellcheck disable=SC2046 # one word a path
NIX_STATE_DIR=$work/state nix-store --dump-db $(cat "$work/paths") >"$work/loaded"
graph --graph "$work/loaded" --format json | cmp - "$work/json" || fail "Nix loaded another graph"
NIX_STATE_DIR=$work/state nix-store -qR "$root" | sort | diff - "$work/paths" ||
	fail "Nix knows another closure after --load-db"
echo "ok: nix-store --load-db"
