#!/bin/sh
# A daemon that keeps its clients waiting, by whatever way, keeps no launch for ever: it ends
# without a box, or with the right one if somebody else has the answer.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

lib=$(object lib)
root=$(object root "$lib")
ln -s "$root" way
helper=$CLOSURE
use '{ "bind": "/scratch/way", "closure": true }' '"closure-files": []'
all_ways() { # COMMAND...: for each way a launch, at once
	pids=
	for i in 1 2 3 4; do
		as_user timeout -k 5 120 "$launcher" "$@" >output-$i 2>&1 &
		pids="$pids $!"
	done
	i=0
	for pid in $pids; do
		i=$((i + 1))
		code=0
		wait "$pid" || code=$?
		echo $code >code-$i
	done
}

serve_script daemon hangs
all_ways directory
for i in 1 2 3 4; do
	equal 125 "$(cat code-$i)" "the end of launch $i"
	equal 1 "$(wc -l <output-$i)" "lines of launch $i"
	grep -qF 'closurebox closure' output-$i || failed "launch $i said: $(cat output-$i)"
done

# A closure file is read first, a database when there is still time.
write_closures files "$root"
use '{ "bind": "/scratch/way", "closure": true }' "$files"
: >served
has "$root" "$lib"
equal 0 "$(wc -l <served)" 'clients of the daemon'
rm files/*
served_enough
if [ -n "$CLOSURE_SQLITE" ]; then
	serve_script database
	served_enough
	serve_script daemon hangs
	all_ways read /scratch/way/name
	for i in 1 2 3 4; do
		equal "0 root" "$(cat code-$i output-$i | tr '\n' ' ' | sed 's/ $//')" "launch $i"
	done
	[ -s served ] || failed 'no control: the daemon had no client'
else
	echo 'built without SQLite: the database is not read'
fi
