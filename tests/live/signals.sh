#!/bin/sh
# A signal for the launcher is a signal for the program; one for init from inside is for nobody.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
compile launcher

# Starts the launcher beside the test and waits until the program says that it is ready.
begin() { # ARGUMENT...
	: >said
	./launcher "$@" >said 2>complaint &
	launcher=$!
	soon grep -q ready said
}

ended() { # STATUS
	status=0
	wait $launcher 2>/dev/null || status=$?
	[ "$status" = "$1" ] || fail "it ended with $status, not $1: $(cat said complaint)"
	[ ! -s complaint ] || fail "it complains: $(cat complaint)"
}

# Each reaches the handler once; the last ends the program.
begin catch 23 HUP USR1 USR2 WINCH CONT TSTP TERM
for signal in HUP:1 USR1:10 USR2:12 WINCH:28 CONT:18 TSTP:20; do
	kill -${signal%:*} $launcher
	soon grep -qx "caught ${signal#*:}" said
done
kill -TERM $launcher
ended 23
printf 'ready\n' >want
for number in 1 10 12 28 18 20 15; do
	echo "caught $number" >>want
done
diff want said || fail 'signals are lost or doubled'

begin catch 24 INT
kill -INT $launcher
ended 24

# So do real-time signals, those too that a libc keeps for itself.
begin catch 25 34 35 42 63 64 TERM
for signal in 34 35 42 63 64; do
	kill -$signal $launcher
	soon grep -qx "caught $signal" said
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
: >said
setsid ./launcher alone catch 26 TERM >said 2>complaint &
launcher=$!
soon grep -q ready said
kill -TERM -$launcher
ended 26

# What they do by default.
for signal in HUP:1 USR1:10 PIPE:13 TERM:15; do
	begin wait
	kill -${signal%:*} $launcher
	ended $((128 + ${signal#*:}))
done

# A program that ignores a signal goes on, and so does its launcher.
begin wait HUP TERM USR1
for signal in HUP TERM USR1 WINCH CHLD; do
	kill -$signal $launcher
done
kill -0 $launcher
kill -USR2 $launcher
ended $((128 + 12))

# A signal that comes while the box is set up is not lost.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	./launcher wait >said 2>complaint &
	launcher=$!
	kill -TERM $launcher
	ended 143
done

ends 0 ./launcher attack
ends 0 ./launcher orphans 10000
said '10000 orphans, none left'
