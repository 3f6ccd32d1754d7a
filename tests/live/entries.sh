#!/bin/sh
# One launcher serves several programs by the name it is started under, however it came by it.
set -eu
. "$(dirname "$0")/actor.sh"

for name in one two three; do
	ln $program $object/bin/$name
done
compile "$work/one" --entry one=$object/bin/one --entry two=$object/bin/two

ends 0 "$work/one"
said "started as $object/bin/one"
ln -s one "$work/two"
ends 0 "$work/two"
said "started as $object/bin/two"
rm "$work/two"
ln "$work/one" "$work/two"
ends 0 "$work/two"
said "started as $object/bin/two"
mkdir "$work/a" "$work/b"
cp "$work/one" "$work/a/two"
(cd "$work/a" && ends 0 ./two) && said "started as $object/bin/two"
mv "$work/a/two" "$work/b/one"
(cd "$work/a" && ends 0 ../b/one) && said "started as $object/bin/one"
# Found by a shell in PATH, and through a link to a link.
ln -s ../one "$work/b/two"
ln -s ../b/two "$work/a/two"
(PATH=$work/a:$PATH && ends 0 two) && said "started as $object/bin/two"
# argv[0] has no say.
ends 0 bash -c 'exec -a two "$0"' "$work/one"
said "started as $object/bin/one"

ln -s one "$work/three"
hint="three: this launcher has no program of that name; 'closurebox inspect' lists them"
refused 127 "$hint" "$work/three"
ln -s one "$work/on"
refused 127 "on: this launcher has no program of that name" "$work/on"
"$CLOSUREBOX" inspect "$work/one" >"$work/inspected"
grep -q "two.*$object/bin/two" "$work/inspected" || fail "inspect does not list the names"

# A program without a name serves all other names.
compile "$work/other" --entry two=$object/bin/two --program $object/bin/three
ends 0 "$work/other"
said "started as $object/bin/three"
mv "$work/other" "$work/two"
ends 0 "$work/two"
said "started as $object/bin/two"
