#!/bin/sh
# The working directory is kept where the box has it, else it is $HOME; PWD says which.
set -eu
. "$srcdir/tests/live/lib.sh"

mkdir -p granted/inner elsewhere
use '{ "bind": "/scratch/granted" }'
in_directory() { # DIRECTORY PROBE-ARGUMENT...
	(cd "$1" && shift && box "$@")
}
prints /scratch/granted/inner in_directory granted/inner directory
matches PWD=/scratch/granted/inner in_directory granted/inner environment
prints "$HOME" in_directory elsewhere directory
matches "PWD=$HOME" in_directory elsewhere environment
prints / in_directory / directory
prints /tmp in_directory /tmp directory
prints "$HOME" in_directory "$HOME" directory

# The name of a link is resolved: what the kernel says counts.
ln -s granted/inner link
prints /scratch/granted/inner in_directory link directory

# What is above is the box's, not the host's.
prints "$(printf 'granted\nhome')" in_directory granted/inner listing ../..
refused ENOENT in_directory elsewhere listing ../elsewhere

# Other names of it do not survive.
OLDPWD=/scratch/elsewhere PWD=/scratch/elsewhere
export OLDPWD PWD
works in_directory elsewhere environment
! grep -qE '^OLDPWD=|^PWD=/scratch/elsewhere' said || failed "the host's directory is named"
equal 1 "$(grep -c ^PWD= said)" 'times PWD is set'

# A directory that is gone, or that the user may not enter again.
mkdir gone
as_user sh -c "cd gone && rmdir ../gone && exec $launcher directory" >said 2>&1 ||
	failed "started in a directory that is gone: $(cat said)"
equal "$HOME" "$(cat said)" 'directory when started in one that is gone'

# One that the policy names, wherever the caller is; it must be there.
use '{ "bind": "/scratch/granted" }' '"working-directory": "/scratch/granted/inner"'
prints /scratch/granted/inner in_directory / directory
prints /scratch/granted/inner in_directory granted directory
matches PWD=/scratch/granted/inner in_directory / environment
use '' '"working-directory": "$HOME"'
prints "$HOME" in_directory / directory
use '' '"working-directory": "/missing"'
dies 'change-directory /missing: chdir: ' box directory
