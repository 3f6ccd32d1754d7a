#!/bin/sh
# The box's store holds the objects of the closure, whatever each is, and nothing can change it.
set -eu
. "$srcdir/tests/live/lib.sh"

use
closure=$(printf '%s\n' "$program" "$plain" "$link" "$dangling" "$tool" "$way_out" |
	sed "s|$store/||")
prints "$closure" box listing "$store"
matches "${outsider#"$store"/}" outside listing "$store"

# An object that is not in the closure is not there, by its name or through a link.
refused ENOENT box listing "$outsider"
refused ENOENT box read "$outsider/secret"
refused ENOENT box read "$way_out/secret"
prints secret outside read "$way_out/secret"

# Directories and files are bound; links are made again, wherever they lead.
check_kinds() {
	matches 'directory 0555' box kind "$program"
	prints inside box read "$program/etc/text"
	matches 'file 0444' box kind "$plain"
	prints plain box read "$plain"
	matches 'symlink 0777' box kind "$link"
	prints "$program/etc" box readlink "$link"
	prints inside box read "$link/text"
	prints /nowhere/at-all box readlink "$dangling"
	prints "$outsider" box readlink "$way_out"
	works box exec "$tool" directory
}
check_kinds

# What objects are may also be known at launch only.
mkdir away
mv "$program" "$plain" "$link" "$dangling" "$tool" "$way_out" away
use
mv away/* "$store"
prints "$closure" box listing "$store"
check_kinds

# An object that is lost is named.
mv "$plain" lost
dies "${plain##*/}" box directory
mv lost "$plain"
works box directory

# Nothing can be changed, by anybody; outside its owner can.
for path in "$store" "$program" "$plain"; do
	prints 'read-only nosuid nodev' box mount-flags "$path"
done
refused EROFS box create "$store/new"
refused EROFS box create "$program/new"
refused EROFS box chmod "$plain" 0777
refused EROFS box chmod "$program" 0777
refused EROFS box remove "$link"
refused EROFS box symlink /etc "$store/new"
works outside chmod "$plain" 0644
refused EROFS box write "$plain" changed
works outside write "$plain" plain
works outside create "$store/new"
works outside remove "$store/new"

# A file that has become a link since is not what was compiled.
use
prints plain box read "$plain"
mv "$plain" plain
echo other >other
ln -s "$PWD/other" "$plain"
prints other outside read "$plain"
dies 'is not a file, as it should be' box read "$plain"
rm "$plain"
mv plain "$plain"
prints plain box read "$plain"
