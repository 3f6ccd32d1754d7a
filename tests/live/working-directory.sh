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

# Optional: granted where it can be, as by the word alone
optional() { # ACCESS [MEMBERS]
	printf '"working-directory": { "access": "%s", "optional": true }%s' "$1" "${2:+, $2}"
}
use '' "$(optional read-only)"
prints /scratch/work in_directory work directory
prints 'read-only nosuid nodev noexec' in_directory work mount-flags .
refused EROFS in_directory work create new
prints project in_directory home/project listing "$HOME"
use '' "$(optional read-write)"
prints 'nosuid nodev noexec' in_directory link mount-flags .
works in_directory work create inner/newer 'from the box'
equal 'from the box' "$(cat work/inner/newer)" 'what was written in the optional directory'
prints secret in_directory home/project read file
matches PWD=/scratch/work in_directory work environment
use '' '"working-directory": { "access": "read-write" }'
works in_directory work create another
dies 'is the home directory or above it' in_directory home directory

# where it would be refused it is as if the policy had "keep": the same mounts, the same place
mounts_of() { # LAUNCHER DIRECTORY: without the numbers of a launch
	(cd "$2" && as_user "$1" read /proc/self/mountinfo -- directory -- environment) \
		>said 2>&1 || failed "$1 ended with $? in $2: $(cat said)" >&2
	sed 's/^[0-9]* [0-9]* [0-9]*:[0-9]* //; s/ shared:[0-9]*//' said
}
as_kept() { # DIRECTORY...: the launchers are for the same policy but for that
	for directory; do
		mounts_of "$kept" "$directory" >kept
		mounts_of "$launcher" "$directory" >optional
		cmp -s kept optional ||
			failed "optional in $directory: $(diff kept optional)"
	done
}
granted_in() { # DIRECTORY...: the control, that the comparison sees a grant
	for directory; do
		mounts_of "$kept" "$directory" >kept
		mounts_of "$launcher" "$directory" >optional
		! cmp -s kept optional || failed "nothing was granted in $directory"
	done
}
both() { # GRANTS ACCESS [MEMBERS]
	use "$1" "$(mode keep "${3-}")"
	kept=$launcher
	use "$1" "$(optional "$2" "${3-}")"
}
mkdir all
world_mount / /scratch/all none 0x1000 # MS_BIND: the host's root by another name
use '' "$(mode read-write)"
dies 'is the root of the host' in_directory all directory
for access in read-only read-write; do
	both '' $access
	as_kept / /proc /proc/self/fd /dev /sys home user /scratch /tmp all "$program" "$outsider"
	granted_in work work/inner home/project
	prints "$HOME" in_directory home directory
	refused ENOENT in_directory home read secret
	refused ENOENT in_directory /scratch read work/file
	HOME=/scratch/user
	as_kept home
	HOME=/scratch/home
	for directory in run run/inner; do
		granted_in $directory
		(XDG_RUNTIME_DIR=/scratch/run && export XDG_RUNTIME_DIR && as_kept $directory &&
			exit $failures) || failed "optional in $directory"
	done
	(SSH_AUTH_SOCK=/scratch/run/agent && export SSH_AUTH_SOCK && as_kept run &&
		exit $failures) || failed 'optional beside the agent'
	# The home that is accepted is granted; what else is refused stays out.
	both '' $access '"accept-risk": ["home"]'
	granted_in home /scratch
	prints secret in_directory home read project/file
	as_kept / /proc /sys
done
use '' "$(optional read-write)"
mkdir gone
prints "$HOME" as_user sh -c "cd gone && rmdir ../gone && exec $launcher directory"
# What the policy has there or on the way, and what it covers elsewhere; the word alone ends the
# launch.
mkdir -p other/work/inner beside/inner file/inner
echo other >other/file # where the host has a directory
something_else() { # DIRECTORY GRANTS [TEXT]
	both "$2" read-write
	as_kept "$1"
	use "$2" "$(mode read-write)"
	dies "${3-working-directory}" in_directory "$1" directory
}
something_else work '{ "bind": "/scratch/work/inner" }' 'is where the policy has something else'
something_else work '{ "tmpfs": "/scratch/work" }' 'is where the policy has something else'
something_else work/inner '{ "file": "/scratch/work", "text": "" }'
something_else beside/inner '{ "bind": "/scratch/other", "to": "/scratch/beside" }'
something_else beside/inner "{ \"symlink\": \"/scratch/beside\", \"target\": \"$program\" }"
something_else file/inner '{ "bind": "/scratch/other", "to": "/scratch", "access": "read-write" }'
ln -s work named
something_else work/inner '{ "mask": "/scratch/named/inner", "optional": true }' \
	'what the policy covers'
both '{ "mask": "/scratch/work/inner" }' read-write
granted_in work
refused EACCES in_directory work listing inner

# In a home, with files that arguments name: they are there, nothing else is, and the program is in
# the home, at their side. By the name /look the box can be asked without naming a file.
echo script >home/script
echo beside >home/beside
for policy in '"home": "none", "environment": { "set": { "HOME": "${HOME:-/home}" } }' \
	'"home": "temporary"' '"home": "private"'; do
	policy="$policy, \"arguments\": { \"files\": \"read-only\" }"
	use '{ "symlink": "/look", "target": "/scratch" }' "$(optional read-write "$policy")"
	for _ in 1 2; do
		prints "$(printf '%s\n' script "$HOME" script)" \
			in_directory home read script -- directory -- listing .
		matches "PWD=$HOME" in_directory home environment -- arguments script
		matches "HOME=$HOME" in_directory home environment -- arguments script
		refused EROFS in_directory home write script x
		refused ENOENT in_directory home kind /look/home/beside -- arguments script
	done
	prints "$(printf '%s\n' file /scratch/home/project)" \
		in_directory home/project listing . -- directory
	works in_directory home/project write file secret
	case $policy in
	*none*) prints / in_directory home directory ;;
	*) prints "$HOME" in_directory home directory ;;
	esac
done
equal script "$(cat home/script)" 'the script on the host'

# One that may not be searched, nor gone back to once it is left
mkdir -p closed
shut() { # PROBE-ARGUMENT...
	as_user sh -c 'cd closed && chmod 0 . && "$@"; code=$?; chmod 700 /scratch/closed &&
		exit $code' sh "$launcher" "$@"
}
as_user chown "$(as_user id -u)" closed
for access in read-only read-write; do
	use '' "$(mode $access)"
	matches 'directory 0000' shut kind /scratch/closed
	use '' "$(mode keep)"
	refused ENOENT shut kind /scratch/closed
done

# A path: there it is, or nothing starts.
use '{ "directory": "/srv/place" }' '"working-directory": "/srv/place"'
prints /srv/place in_directory work directory
matches PWD=/srv/place in_directory work environment
use '' '"working-directory": "$HOME"'
prints "$HOME" in_directory work directory
use '' '"working-directory": "/nowhere"'
dies 'change-directory /nowhere: ' in_directory work directory
