#!/bin/sh
# An overlay: a directory that can be changed and stays as it is; the changes are kept elsewhere.
set -eu
. "$srcdir/tests/live/lib.sh"

DATA=/scratch/data
export DATA
mkdir -p lower/inner victim
echo text >lower/file
echo deep >lower/inner/file
cp "$PROBE" lower/tool
chmod 0755 lower/tool
overlay() { # [OPTION]
	printf '{ "overlay": "/game", "lower": "/scratch/lower", "changes": "$DATA/changes"%s }' \
		"${1:+, $1}"
}
state() {
	(cd lower && find . -type f -exec cksum {} + | sort && find . -type d | sort)
}
before=$(state)

# Changes are seen at the next launch; what lies below does not change.
use "$(overlay)"
prints "$(printf '%s\n' file inner tool)" box listing /game
prints text box read /game/file
works box write /game/file TEXT
works box create /game/new new
works box create /game/inner/new inner
works box remove /game/inner/file
works box mkdir /game/made
prints TEXT box read /game/file
prints new box read /game/new
prints new box listing /game/inner
prints "$(printf '%s\n' file inner made new tool)" box listing /game
equal "$before" "$(state)" 'the lower directory after changes'
equal TEXT "$(cat data/changes/upper/file)" 'the changed file'
equal new "$(cat data/changes/upper/new)" 'the new file'
equal '700 700' "$(stat -c %a data data/changes | xargs)" 'modes of what was made'
equal "$(id -u):$(id -g)" "$(stat -c %u:%g data/changes/upper/new)" 'owner of a new file'
# The control: what can be written to without an overlay is changed itself.
use '{ "bind": "/scratch/lower", "to": "/game", "access": "read-write" }'
works box create /game/control
[ -e lower/control ] || failed 'no control'
rm lower/control

# Neither the lower directory nor that of the changes is in the box.
use "$(overlay)"
refused ENOENT box listing /scratch/lower
refused ENOENT box listing /scratch/data

# Attributes: execution only where granted, and where the host allows it
prints 'nosuid nodev noexec' box mount-flags /game
refused EACCES box exec /game/tool directory
use "$(overlay '"execute": true')" '"accept-risk": ["writable-executable"]'
prints 'nosuid nodev' box mount-flags /game
works box exec /game/tool directory
bind=0x1000 remount=0x20 noexec=8
world_mount /scratch/lower /scratch/lower 0 $bind
world_mount 0 /scratch/lower 0 $((bind | remount | noexec))
prints 'nosuid nodev noexec' box mount-flags /game
refused EACCES box exec /game/tool directory
"$PROBE" syscall umount2 @/scratch/lower 0 >/dev/null
works box exec /game/tool directory

# In the store: what is there can be changed by its owner, in the box.
use "{ \"overlay\": \"/game\", \"lower\": \"$program/etc\", \"changes\": \"\$DATA/other\" }"
prints inside box read /game/text
works box create /game/mine mine
prints mine box read /game/mine
[ ! -e "$program/etc/mine" ] || failed 'the store was changed'

# Of a tree that is another's nothing can be copied to the changes with its owner: it is changed by
# what takes the place of a file, in each of its directories. An ordinary user takes what is in
# /etc.
foreign=/scratch/foreign
if [ "$WORLD" = 0 ]; then
	deep=$(printf '%070d' 0 | sed 's,0,/d,g')
	mkdir -p foreign/sub/empty "foreign$deep"
	echo text >foreign/sub/text
	chmod -R a-w foreign
	echo all >foreign/sub/all
	chmod 0666 foreign/sub/all
	chown -R 12345:12345 foreign
	replaced=sub/text
