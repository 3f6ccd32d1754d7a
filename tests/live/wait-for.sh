#!/bin/sh
# A box ends with its program, or with the last process of all that the program has left behind.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
compile main
compile_by all '"process": { "wait-for": "all" }'

# The program ends at once; its child goes on when it is an orphan.
ends 3 ./all leaving 3 say survived
said survived
ends 3 ./all leaving 3 leaving 4 leaving 5 say survived
said survived
# The control. One that is waited for would never end; `run` sees to it that nobody is left.
ends 3 ./main leaving 3 wait
ends 3 $program leaving 3 say survived
said survived

# How the program ended counts, not how the last did.
ends 0 ./all leaving 0 exit 9
ends 0 ./all leaving 0 die TERM
ends 42 ./all exit 42
ends 143 ./all die TERM

# A signal is for the program, and for those who are left when it has ended.
begin ./all leaving 6 catch 7 USR1 TERM
kill -USR1 $launcher
soon grep -qx 'caught 10' begun
kill -TERM $launcher
ended 6
grep -qx 'caught 15' begun || fail 'the signal did not reach the last process'

# Whoever they are: each of three generations ends by it.
begin ./all leaving 6 leaving 7 wait
kill -TERM $launcher
ended 6

# All of them are reaped, before and after the program's end.
ends 0 ./all orphans 10000
said '10000 orphans, none left'
ends 2 ./all leaving 2 orphans 10000
said '10000 orphans, none left'

# Nobody outlives a launcher that is killed.
mkfifo alive
timeout 20 cat alive >cat.said &
reader=$!
./all leaving 6 wait >alive 2>complaint &
launcher=$!
soon grep -q ready cat.said
kill -KILL $launcher
wait $reader || fail 'something in the box lives on'
