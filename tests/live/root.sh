#!/bin/sh
# The rest of the tree: what is there, what is read-only, and that /tmp and $HOME are the box's own.
set -eu
. "$srcdir/tests/live/lib.sh"

use
prints "$(printf '%s\n' dev etc nix proc scratch tmp)" box listing /
prints home box listing /scratch
prints "$(printf '%s\n' group hosts passwd)" box listing /etc
prints "$(printf '%s\n' fd full null ptmx pts random shm stderr stdin stdout tty urandom zero)" \
	box listing /dev
mount_points() {
	box read /proc/self/mountinfo | cut -d' ' -f5 | grep -v '^/proc/' | sort
}
shown=$(printf '%s\n' / /dev /dev/full /dev/null /dev/pts /dev/random /dev/shm /dev/tty \
	/dev/urandom /dev/zero "$store" "$program" "$plain" "$tool" /proc "$HOME" /tmp | sort)
prints "$shown" mount_points
for path in / /nix /dev /etc /scratch; do
	refused EROFS box create "$path/new"
	refused EROFS box mkdir "$path/new"
	refused EROFS box chmod "$path" 0777
done
refused EROFS box chmod /etc/passwd 0644
refused EROFS box remove /etc/passwd
refused EROFS box remove /dev/null
works outside create /scratch/new
works outside remove /scratch/new

# /tmp and $HOME: empty, writable, gone with the box; nothing is executed from them.
echo secret >"/tmp/closurebox-live-$$"
matches "closurebox-live-$$" outside listing /tmp
for path in /tmp "$HOME" /dev/shm; do
	prints '' box listing "$path"
	prints text box create "$path/new" text -- read "$path/new"
	refused ENOENT box read "$path/new"
done
rm "/tmp/closurebox-live-$$"
refused ENOENT box read "$HOME/secret"
prints secret outside read "$HOME/secret"
matches 'directory 1777' box kind /tmp
matches 'directory 0700' box kind "$HOME"
matches 'directory 1777' box kind /dev/shm
for path in /tmp "$HOME" /dev/shm; do
	prints 'nosuid nodev noexec' box mount-flags "$path"
done

# Without a file to copy inside, a grant brings the program where it may not be executed.
use '{ "bind": "'"$tool"'", "to": "/tmp/tool" }, { "bind": "/scratch/tool" }'
cp "$tool" tool
refused EACCES box exec /tmp/tool directory
refused EACCES box exec /scratch/tool directory
works outside exec /scratch/tool directory
works box exec "$tool" directory

# What the root's files say of the user.
matches "${USER:-user}:x:$(id -u):$(id -g)::$HOME:/bin/sh" box read /etc/passwd
matches "${USER:-user}:x:$(id -g):" box read /etc/group
