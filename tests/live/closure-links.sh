#!/bin/sh
# "links": a path that leads into the store through links does so in the box, link by link; what
# these pass through is not there.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

helper_is /scratch/answer
lib=$(object lib)
target=$(object target "$lib")
chmod u+w "$target"
mkdir "$target/share"
echo shared >"$target/share/file"
chmod u-w "$target"
other=$(object other)

# The path leads there in the box as it does here, by the same links.
leads() { # PATH [FILE-BEHIND-IT [TEXT]]
	prints "$(outside readlink "$1")" box readlink "$1"
	prints "${3-target}" box read "$1${2-/name}"
}
links() { # PATH [OPTIONAL]
	use "{ \"links\": \"$1\"${2:+, \"optional\": true} }" "$files"
}

# One hop, several, by absolute and relative targets, with '.', '..' and repeated slashes.
mkdir -p a/b/c d/e
ln -s "$target" one
ln -s one two
ln -s ../../../two a/b/c/three
ln -s /scratch/./a//b/c/../c/three d/e/four
ln -s ../scratch/d/e/../e/./four /scratch/five
rm five
ln -s d/e/../e/./four five
links /scratch/one
leads /scratch/one
has "$target" "$lib"
refused ENOENT box readlink /scratch/two
links /scratch/five
for path in five d/e/four a/b/c/three two one; do
	leads /scratch/$path
done
has "$target" "$lib"
prints 'a
d
five
home
one
two' box listing /scratch
prints four box listing /scratch/d/e
# The control: without the grant nothing of it is there.
use '' "$files"
refused ENOENT box readlink /scratch/five
has

# What is relative at the root, and more '..' than there are directories.
ln -s ../../../../scratch/one up
links /scratch/up
leads /scratch/up

# Directories on the way are links too: each is made where it is.
ln -s a/b linked
links /scratch/linked/c/three
leads /scratch/linked/c/three
prints a/b box readlink /scratch/linked
prints "$(readlink a/b/c/three)" box readlink /scratch/a/b/c/three
# '..' behind a link to a directory goes up from where that leads.
mkdir -p far/off/place
ln -s /scratch/far/off/place short
ln -s "$target" far/off/found
ln -s short/../found by_dots
links /scratch/by_dots
leads /scratch/by_dots
leads /scratch/far/off/found
prints /scratch/far/off/place box readlink /scratch/short

# Components behind a link; a file at the end.
links /scratch/two/share/file
prints shared box read /scratch/two/share/file
leads /scratch/two
has "$target" "$lib"
ln -s two/share into
links /scratch/into
leads /scratch/into /file shared
links /scratch/into/file
leads /scratch/into /file shared

# Through objects: of each, only the link in it that is passed is there (/etc/static).
etc=$(path_of etc)
mkdir -p "$etc/etc/ssl"
echo etc >"$etc/name"
echo hidden >"$etc/etc/hidden"
ln -s "$target" "$etc/etc/fonts"
ln -s ../fonts/share "$etc/etc/ssl/certs"
chmod -R a-w "$etc"
refers "$etc" "$target" "$other"
ln -s "$etc/etc" static
ln -s static/fonts fonts
links /scratch/fonts
leads /scratch/fonts
leads /scratch/static /fonts/name
prints "$target" box readlink "$etc/etc/fonts"
has "$target" "$lib" "$etc"
prints fonts box listing "$etc/etc"
prints etc box listing "$etc"
refused ENOENT box read "$etc/etc/hidden"
prints hidden outside read "$etc/etc/hidden"
lacks "$other"
refused EROFS box create "$etc/new"
refused EROFS box symlink x "$etc/etc/new"
links /scratch/static/ssl/certs
prints shared box read /scratch/static/ssl/certs/file
prints 'fonts
ssl' box listing "$etc/etc"
has "$target" "$lib" "$etc"
# The control: what ends in an object has it all, and its closure.
links /scratch/static
leads /scratch/static /hidden hidden
has "$target" "$lib" "$etc" "$other"
# Both at once, in either order.
for grants in '{ "links": "/scratch/fonts" }, { "links": "/scratch/static" }' \
	'{ "links": "/scratch/static" }, { "links": "/scratch/fonts" }'; do
	use "$grants" "$files"
	leads /scratch/fonts
	leads /scratch/static /hidden hidden
	has "$target" "$lib" "$etc" "$other"
