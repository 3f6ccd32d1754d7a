#!/bin/sh
# "create": what is missing on the host is made for its owner alone, and no link that an earlier box
# left, or that another puts there just now, leads a launch away (CVE-2024-42472).
set -eu
. "$srcdir/tests/live/lib.sh"

DATA=/scratch/data
export DATA
mkdir victim
echo secret >victim/secret
grant() { # PATH KIND [OPTION]
	printf '{ "bind": "%s", "to": "/kept", "access": "read-write", "create": "%s"%s }' \
		"$1" "$2" "${3:+, $3}"
}

# Missing directories and files: made, and there again at the next launch
umask 077
use "$(grant '$DATA/app/home' directory)"
umask 0
works box create /kept/file kept
prints kept box read /kept/file
equal '700 700 700' "$(stat -c %a data data/app data/app/home | xargs)" 'modes of what was made'
equal "$(id -u):$(id -g)" "$(stat -c %u:%g data/app/home)" 'its owner'
prints 'nosuid nodev noexec' box mount-flags /kept
use "$(grant '$DATA/app/state/file' file)"
works box write /kept state
umask 022
prints state box read /kept
equal '700 600' "$(stat -c %a data/app/state data/app/state/file | xargs)" 'modes of a file made'

# The same without "create" fails, and makes nothing.
use '{ "bind": "$DATA/other", "to": "/kept", "access": "read-write" }'
dies 'bind /scratch/data/other: ' box directory
[ ! -e data/other ] || failed 'made without being asked to'

# What is there is taken as it is, if it is of that kind.
mkdir data/there
chmod 755 data/there
echo text >data/there/file
use "$(grant '$DATA/there' directory)"
prints file box listing /kept
equal 755 "$(stat -c %a data/there)" 'mode of what was there'
use "$(grant '$DATA/there/file' directory)"
dies 'Not a directory' box directory
use "$(grant '$DATA/there' file)"
dies 'is not a file' box directory
mkfifo data/there/fifo
use "$(grant '$DATA/there/fifo' file)"
dies 'is not a file' box directory
rm data/there/fifo

# Optional is what needs a variable that is not set; nothing else.
use "$(grant '$NONE/x' directory '"optional": true')"
works box directory
use "$(grant '/proc/nowhere/x' directory '"optional": true')" '"accept-risk": ["host-proc"]'
dies '/proc/nowhere' box directory

# The variable's own value may lead through links, and is made as by mkdir -p.
mkdir elsewhere
ln -s elsewhere through
DATA=/scratch/through/deep/er
use "$(grant '$DATA/app' directory)"
works box create /kept/here
[ -e elsewhere/deep/er/app/here ] || failed 'a link in the value of the variable was not followed'
DATA=/scratch/through
use "$(grant '$DATA' directory)"
works box create /kept/all
[ -e elsewhere/all ] || failed 'the value alone was not followed'
ln -s /scratch/nowhere dangling
DATA=/scratch/dangling/x
use "$(grant '$DATA/app' directory)"
dies /scratch/dangling box directory
[ ! -e nowhere ] || failed 'a directory was made through a dangling link'
# Without a variable no link is followed at all; without "create" each is, as the control.
use "$(grant /scratch/through/app directory)"
dies 'bind /scratch/through: is a symbolic link' box directory
[ ! -e elsewhere/app ] || failed 'made through a link in a path without variable'
use '{ "bind": "/scratch/through/deep", "to": "/kept" }'
prints er box listing /kept

# A directory or file, or one above it, that an earlier box has replaced by a link
DATA=/scratch/data
mkdir -p data/kept
plant() { # TARGET NAME: as a program with write access to data/kept does
	rm -rf "data/kept/$2"
	ln -s "$1" "data/kept/$2"
}
for target in /scratch/victim ../../victim ../../../scratch/victim ./../../victim \
	/proc/self/root/scratch/victim /proc/self/cwd/victim . ..; do
	for path in home home/deep; do
		plant "$target" home
		use "$(grant "\$DATA/kept/$path" directory)"
		dies 'bind /scratch/data/kept/home: is a symbolic link' box listing /kept
		equal secret "$(ls -A victim)" "$target, $path: what is in the victim"
	done
	plant "$target/secret" state
	use "$(grant '$DATA/kept/state' file)"
	dies /scratch/data/kept/state box read /kept
	plant "$target/new" state
	dies '/scratch/data/kept/state: is a symbolic link' box read /kept
	[ ! -e victim/new ] || failed "$target: a file was made in the victim"
	rm data/kept/state
