#!/bin/sh
# "working-directory": the caller's directory is in the box only if the policy says so, and never
# when it is the root, the home, or what no policy would grant unasked.
set -eu
. "$srcdir/tests/live/lib.sh"

mkdir -p work/inner home/project run/inner
echo text >work/file
echo secret >home/project/file
in_directory() { # DIRECTORY PROBE-ARGUMENT...
	(cd "$1" && shift && box "$@")
}
mode() { # MODE [MEMBERS]
	printf '"working-directory": "%s"%s' "$1" "${2:+, $2}"
}

# keep: the box does not get it.
use '' "$(mode keep)"
prints "$HOME" in_directory work directory
refused ENOENT in_directory work read /scratch/work/file

# read-only, read-write
use '' "$(mode read-only)"
prints /scratch/work in_directory work directory
prints text in_directory work read file
prints "$(printf '%s\n' home work)" in_directory work listing ..
prints 'read-only nosuid nodev noexec' in_directory work mount-flags .
refused EROFS in_directory work create new
refused EROFS in_directory work write file x
refused ENOENT in_directory work read ../home/project/file
cp "$PROBE" work/tool
refused EACCES in_directory work exec ./tool directory
use '' "$(mode read-write)"
prints 'nosuid nodev noexec' in_directory work mount-flags .
works in_directory work create inner/new 'from the box'
equal 'from the box' "$(cat work/inner/new)" 'what was written in the directory'
refused EACCES in_directory work exec ./tool directory
prints /scratch/home/project in_directory home/project directory
prints project in_directory home/project listing "$HOME"
matches PWD=/scratch/work in_directory work environment

# By the name of a link it is still the directory itself.
ln -s work link
prints /scratch/work in_directory link directory
works in_directory link create new -- remove new

# The root, and what is the kernel's
for access in read-only read-write; do
	use '' "$(mode $access)"
	dies 'working-directory /: is the root' in_directory / directory
	for directory in /proc /proc/self/fd /dev /sys; do
		dies "is the kernel's" in_directory $directory directory
	done
	# In the store it is there already, or stays out.
	prints "$program" in_directory "$program" directory
	prints "$HOME" in_directory "$outsider" directory
done

# The home, or what it lies in, by whatever name; unless the policy accepts that
ln -s home user
for access in read-only read-write; do
	use '' "$(mode $access)"
	for directory in home user /scratch; do
		dies 'is the home directory or above it' in_directory $directory directory
	done
	HOME=/scratch/user
	dies 'is the home directory or above it' in_directory home directory
	HOME=/scratch/home
	use '' "$(mode $access '"accept-risk": ["home"]')"
	prints secret in_directory home read project/file
	prints secret in_directory /scratch read home/project/file
	dies 'is the root' in_directory / directory
done
use '' "$(mode read-write '"accept-risk": ["home"]')"
works in_directory home create new
[ -e home/new ] || failed 'an accepted home was not the host'"'"'s'

# Directories of sockets
XDG_RUNTIME_DIR=/scratch/run
export XDG_RUNTIME_DIR
dies 'has other programs'"'"' sockets' in_directory run directory
dies 'has other programs'"'"' sockets' in_directory run/inner directory
unset XDG_RUNTIME_DIR
prints /scratch/run in_directory run directory
SSH_AUTH_SOCK=/scratch/run/agent
export SSH_AUTH_SOCK
dies 'has other programs'"'"' sockets' in_directory run directory
prints /scratch/run/inner in_directory run/inner directory
unset SSH_AUTH_SOCK

# Without a name, or where the caller may not be
mkdir gone
dies 'has no name' as_user sh -c "cd gone && rmdir ../gone && exec $launcher directory"
# What it holds is what the policy grants after it: covers have the last word.
use '{ "mask": "/scratch/work/file" }, { "protect": "/scratch/work/inner" }' "$(mode read-write)"
refused EACCES in_directory work read file
refused EROFS in_directory work create inner/other
works in_directory work create other

# What the policy grants stays as it grants it.
use '{ "bind": "/scratch/work/inner" }' "$(mode read-write)"
dies 'is where the policy has something else' in_directory work directory
prints /scratch/work/inner in_directory work/inner directory
refused EROFS in_directory work/inner create other
use '{ "bind": "/scratch/beside", "optional": true }' "$(mode read-write)"
works in_directory work/inner create other -- remove other

# A path: there it is, or nothing starts.
use '{ "directory": "/srv/place" }' '"working-directory": "/srv/place"'
prints /srv/place in_directory work directory
matches PWD=/srv/place in_directory work environment
use '' '"working-directory": "$HOME"'
prints "$HOME" in_directory work directory
use '' '"working-directory": "/nowhere"'
dies 'change-directory /nowhere: ' in_directory work directory
