#!/bin/sh
# A signal for the launcher is a signal for the program; one for init from inside is for nobody.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
compile launcher

# Each reaches the handler once; the last ends the program.
begin ./launcher catch 23 HUP USR1 USR2 WINCH CONT TSTP TERM
for signal in HUP:1 USR1:10 USR2:12 WINCH:28 CONT:18 TSTP:20; do
	kill -${signal%:*} $launcher
	soon grep -qx "caught ${signal#*:}" begun
done
kill -TERM $launcher
ended 23
printf 'ready\n' >want
for number in 1 10 12 28 18 20 15; do
	echo "caught $number" >>want
done
diff want begun || fail 'signals are lost or doubled'

begin ./launcher catch 24 INT
kill -INT $launcher
ended 24

# So do real-time signals, those too that a libc keeps for itself.
begin ./launcher catch 25 34 35 42 63 64 TERM
for signal in 34 35 42 63 64; do
	kill -$signal $launcher
	soon grep -qx "caught $signal" begun
done
kill -TERM $launcher
ended 25

# It ends by the program's own signal, which its caller can tell from a status.
signal_of() { # COMMAND...
	perl -e 'system { $ARGV[0] } @ARGV; print $? & 127' "$@"
}
[ "$(signal_of "$work/launcher" die TERM)" = 15 ] || fail 'SIGTERM is not passed back'
[ "$(signal_of "$work/launcher" exit 143)" = 0 ] || fail 'a status became a signal'
[ "$(signal_of $program die TERM)" = 15 ] || fail 'the control does not end by its signal'

# A timer of the caller's rings for the program (the exec of "perl -e 'alarm 9; exec @ARGV'").
ends 142 "$ACTOR" alarm "$work/launcher" wait
run "$ACTOR" alarm $program wait
[ $status = 142 ] || fail 'the control hears no alarm'

# A signal for the process group reaches a program that has left it, and whose init has got it too.
begin setsid ./launcher alone catch 26 TERM
kill -TERM -$launcher
ended 26

# One that is in it has got it itself, and is not told twice, however often that happens.
begin setsid ./launcher catch 27 USR1 USR2 TERM
for times in 1 2 3 4 5; do
	kill -USR1 -$launcher
	# shellcheck disable=SC2016
	soon sh -c '[ "$(grep -c "caught 10" "$1")" -ge "$2" ]' sh begun $times
done
# Nor is it lost because somebody has sent the same to init alone.
init=$(cat /proc/$launcher/task/$launcher/children)
kill -USR2 "${init% }"
sleep 0.5
kill -USR2 $launcher
soon grep -qx 'caught 12' begun
kill -TERM $launcher
ended 27
printf '%s\n' ready 'caught 10' 'caught 10' 'caught 10' 'caught 10' 'caught 10' 'caught 12' \
	'caught 15' >want
diff want begun || fail 'signals for the group are lost or doubled'

# What they do by default.
for signal in HUP:1 USR1:10 PIPE:13 TERM:15; do
	begin ./launcher wait
	kill -${signal%:*} $launcher
	ended $((128 + ${signal#*:}))
done

# A program that ignores a signal goes on, and so does its launcher.
begin ./launcher wait HUP TERM USR1
for signal in HUP TERM USR1 WINCH CHLD; do
	kill -$signal $launcher
done
kill -0 $launcher
kill -USR2 $launcher
ended $((128 + 12))

# A signal that comes while the box is set up is not lost.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	patient ./launcher wait
	kill -TERM $launcher
	ended 143
done

ends 0 ./launcher attack
ends 0 ./launcher orphans 10000
said '10000 orphans, none left'

# The strictest filter is init's too, and leaves it all that it needs.
compile_by strict '"system-calls": { "base": "strict" }, "process": { "wait-for": "all" }'
begin ./strict catch 28 USR1 TERM
kill -USR1 $launcher
soon grep -qx 'caught 10' begun
kill -TERM $launcher
ended 28
ends 4 ./strict leaving 4 orphans 100
said '100 orphans, none left'
