#!/bin/sh
# How the program runs, as the policy's "process" says: limits, nice value, umask, core dumps and
# session.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"

# The program's own word on what it inherits has this line.
has() { # LINE COMMAND...
	has=$1
	shift
	ends 0 "$@"
	grep -qxF -e "$has" out || fail "'$*' has no line '$has'"
}

# Limits: each by its name, with the number that it has for the kernel (asm-generic/resource.h).
compile_by limits '"process": { "core-dumps": true, "limits": {
	"cpu-time": 1000, "file-size": "3M", "data-size": 67108864, "stack-size": "512K",
	"core-size": 0, "resident-set": "1G", "processes": 77, "open-files": 20,
	"locked-memory": 8192, "address-space": "1G", "file-locks": 9, "pending-signals": 55,
	"message-queues": 4096, "real-time-priority": 0, "real-time-time": 1000000 } }'
for limit in 0:1000 1:3145728 2:67108864 3:524288 4:0 5:1073741824 6:77 7:20 8:8192 \
	9:1073741824 10:9 11:55 12:4096 14:0 15:1000000; do
	# Of what the caller has as a hard limit there is no more.
	hard=$($program inherited | sed -n "s/^limit ${limit%:*}: [0-9]* //p")
	wanted=${limit#*:}
	if [ "$hard" != 18446744073709551615 ] && [ "$hard" -lt "$wanted" ]; then
		wanted=$hard
	fi
	has "limit ${limit%:*}: $wanted $wanted" ./limits inherited
done
ends 24 ./limits open 30
ends 0 $program open 30
has 'limit 7: 18 18' prlimit --nofile=16:18 ./limits inherited
has 'limit 7: 20 20' prlimit --nofile=16:100 ./limits inherited
has 'limit 7: 16 100' prlimit --nofile=16:100 $program inherited

compile_by unlimited '"process": {
	"limits": { "open-files": "unlimited", "cpu-time": "unlimited" } }'
has 'limit 7: 100 100' prlimit --nofile=50:100 ./unlimited inherited
has 'limit 0: 600 600' prlimit --cpu=500:600 ./unlimited inherited

# Nice values add up, and end at 19.
before=$(nice)
compile_by nicer '"process": { "nice": 2 }'
has "priority $((before + 2))" ./nicer inherited
has "priority $((before + 5))" nice -n 3 ./nicer inherited
has "priority $((before + 3))" nice -n 3 $program inherited
compile_by nicest '"process": { "nice": 39 }'
has 'priority 19' ./nicest inherited

# The mask is the policy's or the caller's.
mask='umask 051; exec "$@"'
compile_by masking '"process": { "umask": "0027" }'
has 'umask 027' sh -c "$mask" sh ./masking inherited
has 'umask 051' sh -c "$mask" sh ./nicer inherited

# Core dumps. The limit is 1 without them: with 0 the kernel still starts the handler of a piped
# core_pattern, on the host (core(5)).
compile_by dumping '"process": { "core-dumps": true },
	"filesystem": [{ "bind": "/scratch/cores", "access": "read-write" }]'
compile_by silent '"filesystem": [{ "bind": "/scratch/cores", "access": "read-write" }]'
mkdir cores
hard=$($program inherited | sed -n 's/^limit 4: [0-9]* //p')
highest=$hard
if [ "$hard" = 18446744073709551615 ]; then
	highest=unlimited
	has 'limit 4: 1 1' ./silent inherited
	has 'limit 4: 1 1' prlimit --core=0:unlimited ./silent inherited
	has 'limit 4: 4096 8192' prlimit --core=4096:8192 ./dumping inherited
fi
has 'limit 4: 0 0' prlimit --core=0:0 ./silent inherited

# Starts it where it may write; how many core files there are then.
crash() { # LAUNCHER
	rm -f cores/*
	(
		cd cores
		run prlimit "--core=$highest:" "$1" crash
	)
	[ "$(cat status)" = 139 ] || fail "$1 did not crash"
	find cores -type f | wc -l
}
[ "$(crash ../silent)" = 0 ] || fail 'there is a core dump'
case $(cat /proc/sys/kernel/core_pattern):$hard in
core*:18446744073709551615)
	[ "$(crash $program)" = 1 ] || fail 'the control leaves no core dump'
	[ "$(crash ../dumping)" = 1 ] || fail 'the box with core dumps leaves none'
	;;
*) echo 'no core dump here could be seen: the control is left out' ;;
esac

# A session of its own: the program leaves the caller's terminal, and what it could push into its
# input; signals still come through the launcher.
compile launcher
compile_by detached '"process": { "new-session": true }'
ends 0 ./detached session
said 'its own session, no terminal'
ends 0 ./launcher session
[ "$(cut -d, -f1 out)" = "another's session" ] || fail 'the control has a session of its own'
unfiltered='"system-calls": { "base": "none" }'
compile_by attached-unfiltered "$unfiltered"
compile_by detached-unfiltered "$unfiltered"', "process": { "new-session": true }'
control='TIOCSTI: done'
[ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" = 1 ] ||
	control='TIOCSTI: another error'
unset HISTFILE ENV BASH_ENV
HOME=/scratch PS1='shell> '
export HOME PS1
status=0
"$TERMINAL" dash -i <<script || status=$?
	expect shell>
	type ./launcher session\r
	expect another's session, a terminal
	type ./detached session\r
	expect its own session, no terminal
	type ./detached catch 8 INT; echo status \$?\r
	expect ready
	type \003
	expect caught 2
	expect status 8
	type ./detached-unfiltered push 'exit 9'; :\r
	expect TIOCSTI: EPERM
	expect shell>
	type ./attached-unfiltered push 'exit 9'; :\r
	expect $control
	type \025exit 5\r
script
[ $status = 5 ] || fail "on a terminal: $status"
