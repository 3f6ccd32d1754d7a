#!/bin/sh
# The directories of xdg-user-dirs: from the environment, from user-dirs.dirs, else as usual; and
# whatever is in the place of that file keeps no launch waiting and grants nothing else.
set -eu
. "$srcdir/tests/live/lib.sh"

unset XDG_DOCUMENTS_DIR XDG_MUSIC_DIR
mkdir -p "$HOME/Documents" "$HOME/Papers" "$HOME/a \"b\"" "$HOME/.config" elsewhere config
echo usual >"$HOME/Documents/file"
echo papers >"$HOME/Papers/file"
echo quoted >"$HOME/a \"b\"/file"
echo elsewhere >elsewhere/file
echo home >"$HOME/file"
file=$HOME/.config/user-dirs.dirs
documents='{ "bind": "$XDG_DOCUMENTS_DIR", "to": "/documents" }'
use "$documents"

reads() { # TEXT LINE...: with these lines in the file
	wanted=$1
	shift
	printf '%s\n' "$@" >"$file"
	prints "$wanted" box read /documents/file
}

# Without the file: as usual
prints usual box read /documents/file

# What the file says, as xdg-user-dirs writes it
reads papers '# This file is written by xdg-user-dirs-update' '' 'XDG_DESKTOP_DIR="$HOME/Desktop"' \
	'XDG_DOCUMENTS_DIR="$HOME/Papers"' 'XDG_MUSIC_DIR="$HOME/Music"'
reads elsewhere 'XDG_DOCUMENTS_DIR="/scratch/elsewhere"'
reads papers '   XDG_DOCUMENTS_DIR	 = 	"$HOME/Papers" # mine'
reads papers 'XDG_DOCUMENTS_DIR="$HOME/Papers/"'
reads papers 'XDG_DOCUMENTS_DIR="$HOME//Papers"'
reads quoted 'XDG_DOCUMENTS_DIR="$HOME/a \"b\""'
reads papers 'XDG_DOCUMENTS_DIR="$HOME/\P\a\pers"'
reads papers 'XDG_DOCUMENTS_DIR="/scratch/elsewhere"' 'XDG_DOCUMENTS_DIR="$HOME/Papers"'
printf 'XDG_DOCUMENTS_DIR="$HOME/Papers"' >"$file"
prints papers box read /documents/file

# What it does not say
for line in '#XDG_DOCUMENTS_DIR="$HOME/Papers"' 'XDG_DOCUMENTS_DIR=$HOME/Papers' \
	'XDG_DOCUMENTS_DIR="$HOME/Papers' 'XDG_DOCUMENTS_DIR="Papers"' \
	'XDG_DOCUMENTS_DIR="$HOMEPapers"' 'XDG_DOCUMENTS_DIR="${HOME}/Papers"' \
	"XDG_DOCUMENTS_DIR='/scratch/elsewhere'" 'XDG_DOCUMENTS_DIR "/scratch/elsewhere"' \
	'export XDG_DOCUMENTS_DIR="/scratch/elsewhere"' 'XDG_DOCUMENTS_DIR=""' \
	'="/scratch/elsewhere"' \
	'XDG_DOCUMENTS_DIRS="/scratch/elsewhere"' 'OCUMENTS_DIR="/scratch/elsewhere"' \
	'XDG_DOCUMENTS_DIR="/scratch/elsewhere\"' '"'; do
	reads usual "$line"
done

# The home itself, or what it lies in, is none.
for value in '$HOME' '$HOME/' '/scratch/home' '/scratch/home//' '/scratch' /; do
	reads usual "XDG_DOCUMENTS_DIR=\"$value\""
done
# A path that leads elsewhere by its text is refused.
for value in '$HOME/..' '$HOME/../elsewhere' '/scratch/./elsewhere' '/scratch/..'; do
	echo "XDG_DOCUMENTS_DIR=\"$value\"" >"$file"
	dies "component '.' or '..'" box read /documents/file
