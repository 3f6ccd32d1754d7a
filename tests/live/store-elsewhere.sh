#!/bin/sh
# The store may be anywhere: the box has the closure where the graph says that it is, only there.
set -eu
. "$srcdir/tests/live/lib.sh"

moved='/scratch/gnu/my store'
mkdir -p "$moved"
for object in "$program" "$plain" "$dangling" "$tool" "$outsider"; do
	cp -a "$object" "$moved"
done
ln -s "$moved/${outsider##*/}" "$moved/${way_out##*/}"
ln -s "$moved/${program##*/}/etc" "$moved/${link##*/}"
sed "s|^/nix/store|$moved|" graph >moved-graph

for way in found told; do
	set -- --graph moved-graph
	[ $way = found ] || set -- "$@" --store-dir "$moved"
	launcher=/scratch/launcher-$way
	"$CLOSUREBOX" compile "$@" --root "$moved/${program##*/}" \
		--program "$moved/${program##*/}/bin/probe" --stub "$STUB" -o "$launcher"
	closure=$(printf '%s\n' "$program" "$plain" "$link" "$dangling" "$tool" "$way_out" |
		sed "s|$store/||")
	prints "$closure" box listing "$moved"
	prints inside box read "$moved/${link##*/}/text"
	matches 'symlink 0777' box kind "$moved/${link##*/}"
	works box exec "$moved/${tool##*/}" directory
	refused ENOENT box read "$moved/${way_out##*/}/secret"
	prints secret outside read "$moved/${way_out##*/}/secret"
	refused ENOENT box read "$plain"
	prints plain outside read "$plain"
	refused ENOENT box listing /nix
	prints 'read-only nosuid nodev' box mount-flags "$moved"
	refused EROFS box create "$moved/new"
done

# What one store is told to hold is not looked for in another.
refused_status=0
"$CLOSUREBOX" compile --graph graph --store-dir "$moved" --program "$program/bin/probe" \
	--stub "$STUB" -o none 2>said || refused_status=$?
equal 1 "$refused_status" 'a graph of another store'
grep -q "the store is '/nix/store' here" said || failed "another store: $(cat said)"