else
	foreign=/etc replaced=
	for file in /etc/*/*; do
		if [ ! -L "${file%/*}" ] && [ -f "$file" ] && [ ! -L "$file" ] &&
			outside read "$file" >said 2>&1 && [ ! -w "${file%/*}" ] &&
			! outside chmod "$file" "$(stat -c %a "$file")" >said 2>&1; then
			replaced=${file#/etc/}
			break
		fi
	done
fi
if [ -z "$replaced" ]; then
	echo 'no file of another user in a directory below /etc'
else
	there=${replaced%/*}
	use "{ \"overlay\": \"/game\", \"lower\": \"$foreign\", \"changes\": \"\$DATA/foreign\" }"
	prints "$(cat "$foreign/$replaced")" box read "/game/$replaced"
	refused EACCES box write "/game/$replaced" x
	refused EPERM box chmod "/game/$replaced" 0666
	refused EOVERFLOW box rename "/game/$replaced" "/game/moved"
	works box create /game/new new
	works box create "/game/$there/new" inner
	works box mkdir "/game/$there/made" -- create "/game/$there/made/file" made
	prints inner box read "/game/$there/new"
	prints made box read "/game/$there/made/file"
	works box create "/game/$there/next" next -- rename "/game/$there/next" "/game/$replaced"
	prints next box read "/game/$replaced"
	works box write "/game/$replaced" NEXT
	prints NEXT box read "/game/$replaced"
	works box remove "/game/$replaced"
	refused ENOENT box read "/game/$replaced"
	works box create "/game/$replaced" again
	prints again box read "/game/$replaced"
	works box remove "/game/$there/made/file" -- remove "/game/$there/made"
	refused ENOENT box listing "/game/$there/made"
	[ ! -e "$foreign/$there/new" ] || failed "what is another's was changed"
	equal "755 $(id -u)" "$(stat -c '%a %u' "data/foreign/upper/$there")" 'the directory above'
fi
if [ "$WORLD" = 0 ]; then
	# A directory that the program has removed, or made anew, does not come back.
	works box remove /game/sub/empty
	refused ENOENT box listing /game/sub/empty
	works box mkdir /game/sub/empty
	# What all may write to has to be copied, too, and is not.
	refused EOVERFLOW box write /game/sub/all x
	works box remove /game/sub/text -- remove /game/sub/new -- remove /game/sub/all -- \
		remove /game/sub/empty -- remove /game/sub -- mkdir /game/sub
	prints '' box listing /game/sub
	works box remove /game/sub -- create /game/sub file
	prints file box read /game/sub
	works box remove /game/sub -- symlink /scratch/victim /game/sub
	works box directory
	[ -z "$(ls -A victim)" ] || failed "made in the victim: $(ls -A victim)"
	# The control: deeper than it goes the directories are the other's.
	works box create "/game${deep%/d/d/d/d/d/d/d/d}/new" new
	refused EACCES box create "/game${deep%/d/d}/new" new
	# Of one's own nothing is made beforehand.
	chown -R 0:0 foreign
	chmod -R u+w foreign
	use '{ "overlay": "/game", "lower": "/scratch/foreign", "changes": "$DATA/own" }'
	works box write /game/sub/text x
	equal sub "$(ls data/own/upper)" 'what is above when all is the own'
fi

# One box at a time has the changes: another does not start, until the first has ended.
use "$(overlay)"
background "$launcher" create /game/running -- await /game/never
while [ ! -e data/changes/upper/running ]; do
	sleep 0.05
done
dies 'overlay /scratch/data/changes: is in use by another box' box listing /game
# Other changes of the same lower directory are others.
use '{ "overlay": "/game", "lower": "/scratch/lower", "changes": "$DATA/others" },
	{ "overlay": "/game2", "lower": "/scratch/lower", "changes": "$DATA/more" }'
works box create /game/other -- create /game2/more
use "$(overlay)"
kill -9 "$running"
wait "$running" 2>/dev/null || :
running=
# Killed as it is, it has no time to wait for the box.
for _ in $(seq 100); do
	box directory >said 2>&1 && break
	sleep 0.05
done
works box remove /game/running
# One that ends leaves them free at once, and the program has no descriptor of it.
for _ in $(seq 40); do
	works box directory
done
prints "$(printf '%s\n' 0 1 2 3)" box listing /proc/self/fd
use '{ "overlay": "/game", "lower": "/scratch/lower", "changes": "$DATA/shared" }' \
	'"share": ["pid"]'
prints "$(printf '%s\n' 0 1 2 3)" box listing /proc/self/fd

# No variable makes the host's root of them.
for ROOT in / /proc/self/root; do
	export ROOT
	use '{ "overlay": "/game", "lower": "$ROOT", "changes": "$DATA/changes" }'
	dies 'is the root of the host' box directory
	use '{ "overlay": "/game", "lower": "/scratch/lower", "changes": "$ROOT" }'
	dies 'is the root of the host' box directory
	[ ! -e /upper ] || failed 'made in the root'
done
unset ROOT

# Optional and missing; nothing is made then.
use '{ "overlay": "/game", "lower": "/scratch/none", "changes": "$DATA/none" }'
dies 'overlay /scratch/none: ' box directory
use '{ "overlay": "/game", "lower": "/scratch/none", "changes": "$DATA/none",
	"optional": true }'
works box directory
refused ENOENT box listing /game
[ ! -e data/none ] || failed 'made for an overlay that is left out'

# Links in the place of what is kept, or of what it holds
linked() { # WHAT: it is a link to the victim
	use "$(overlay)"
	dies "/$1: is a symbolic link, which is not followed" box create /game/mine
	[ -z "$(ls -A victim)" ] || failed "$1: made in the victim: $(ls -A victim)"
}
mv data/changes data/away
ln -s ../victim data/changes
linked changes
rm data/changes
mkdir -p data/changes/work
ln -s ../../victim data/changes/upper
linked upper
rm data/changes/upper
rm -rf data/changes/work
mkdir data/changes/upper
ln -s ../../victim data/changes/work
linked work
rm -rf data/changes
mv data/away data/changes
# The lower directory is the host's word: links are followed.
ln -s lower link
use '{ "overlay": "/game", "lower": "/scratch/link", "changes": "$DATA/linked" }'
prints text box read /game/file

# Exchanged for a link while boxes start
mkdir data/swap
ln -s ../victim data/link
use '{ "overlay": "/game", "lower": "/scratch/lower", "changes": "$DATA/swap" }'
background "$PROBE" exchange data/swap data/link
for _ in $(seq 150); do
	box create /game/mine >said 2>&1 || :
	[ -z "$(ls -A victim)" ] || failed "changes exchanged: made in the victim: $(ls -A victim)"
done
stop
[ -e data/swap/upper/mine ] || [ -e data/link/upper/mine ] ||
	echo 'no launch met the directory itself'
