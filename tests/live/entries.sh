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

# A name may have what separates it from its program.
ln $program "$object/bin/a=b"
compile "$work/a=b" --entry one=$object/bin/one --entry "a=b=$object/bin/a=b"
ends 0 "$work/a=b"
said "started as $object/bin/a=b"

# A program without a name serves all other names.
compile "$work/other" --entry two=$object/bin/two --program $object/bin/three
ends 0 "$work/other"
said "started as $object/bin/three"
mv "$work/other" "$work/two"
ends 0 "$work/two"
said "started as $object/bin/two"

# The compiler makes the links: in the launcher's directory to its name, whatever that directory is
# called, elsewhere to its path.
mkdir "$work/bin" "$work/bin/in" "$work/opt"
ln -s bin "$work/usr"
linked() { # TARGET LINK
	[ "$(readlink "$2")" = "$1" ] || fail "$2 leads to '$(readlink "$2")', not to '$1'"
}
cd "$work/opt"
compile "$work/bin/one" --entry one=$object/bin/one --entry two=$object/bin/two \
	--entry three=$object/bin/three --link "$work/bin/two" --link ../usr/three --link two
linked one "$work/bin/two"
linked one "$work/bin/three"
linked "$work/bin/one" two
for link in "$work/bin/two" ./two; do
	ends 0 "$link"
	said "started as $object/bin/two"
done
ends 0 "$work/usr/three"
said "started as $object/bin/three"
rm "$work/bin/two" "$work/bin/three" two

# A relative launcher's path starts where the compiler is; no link in it is resolved.
compile ../usr/.././usr/one --entry one=$object/bin/one --entry two=$object/bin/two \
	--link ./two --link ../bin/in/two
linked "$work/usr/.././usr/one" two
linked "$work/usr/.././usr/one" "$work/bin/in/two"
ends 0 ./two
said "started as $object/bin/two"
compile ./one --entry one=$object/bin/one --entry two=$object/bin/two --link ../bin/two
linked "$work/opt/one" "$work/bin/two"
compile .././../two --entry one=$object/bin/one --entry two=$object/bin/two --link one
linked /two one
rm /two