done
equal secret "$(cat victim/secret)" 'what the victim says'
# The control: what follows links meets the victim.
plant ../../victim home
use '{ "bind": "$DATA/kept/home", "to": "/kept" }'
prints secret box read /kept/secret
rm data/kept/home

# What lies in a directory that the program can write to can be a link of its making too: none is
# followed then, on the host's way to it either. Where the program can only read there, each is.
mkdir -p wide/home wide/plain/inner wide/kept/upper data/beside
echo fine >wide/plain/inner/file
echo beside >data/beside/file
inside() { # ACCESS SOURCE [OPTION]
	use "{ \"bind\": \"/scratch/wide\", \"to\": \"/wide\", \"access\": \"$1\" },
		{ \"bind\": \"$2\", \"to\": \"/inside\"${3:+, $3} }"
}
inside read-write /scratch/wide/plain/inner
prints fine box read /inside/file
inside read-write /scratch/wide/plain/inner/file
prints fine box read /inside
for path in evil plain/evil; do
	inside read-write /scratch/wide/$path '"optional": true'
	refused ENOENT box kind /inside
	inside read-write /scratch/wide/$path
	dies "bind /scratch/wide/$path: " box directory
done
inside read-write /scratch/wide/none/evil '"optional": true'
refused ENOENT box kind /inside
inside read-write /scratch/wide/home
works box symlink /scratch/victim /wide/evil -- symlink /scratch/victim/secret /wide/plain/evil
for path in evil plain/evil evil/secret; do
	inside read-write /scratch/wide/$path '"optional": true'
	dies 'is a symbolic link' box kind /inside
	inside read-only /scratch/wide/$path
	works box kind /inside
done
prints secret box read /inside
# The value of a variable is the caller's word, but what a policy has for its default is not.
WIDE=/scratch/wide/evil
export WIDE
inside read-write '${WIDE:-/scratch/wide/evil}/secret'
prints secret box read /inside
unset WIDE
dies 'is a symbolic link' box read /inside
# An overlay's changes are written to as well, and its lower directory is a source.
use '{ "overlay": "/wide", "lower": "/scratch/data/beside", "changes": "/scratch/wide/kept" },
	{ "bind": "/scratch/wide/kept/upper/evil", "to": "/inside", "optional": true }'
works box symlink /scratch/victim /wide/evil
dies 'is a symbolic link' box read /inside/secret
rm wide/kept/upper/evil
overlaid() { # ACCESS
	use "{ \"bind\": \"/scratch/wide\", \"to\": \"/wide\", \"access\": \"$1\" },
		{ \"overlay\": \"/inside\", \"lower\": \"/scratch/wide/evil\",
		  \"changes\": \"/scratch/data/changes\" }"
}
overlaid read-write
dies 'is a symbolic link' box read /inside/secret
overlaid read-only
prints secret box read /inside/secret

# Several levels of links within what is kept
mkdir -p data/kept/a/b
ln -s ../../../victim data/kept/a/b/c
ln -s a/b data/kept/short
use "$(grant '$DATA/kept/short/c' directory)"
dies /scratch/data/kept/short box directory
use "$(grant '$DATA/kept/a/b/c' directory)"
dies '/scratch/data/kept/a/b/c: is a symbolic link' box directory

# One who exchanges it for a link while boxes start: the victim is never seen, nor made in.
mkdir -p data/kept/swap/home
ln -s ../../victim data/kept/link
mkdir victim/home
echo secret >victim/home/secret
exchanged() { # PATH PROBE-ARGUMENT...
	path=$1
	shift
	started=0
	use "$(grant "\$DATA/kept/$path" directory)"
	for _ in $(seq 300); do
		code=0
		box "$@" >said 2>&1 || code=$?
		case $code in
		0) started=$((started + 1)) ;;
		125) ;;
		*) failed "$path exchanged: ended with $code: $(cat said)" ;;
		esac
		! grep -q secret said || failed "$path exchanged: the victim was seen"
		[ ! -e victim/mine ] && [ ! -e victim/home/mine ] ||
			failed "$path exchanged: made in the victim"
	done
	[ $started -gt 0 ] || echo "of $path exchanged no launch met the directory"
}
background "$PROBE" exchange data/kept/swap data/kept/link
tries=0
until [ -e data/kept/swap/secret ] || [ $tries = 300000 ]; do
	tries=$((tries + 1))
done
[ $tries -lt 300000 ] || failed 'no control: the exchange was never met'
exchanged swap listing /kept
exchanged swap/home listing /kept
exchanged swap/home/mine listing /kept
stop
