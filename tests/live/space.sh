#!/bin/sh
# What the policy asks for and the host cannot give ends in one line that names it.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
policy() { # FILESYSTEM-ENTRIES
	printf '{ "closurebox": 1, "filesystem": [ %s ] }\n' "$1" >policy.json
	compile launcher --policy policy.json
}

# A file that does not fit where the policy wants it.
text=$(head -c 65536 /dev/zero | tr '\0' x)
policy '{ "tmpfs": "/small", "size": "4K" }, { "file": "/small/large", "text": "'"$text"'" }'
refused 125 'file /small/large: write: No space left on device; ' ./launcher
policy '{ "tmpfs": "/small", "size": "64K" }, { "file": "/small/large", "text": "'"$text"'" }'
ends 0 ./launcher

# (fs.mount-max, the other limit, is the whole machine's and so not tried.)

# A path that the host lacks.
policy '{ "bind": "/none/such" }'
missing='No such file or directory'
refused 125 "bind /none/such: open_tree: $missing; create it, or make the grant" ./launcher
policy '{ "bind": "/none/such", "optional": true }'
ends 0 ./launcher

# The store, or one object of it, has gone.
compile launcher
mv $object away
refused 125 "object $object: mount: $missing; the store has lost it" ./launcher
mv away $object
ends 0 ./launcher

# An object that has become something else: what a link leads to is not the closure's, whoever has
# put it there. Links in an object are followed as ever.
mkdir elsewhere
echo secret >elsewhere/secret
mv $object away
cp -r away elsewhere/object
ln -s "$work/elsewhere/object" $object
[ -x "$object/bin/actor" ] # the control
refused 125 "object $object: mount: Too many levels of symbolic links" ./launcher
rm $object
cp away/bin/actor $object
refused 125 "object $object: mount: Not a directory" ./launcher
rm $object
mv away $object
ends 0 ./launcher
covered() { # DIRECTORY TEXT
	refused 125 "$2" unshare --user --map-root-user --mount \
		sh -euc 'mount -t tmpfs none "$1"; exec ./launcher' sh "$1"
}
covered $store "object $object: mount: $missing"
covered /nix "store $store: open_tree: $missing"
