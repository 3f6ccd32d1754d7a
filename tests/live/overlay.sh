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
	dies "/scratch/data/changes" box create /game/mine
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
