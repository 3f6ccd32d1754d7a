#!/bin/sh
# A box that does not end when it is told to is killed after the time that its policy gives it.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
compile patient
compile_by impatient '"process": { "stop-timeout": "300ms" }'
compile_by slow '"process": { "stop-timeout": "1000s" }'
compile_by all '"process": { "stop-timeout": "300ms", "wait-for": "all" }'

# Two boxes whose programs ignore the signal: the one is killed, the control goes on.
for signal in TERM INT HUP; do
	begin ./patient wait $signal
	control=$launcher
	begin ./impatient wait $signal
	kill -$signal $control $launcher
	ended 137
	kill -0 $control || fail "the control has ended with SIG$signal"
	launcher=$control
	kill -USR1 $launcher
	ended 138
done

# In time: the program's own status, whatever it does with the signal.
begin ./slow catch 5 TERM
kill -TERM $launcher
ended 5
begin ./slow wait
kill -TERM $launcher
ended 143

# The time is that of the first signal; more of them make it no longer.
begin ./impatient wait TERM INT
(
	while kill -INT $launcher 2>/dev/null; do
		sleep 0.1
	done
) &
kill -TERM $launcher
ended 137

# A program that stops itself instead does not stop the clock with the launcher.
begin ./impatient freeze
kill -TERM $launcher
ended 137
begin ./patient freeze
kill -TERM $launcher
soon grep -q 'T (stopped)' /proc/$launcher/status
kill -KILL $launcher
wait $launcher 2>/dev/null || :

# Other signals do not ask it to end.
begin ./impatient wait USR1 WINCH
kill -USR1 $launcher
kill -WINCH $launcher
sleep 1
kill -0 $launcher || fail 'it has ended without being told'
kill -TERM $launcher
ended 143

# Nor is what somebody types meant for the launcher.
unset HISTFILE ENV BASH_ENV
HOME=/scratch PS1='shell> '
export HOME PS1
status=0
"$TERMINAL" dash -i <<'script' || status=$?
	expect shell>
	type ./impatient wait INT; echo status $?\r
	expect ready
	type \003
	pause 1
	type \034
	expect status 131
	type exit 5\r
script
[ $status = 5 ] || fail "on a terminal: $status"

# Those whom the program has left behind are killed too.
begin ./all leaving 6 wait TERM
kill -TERM $launcher
ended 137
