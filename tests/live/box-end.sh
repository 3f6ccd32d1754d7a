#!/bin/sh
# However a launcher or its program ends, nothing of the box lives on.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
compile launcher
mkfifo alive

# Starts a command beside the test. All its processes hold on to a pipe, whose end is the end of the
# last of them; until then $reader waits.
start() { # SECONDS COMMAND...
	patience=$1
	shift
	exec 3<>alive 4<alive
	timeout "$patience" cat <&4 >said 3>&- 4<&- &
	reader=$!
	"$@" >&3 3>&- 4<&- &
	started=$!
	exec 3>&- 4<&-
}

begin() { # ARGUMENT...
	: >said
	start 20 ./launcher "$@"
	soon grep -q ready said
}

all_dead() { # STATUS OF THE LAUNCHER
	status=0
	wait $started 2>/dev/null || status=$?
	[ "$status" = "$1" ] || fail "the launcher ended with $status, not $1"
	wait $reader || fail 'something in the box lives on'
}

# The control: without a box it does live on.
start 1 setsid $program leave 1 5
! wait $reader || fail 'the control leaves nothing behind'
kill -KILL -$started

# The program ends.
begin leave 8 5
all_dead 5

# The launcher is killed.
begin leave 8
kill -KILL $started
all_dead 137

# So is one that is stopped.
begin leave 8
kill -STOP $started
kill -KILL $started
all_dead 137

# A signal ends the program.
begin wait
kill -TERM $started
all_dead 143

# Init is killed, which only somebody outside can do.
begin leave 8
# shellcheck disable=SC2046 # one number
kill -KILL $(cat /proc/$started/task/$started/children)
all_dead 137

# The launcher is killed at some moment while it sets up the box.
for delay in 0 02 05 07 1 15 2 25 3 4; do
	start 20 ./launcher leave 1
	sleep 0.00$delay
	kill -KILL $started
	all_dead 137
done
