#!/bin/sh
# A descriptor that the policy keeps is the program's alone: who waits for its end outside does not
# wait for the launcher or the box's init.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
compile_by listed '"descriptors": [3, 5, 7]'
compile_by all '"descriptors": "inherit"'
mkfifo pipe

# Starts it with 3, 5 and 7 open on a pipe that is read outside.
holding() { # COMMAND...
	timeout 20 cat pipe >said 3>&- 5>&- 7>&- &
	reader=$!
	begin "$@" 3>pipe 5>pipe 7>pipe
}

for launcher in ./listed ./all; do
	holding $launcher close 3 close 5 close 7 wait
	wait $reader || fail "$* still holds what its program has closed"
	kill -0 $launcher || fail "$* has ended"
	kill -TERM $launcher
	ended 143

	# The control.
	holding $program close 3 close 5 wait
	kill -0 $reader || fail 'nobody holds the pipe'
	kill -TERM $launcher
	ended 143
	wait $reader
done