done

# The environment goes first, by the same rules.
echo 'XDG_DOCUMENTS_DIR="$HOME/Papers"' >"$file"
as() { # NAME=VALUE PROBE-ARGUMENT...
	(export "${1?}" && shift && box "$@")
}
prints elsewhere as XDG_DOCUMENTS_DIR=/scratch/elsewhere read /documents/file
prints papers as XDG_DOCUMENTS_DIR= read /documents/file
prints usual as XDG_DOCUMENTS_DIR="$HOME" read /documents/file
prints usual as XDG_DOCUMENTS_DIR=/scratch read /documents/file
dies 'not absolute' as XDG_DOCUMENTS_DIR=elsewhere read /documents/file
echo 'XDG_DOCUMENTS_DIR="/scratch/elsewhere"' >config/user-dirs.dirs
prints elsewhere as XDG_CONFIG_HOME=/scratch/config read /documents/file
prints usual as XDG_CONFIG_HOME=/scratch/none read /documents/file
prints papers as XDG_CONFIG_HOME=config read /documents/file
use '{ "bind": "$XDG_MUSIC_DIR", "to": "/music", "optional": true }'
works box directory
refused ENOENT box listing /music
use '{ "bind": "$XDG_MUSIC_DIR", "to": "/music" }'
dies "$HOME/Music" box directory

# In the program's environment too, when the file is out of reach
use '' '"environment": { "set": { "PAPERS": "$XDG_DOCUMENTS_DIR" } }'
matches PAPERS=/scratch/home/Papers box environment
refused ENOENT box read "$file"

# Whatever is there instead: it is as if there was none, and soon.
use "$documents"
soon() { # WHAT
	code=0
	as_user timeout 10 "$launcher" read /documents/file >said 2>&1 || code=$?
	[ "$code:$(cat said)" = 0:usual ] || failed "$1: ended with $code: $(cat said)"
}
rm "$file"
mkdir "$file"
soon 'a directory in its place'
rmdir "$file"
mkfifo "$file"
soon 'a fifo in its place'
rm "$file"
ln -s /dev/zero "$file"
soon 'an endless device in its place'
rm "$file"
ln -s user-dirs.dirs "$file"
soon 'a link to itself in its place'
rm "$file"
ln -s /nowhere "$file"
soon 'a link to nothing in its place'
rm "$file"
truncate -s 1T "$file"
soon 'an endless file in its place'
rm "$file"
head -c 5000 /dev/zero | tr '\0' '#' >"$file"
printf '\nXDG_DOCUMENTS_DIR="$HOME/Papers"\n' >>"$file"
soon 'a file with more than is read'
awk 'BEGIN { for (i = 0; i < 100; i++) print "XDG_MUSIC_DIR=\"$HOME/" i "\"" }' >"$file"
soon 'the same name again and again'
long=$(head -c 3900 /dev/zero | tr '\0' a)
printf 'XDG_A_DIR="/%s"\nXDG_DOCUMENTS_DIR="$HOME/%s"\n' "$long" "$long" >"$file"
soon 'no room for what it says'
printf 'XDG_A_DIR="\0"\nXDG_DOCUMENTS_DIR="$HOME/Papers"\n' >"$file"
soon 'a NUL in the file'
rm "$file"
mv "$HOME/.config" "$HOME/no-config"
echo >"$HOME/.config"
soon 'a file in place of its directory'
rm "$HOME/.config"
mkdir "$HOME/.config"
if [ "$WORLD" != 0 ]; then
	echo 'XDG_DOCUMENTS_DIR="$HOME/Papers"' >"$file"
	chmod 0 "$file"
	code=0
	as_user timeout 10 "$launcher" read /documents/file >said 2>&1 || code=$?
	[ "$code:$(cat said)" = 0:usual ] || failed "unreadable: ended with $code: $(cat said)"
fi