done
# An object of the launcher's own is passed: it has that anyway.
: >asked
ln -s "$program/etc" own
links /scratch/own
leads /scratch/own /text inside
has
asked 0

# Objects that are a file, or a link: to another object, and out of the store.
text=$(path_of text)
echo text >"$text"
refers "$text" "$lib"
pointer=$(path_of pointer)
ln -s "$target" "$pointer"
refers "$pointer" "$target"
ln -s "$text" to_text
ln -s "$pointer" to_pointer
links /scratch/to_text
leads /scratch/to_text '' text
has "$text" "$lib"
links /scratch/to_pointer
leads /scratch/to_pointer
prints "$target" box readlink "$pointer"
has "$pointer" "$target" "$lib"
out=$(path_of out)
ln -s /scratch/back "$out"
refers "$out"
ln -s "$target" back
ln -s "$out" to_out
links /scratch/to_out
leads /scratch/to_out
prints /scratch/back box readlink "$out"
leads /scratch/back
has "$out" "$target" "$lib"

: >asked

# What does not end in the store: at a file or directory of the host, nowhere, in itself.
echo text >file
mkdir directory
ln -s file to_file
ln -s directory to_directory
ln -s /missing to_nothing
ln -s "$store/$(printf '%032d' 0)-gone" to_gone
ln -s "$target/missing" to_missing
ln -s "$store" to_store
ln -s /nix to_nix
ln -s loop loop
ln -s ping pong
ln -s pong ping
ln -s "$way_out/../../../scratch/directory" leaves
ln -s file/x behind_file
ln -s file/../one back_from_file
ln -s missing/../one back_from_missing
for path in file directory to_file to_directory to_nothing missing to_gone to_missing to_store \
	to_nix loop ping leaves behind_file two/missing \
	back_from_file back_from_missing; do
	links /scratch/$path
	dies "links /scratch/$path: " box directory
	links /scratch/$path optional
	works box directory
	has
	refused ENOENT box readlink /scratch/$path
done
for path in loop ping; do
	links /scratch/$path
	dies 'Too many levels of symbolic links' box directory
done
asked 0
refused ENOTDIR outside read /scratch/back_from_file/name
ln -s directory/../one back_from_directory
links /scratch/back_from_directory
leads /scratch/back_from_directory

# Forty hops and no more, as for the kernel.
i=0 next=$target
while [ $i -lt 41 ]; do
	i=$((i + 1))
	ln -s "$next" hop-$i
	next=hop-$i
done
links /scratch/hop-40
leads /scratch/hop-40
leads /scratch/hop-1
links /scratch/hop-41
dies 'Too many levels of symbolic links' box directory
refused ELOOP outside listing /scratch/hop-41/

# A variable says where it begins.
links '$WHERE'
WHERE=/scratch/five
export WHERE
leads /scratch/five
for WHERE in '' relative /scratch/file; do
	dies 'links' box directory
done
unset WHERE
dies 'needs $WHERE' box directory
links '$WHERE' optional
works box directory

# What the box has there is left.
ln -s two twice
use '{ "directory": "/scratch/two" }, { "links": "/scratch/twice" }' "$files"
prints two box readlink /scratch/twice
matches 'directory .*' box kind /scratch/two
use '{ "symlink": "/scratch/two", "target": "one" }, { "links": "/scratch/twice" }' "$files"
leads /scratch/twice
use '{ "symlink": "/scratch/two", "target": "elsewhere" }, { "links": "/scratch/twice" }' "$files"
prints elsewhere box readlink /scratch/two
refused ENOENT box read /scratch/twice/name
use '{ "bind": "/scratch/a" }, { "links": "/scratch/a/b/c/three" }' "$files"
leads /scratch/a/b/c/three
prints b box listing /scratch/a

# Masks cover links too, and what they lead to stays read-only.
refused EROFS box create "$target/new"
mkdir covered
ln -s "$target" covered/link
use '{ "links": "/scratch/covered/link" }, { "mask": "/scratch/covered" }' "$files"
refused EACCES box readlink /scratch/covered/link
