#!/bin/sh
# Every preset starts a program, and what each says beyond base holds.
set -eu
. "$srcdir/tests/live/lib.sh"

preset() { # NAME [GRANTS [OTHER]]
	use "${2-}" "\"extends\": [\"$1\"]${3:+, $3}"
}
in_directory() { # DIRECTORY PROBE-ARGUMENT...
	(cd "$1" && shift && box "$@")
}
names='LD_PRELOAD|MY_PRELOAD|PYTHONPATH|TMPDIR|XDG_RUNTIME_DIR|SSH_AUTH_SOCK|DISPLAY|'\
'WAYLAND_DISPLAY|MINE|LANG|LC_TIME|HOME'
passes() { # NAMES: those of these that the program gets
	env LD_PRELOAD=/x MY_PRELOAD=/x PYTHONPATH=/x TMPDIR=/x XDG_RUNTIME_DIR=/x \
		SSH_AUTH_SOCK=/x DISPLAY=:0 WAYLAND_DISPLAY=wayland-7 MINE=1 LANG=C LC_TIME=C \
		"$launcher" environment >said 2>complaint || failed "$(cat complaint)"
	equal "$1" "$(sed -nE "s/^($names)=.*/\1/p" said | sort | tr '\n' ' ')" \
		'variables that pass'
}
session() { # of the program, as its own process numbers it; 0: one outside
	box read /proc/self/stat | sed 's/.*) //' | cut -d ' ' -f 4
}
mkdir -p work/inner beside
echo beside >beside/file
cd work

# Each starts, and so does what stands for each word.
for name in base command-line desktop-offline strict; do
	preset $name
	works box directory
done
for home in none temporary private host; do
	use '' "\"home\": \"$home\""
	works box directory
done
use '' '"network": "host"'
works box directory

# base: what a policy adds to that says nothing of it
use
policy=$("$CLOSUREBOX" inspect --policy "$launcher")
preset base
equal "$policy" "$("$CLOSUREBOX" inspect --policy "$launcher")" 'with and without "extends"'
passes 'HOME LANG LC_TIME MINE '
equal 0 "$(session)" 'session'
# ... but what a policy lists passes, and what a bind needs.
use '' '"environment": { "inherit": ["LD_*", "MINE"] }'
passes 'HOME LD_PRELOAD MINE '
use '{ "bind": "$SSH_AUTH_SOCK", "optional": true }' '"accept-risk": ["ssh-agent"]'
passes 'HOME LANG LC_TIME MINE SSH_AUTH_SOCK '

# command-line: the working directory can be written, what arguments name can be read.
preset command-line
passes 'HOME LANG LC_TIME '
prints /scratch/work box directory
works box create /scratch/work/new TEXT
equal TEXT "$(cat new)" 'file written in the working directory'
prints beside box read ../beside/file
refused EROFS box write ../beside/file x
prints "$(printf 'file\n../beside/file')" box listing /scratch/beside -- arguments ../beside/file
dies 'working-directory' in_directory / directory
dies 'working-directory' in_directory "$HOME" directory
use
refused ENOENT box create /scratch/work/other
refused ENOENT box read ../beside/file

# strict: no home, no sockets, a session of its own
preset strict
passes 'LANG LC_TIME '
refused EPERM box syscall socket 1 1 0
works box syscall socketpair 1 1 0 @................
equal 3 "$(session)" 'session'
prints "$(printf 'dev\netc\nnix\nproc\ntmp')" box listing /
use
works box syscall socket 1 1 0

# home none, temporary, private: what becomes of a file
for home in temporary private; do
	use '' "\"home\": \"$home\""
	works box create "$HOME/made" "$home"
	[ ! -e "$HOME/made" ] || failed "home $home: the file is in the caller's"
	refused ENOENT box read "$HOME/secret"
done
prints private box read "$HOME/made"
kept=$HOME/.local/share/closurebox/probe
equal private "$(cat "$kept/home/made")" 'file in the private home, on the host'
equal 700 "$(stat -c %a "$kept/home")" 'mode of the private home'
use '' '"home": "private", "name": "other"'
refused ENOENT box read "$HOME/made"
use '' '"home": "temporary"'
refused ENOENT box read "$HOME/made"
use '' '"home": "none"'
refused ENOENT box listing "$HOME"
prints /scratch/work outside directory

# A mask of what is not there has nothing to do, unless the policy says that it must be there.
use '{ "mask": "$HOME/.ssh" }' '"home": "private"'
works box directory
works box mkdir "$HOME/.ssh"
refused EACCES box listing "$HOME/.ssh"
use '{ "mask": "$HOME/.missing", "optional": false }' '"home": "private"'
dies 'mask ' box directory
rmdir "$kept/home/.ssh"

# A private home that was swapped for a link between launches is no way out.
use '' '"home": "private"'
rm -r "${kept:?}/home"
ln -s /scratch/beside "$kept/home"
dies 'bind ' box listing "$HOME"
rm -r "$kept"
ln -s /scratch/beside "$kept"
dies 'bind ' box listing "$HOME"
rm "$kept"
works box listing "$HOME"

# desktop-offline: a runtime directory with the sockets that were meant and no other
preset desktop-offline
runtime=/scratch/runtime
mkdir -m 700 "$runtime" "$runtime/pulse"
XDG_RUNTIME_DIR=$runtime
WAYLAND_DISPLAY=wayland-7
export XDG_RUNTIME_DIR WAYLAND_DISPLAY
for socket in wayland-7 bus; do
	background "$PROBE" listen "unix:$runtime/$socket" "/scratch/ready-$socket"
	works outside await "/scratch/ready-$socket"
	works outside connect "unix:$runtime/$socket"
	case $socket in
	bus) refused ENOENT box connect "unix:$runtime/$socket" ;;
	*) works box connect "unix:$runtime/$socket" ;;
	esac
	stop
done
matches 'directory 0?700.*' box kind "$runtime"
prints wayland-7 box listing "$runtime"
matches "XDG_RUNTIME_DIR=$runtime" box environment
matches WAYLAND_DISPLAY=wayland-7 box environment
prints beside box read ../beside/file
refused EROFS box write ../beside/file x
unset XDG_RUNTIME_DIR WAYLAND_DISPLAY

# network host: the host's names; none: the box's own
if [ -f /etc/hosts ]; then
	use '' '"network": "host"'
	prints "$(cat /etc/hosts)" box read /etc/hosts
fi
use
prints "$(printf '127.0.0.1 localhost\n::1 localhost')" box read /etc/hosts
