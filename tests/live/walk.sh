#!/bin/sh
# A walk over all the box shows: nothing can be written to, no socket, no device but the declared.
set -eu
. "$srcdir/tests/live/lib.sh"

mkdir "$HOME/.config" run
chmod 700 run
XDG_RUNTIME_DIR=/scratch/run
export XDG_RUNTIME_DIR

# walked MEMBERS [GRANTS]: what is more than readable in a box by this policy, in the file `found`
# In a box with Landlock's rules / cannot be listed.
walked() {
	use "${2-}" "$1"
	(cd work && box walk / -- walk /dev -- walk /etc -- walk /proc -- walk /tmp -- \
		walk "$HOME") >said.twice 2>&1 || failed "$1: $(cat said.twice)"
	sort -u said.twice >said
	# A process may tell the kernel about itself (proc_pid(5)). There are two: the walker and
	# init, whose files a boxed root can open, but not those that lead somewhere (see proc.sh).
	grep -vE '^writable /proc/[0-9]+/(task/[0-9]+/)?(attr/[a-z]+|[a-z_]+)$' said |
		sort >found
	! grep -E '/proc/1/(task/1/)?mem$' said || failed "$1: init's memory is writable"
	# Root's /proc is read-only.
	[ "$WORLD" = 0 ] || [ "$(grep -c '^writable /proc/[0-9]*/comm$' said)" -ge 1 ] ||
		failed "$1: the walk left out /proc"
}

declared() { # WHAT LINE...: beyond what every box has
	what=$1
	shift
	{
		cat every
		[ $# = 0 ] || printf '%s\n' "$@"
	} | sort >wanted
	diff -u wanted found >difference ||
		failed "$what: the box shows other things than declared: $(cat difference)"
}

cat >every <<end
device /dev/full 1:7
device /dev/null 1:3
device /dev/pts/ptmx 5:2
device /dev/random 1:8
device /dev/tty 5:0
device /dev/urandom 1:9
device /dev/zero 1:5
writable /dev/full
writable /dev/null
writable /dev/pts/ptmx
writable /dev/random
writable /dev/shm
writable /dev/tty
writable /dev/urandom
writable /dev/zero
writable /tmp
end
# Root's own, but the file system lets nobody make anything in it.
[ "$WORLD" != 0 ] || echo 'writable /dev/pts' >>every

# Of what the host has nothing shows but what is granted, whoever may write to it there.
mkdir work beside
echo text >work/text
echo text >beside/text
chmod -R a+rwX work beside "$HOME"
mkfifo beside/fifo
background "$PROBE" listen unix:/scratch/run/socket ready
works "$PROBE" await ready

walked '"extends": ["base"]'
declared base "writable $HOME"
refused EACCES box create /dev/pts/new
for other in '"network": "host"' '"nested-sandbox": true' '"store": "whole"' \
	'"store": "landlock"' '"share": ["ipc", "cgroup"]' '"home": "private"'; do
	walked "$other"
	declared "$other" "writable $HOME"
done
walked '"home": "none"'
declared '"home": "none"'
walked '"extends": ["strict"]'
declared strict
walked '"extends": ["command-line"]'
declared command-line "writable $HOME" 'writable /scratch/work' 'writable /scratch/work/text'
# Devices that draw are the preset's to give; which there are is this machine's.
walked '"extends": ["desktop-offline"]'
sed -i -E '\, /dev/(dri/|kfd|mali0|nvidia|udmabuf),d' found
declared desktop-offline "writable $HOME" 'writable /scratch/run'

# The home itself is granted with "host", but not what the host executes.
walked '"home": "host"'
for path in .bashrc .profile .config/autostart .config/systemd .local/bin bin \
	.local/share/applications; do
	grep -q "^writable $HOME/$path" found && failed "the host's $path is writable"
done
sed -i "\\,^writable $HOME/,d" found
declared '"home": "host"' "writable $HOME"
[ -e "$HOME/.bashrc" ] || failed 'nothing was there to be protected'

# What is granted shows as what it is.
walked '"extends": ["base"]' '{ "bind": "/scratch/run/socket" }, { "bind": "/scratch/beside" }'
declared grants "writable $HOME" 'socket /scratch/run/socket' 'writable /scratch/run/socket' \
	'fifo /scratch/beside/fifo' 'writable /scratch/beside/fifo'
walked '"extends": ["base"]' '{ "bind": "/scratch/beside", "access": "read-write" }'
declared writable "writable $HOME" 'writable /scratch/beside' 'writable /scratch/beside/text' \
	'fifo /scratch/beside/fifo' 'writable /scratch/beside/fifo'
stop

# The walker finds such things where they are.
mkdir seen
works outside create seen/file
cp "$PROBE" seen/set-id
chmod 4555 seen/set-id
works outside walk /scratch/seen
for line in 'writable /scratch/seen/file' 'set-id /scratch/seen/set-id'; do
	grep -qx "$line" said || failed "the walker did not see '$line'"
done
matches 'device /dev/null 1:3' outside walk /dev/null
