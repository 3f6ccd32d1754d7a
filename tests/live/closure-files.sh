#!/bin/sh
# What a path of the host leads to comes into the box with its closure, which closure files tell
# when the box is made: a driver changes, the launcher does not.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

helper_is /scratch/answer
unrelated=$(object unrelated)
libc=$(object libc)
old_lib=$(object old-lib "$libc")
old=$(object old-driver "$old_lib")
new_lib=$(object new-lib "$libc")
new=$(object new-driver "$new_lib" "$libc")
mkdir run
driver=/scratch/run/opengl-driver
grant="{ \"bind\": \"$driver\", \"closure\": true, \"optional\": true }"
use "$grant" "$files"
cp "$launcher" launcher.before

# Nothing is there; then one driver, then another, with nobody to ask.
has
refused ENOENT box listing $driver
asked 0
write_closures files "$old" "$new"
ln -s "$old" run/opengl-driver
has "$old" "$old_lib" "$libc"
prints old-driver box read $driver/name
prints 'read-only nosuid nodev' box mount-flags "$old"
prints 'read-only nosuid nodev' box mount-flags $driver
refused EROFS box create "$old/new"
lacks "$new" "$new_lib" "$unrelated"
ln -sfn "$new" run/opengl-driver
has "$new" "$new_lib" "$libc"
prints new-driver box read $driver/name
lacks "$old" "$old_lib" "$unrelated"
asked 0
cmp "$launcher" launcher.before || failed 'the launcher has changed'

# The control: without the option what it leads to is there, and nothing it needs.
use "{ \"bind\": \"$driver\" }" "$files"
prints new-driver box read $driver/name
has
lacks "$new_lib"

# In the store an object is at its own path; what the bind has to say is where else. A path inside
# of an object binds that, and brings the object's closure.
chmod u+w "$new"
mkdir "$new/lib"
echo inside >"$new/lib/file"
ln -s "$new/lib" run/part
use '{ "bind": "/scratch/run/part", "to": "/data", "closure": true }' "$files"
prints inside box read /data/file
has "$new" "$new_lib" "$libc"
asked 0

# Objects that are files or links, in a closure and as what is led to.
text=$(path_of text)
echo text >"$text"
chmod 0444 "$text"
refers "$text" "$libc"
pointer=$(path_of pointer)
ln -s "$text" "$pointer"
refers "$pointer" "$text"
mixed=$(object mixed "$text" "$pointer")
ln -s "$mixed" run/mixed
ln -s "$text" run/text
ln -s "$pointer" run/pointer
write_closures files "$mixed" "$text" "$pointer"
use '{ "bind": "/scratch/run/mixed", "closure": true }' "$files"
has "$mixed" "$text" "$pointer" "$libc"
prints text box read "$text"
prints text box read "$pointer"
prints "$text" box readlink "$pointer"
use '{ "bind": "/scratch/run/text", "closure": true }' "$files"
has "$text" "$libc"
prints text box read /scratch/run/text
use '{ "bind": "/scratch/run/pointer", "closure": true }' "$files"
prints text box read /scratch/run/pointer
lacks "$mixed"
asked 0

# The launcher's own closure needs nothing: no file, nobody. Neither what is known when it is
# compiled, nor what is found out at launch.
ln -s "$program/etc" run/own
for source in "$program/etc" /scratch/run/own "\$OWN"; do
	use "{ \"bind\": \"$source\", \"to\": \"/data\", \"closure\": true }" "$files"
	OWN=/scratch/run/own
	export OWN
	prints inside box read /data/text
	has
	asked 0
done
# The control: a variable that leads elsewhere.
OWN=$driver
has "$new" "$new_lib" "$libc"
prints new-driver box read /data/name
unset OWN

# The first directory that has a file is believed; a file may say more than we know to be true, but
# no other root's file is looked at.
grant="{ \"bind\": \"$driver\", \"closure\": true }"
use "$grant" "$files"
mkdir -m 755 kept
printf '%s\n' "$new" "$unrelated" >"kept/${new##*/}"
has "$new" "$new_lib" "$libc"
rm "files/${new##*/}"
has "$new" "$unrelated"
asked 0
rm "kept/${new##*/}"
printf '%s\n' "$new" "$unrelated" >"kept/${old##*/}"
has "$new" "$new_lib" "$libc"
asked 1
rm "kept/${old##*/}"
# Where there is no directory, or no variable for it, the next is asked.
use "$grant" '"closure-files": ["/missing", "$MISSING/x", "/scratch/files"]'
asked 0
has "$new" "$new_lib" "$libc"
asked 1
write_closures files "$new"
has "$new" "$new_lib" "$libc"
asked 0
use "$grant" '"closure-files": []'
has "$new" "$new_lib" "$libc"
asked 1

# Those of the user, where no policy says otherwise.
use "$grant"
mkdir -p "$HOME/.local/state/closurebox/closures" state/closurebox/closures
chmod 700 "$HOME/.local/state/closurebox/closures" state/closurebox/closures
write_closures "$HOME/.local/state/closurebox/closures" "$new"
has "$new" "$new_lib" "$libc"
asked 0
XDG_STATE_HOME=/scratch/state
export XDG_STATE_HOME
has "$new" "$new_lib" "$libc"
asked 1
write_closures state/closurebox/closures "$new"
has "$new" "$new_lib" "$libc"
asked 0
unset XDG_STATE_HOME

# One question for all that no file has; what files have is not asked for.
one=$(object one "$libc")
two=$(object two "$one")
three=$(object three)
for name in one two three; do
	ln -s "$(path_of $name)" run/$name
done
use '{ "bind": "/scratch/run/one", "closure": true },
	{ "bind": "/scratch/run/two", "closure": true },
	{ "bind": "/scratch/run/three", "closure": true },
	{ "bind": "/scratch/run/one", "to": "/again", "closure": true }' "$files"
write_closures files "$three"
has "$one" "$two" "$three" "$libc"
printf '%s\n' --store-dir "$store" --nix-state /nix/var/nix --partial --keep /scratch/kept >wanted
printf '%s\n' "$one" "$two" | sort >>wanted
tr ' ' '\n' <asked | sed -n '1,7p' >found
tr ' ' '\n' <asked | sed '1,7d' | sort >>found
diff wanted found >difference || failed "what the helper was asked: $(cat difference)"
asked 1

# Nobody who knows: optional or not.
helper_is false
use '{ "bind": "/scratch/run/one", "closure": true }' "$files"
nobody_knows box directory
use '{ "bind": "/scratch/run/one", "closure": true, "optional": true },
	{ "bind": "/scratch/run/three", "closure": true, "optional": true }' "$files"
has "$three"
refused ENOENT box listing /scratch/run/one
prints three box read /scratch/run/three/name
# The control: the same when somebody does.
helper_is /scratch/answer
has "$one" "$three" "$libc"
prints one box read /scratch/run/one/name

# On request the launcher says where it has closures from.
CLOSUREBOX_VERBOSE=1
export CLOSUREBOX_VERBOSE
works box directory
grep -q "look-up $one: closurebox-closure knew" said ||
	failed "who was asked is not said, but: $(cat said)"
grep -q "$three.*/scratch/files" said || failed "the directory is not said, but: $(cat said)"
unset CLOSUREBOX_VERBOSE
works box directory
equal /scratch "$(cat said)" 'what is said without being asked'
