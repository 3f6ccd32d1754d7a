#!/bin/sh
# Who is asked for closures is a process without anything of the launcher's or the caller's, which
# ends in time; and what it says is believed line by line, as if it came from anywhere.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

lib=$(object lib)
root=$(object root "$lib")
second=$(object second)
evil=$(object evil)
ln -s "$root" way
ln -s "$second" other
grant='{ "bind": "/scratch/way", "closure": true }'

# While a daemon is slow: what the helper is.
serve_script daemon slow
helper=$CLOSURE
use "$grant" "$files"
SECRET=secret LD_PRELOAD=/scratch/none.so
export SECRET
echo text >file
mkdir directory
background "$PROBE" with-descriptors 30 /scratch/file "$launcher" await /scratch/never
works "$PROBE" await /scratch/asked-daemon
child=$(cat "/proc/$running/task/$running/children")
child=${child% }
equal "$(realpath "$CLOSURE")" "$(readlink "/proc/$child/exe")" 'the process that asks'
equal '' "$(tr '\0' '\n' <"/proc/$child/environ")" 'its environment'
equal "$CLOSURE --store-dir $store --nix-state /nix/var/nix --partial --keep /scratch/kept $root" \
	"$(tr '\0' ' ' <"/proc/$child/cmdline" | sed 's/ $//')" 'its arguments'
matches 'Seccomp:	2' cat "/proc/$child/status"
matches 'NoNewPrivs:	1' cat "/proc/$child/status"
for set in CapInh CapPrm CapEff CapAmb; do
	matches "$set:	0000000000000000" cat "/proc/$child/status"
done
for fd in "/proc/$child/fd"/*; do
	case ${fd##*/}:$(readlink "$fd") in
	0:/dev/null | [12]:pipe:* | *:socket:* | *:/scratch/kept) ;;
	*) failed "its descriptor ${fd##*/} is $(readlink "$fd")" ;;
	esac
done
equal "$(readlink "/proc/$child/fd/1")" "$(readlink "/proc/$child/fd/2")" 'where it says all'
# The control: the launcher itself has more.
[ -n "$(tr '\0' '\n' <"/proc/$running/environ" | grep SECRET)" ] || failed 'no control: SECRET'
# Nothing of it remains when the box runs.
touch go
for _ in $(seq 500); do
	[ -d "/proc/$child" ] || break
	sleep 0.01
done
[ ! -d "/proc/$child" ] || failed 'it is still there'
for _ in $(seq 500); do
	init=$(cat "/proc/$running/task/$running/children")
	[ -z "$init" ] || break
	sleep 0.01
done
equal 1 "$(echo "$init" | wc -w)" 'children of the launcher'
stop
rm -rf go kept
use "$grant" "$files"', "share": ["pid"]'
touch go
background "$launcher" await /scratch/never
for _ in $(seq 500); do
	[ "$(readlink /proc/$running/exe)" != "$program/bin/probe" ] || break
	sleep 0.01
done
equal '' "$(cat "/proc/$running/task/$running/children")" 'children of a program without an init'
stop
# No descriptor of the launcher's, of what the lookup held, gets into the box.
use "$grant" "$files"
works box descriptors
equal '0
1
2' "$(cut -d ' ' -f 1 said)" "the program's descriptors"
works box listing /proc
equal '1
3' "$(grep -x '[0-9]*' said)" "the box's processes"
use "$grant" "$files"', "share": ["pid"]'
works box descriptors
equal '0
1
2' "$(cut -d ' ' -f 1 said)" "the program's descriptors without an init"
served_enough
rm -rf kept
unset SECRET

# What it says: the script prints TEXT (printf's), and ends with STATUS.
says() { # TEXT [STATUS]
	printf '%b' "$1" >text
	helper_is /scratch/speak
	printf '#!/bin/sh\ncat /scratch/text\nexit %s\n' "${2-0}" >speak
	chmod 755 speak
}
helper=/scratch/helper
use "$grant" '"closure-files": []'
says "$lib\n$root\n\n"
has "$root" "$lib"
says "$root\n$evil\n$lib\n\n"
has "$root" "$lib" "$evil"
asked 2
hash=$(echo "${evil##*/}" | cut -c 1-32)
for answer in '' '\n' "$root\n" "$root" "$root\n\n\n" "$root\n\n$evil\n\n" "$root\n\n$evil\n" \
	"$lib\n\n" "$root\n\nx" "\n$root\n\n" "$root\n/etc/passwd\n\n" "/etc/passwd\n$root\n\n" \
	"$root\n$store/../../etc\n\n" "$root\n$store\n\n" "$root\n$evil/name\n\n" \
	"$root\n$store/$hash-..\n\n" "$root\n$evil\r\n\n" "$root\n$evil\001\n\n" \
	"$root\n $evil\n\n" "$root\n$evil\0000\n\n" "\0000" "$root\n$store/x\n\n" \
	"closurebox-closure: $root\n\n" "$root\nclosurebox-closure: no\n\n"; do
	says "$answer"
	nobody_knows box directory
	[ "$code" = 125 ] || echo "(the answer was: $answer)"
done
use '{ "bind": "/scratch/way", "closure": true, "optional": true }' '"closure-files": []'
for answer in '' '\n' "$root\n" "$root\n/etc/passwd\n\n" "$lib\n\n"; do
	says "$answer"
	has
done

# Two roots: each has its own, in the order that they were asked for.
: >asked
helper_is false
use "$grant, { \"bind\": \"/scratch/other\", \"closure\": true, \"optional\": true }" \
	'"closure-files": []'
nobody_knows box directory
in_order() { # ANSWER-FOR-ROOT ANSWER-FOR-SECOND
	case $(cat asked) in
	*" $root $second") says "$1$2" ;;
	*" $second $root") says "$2$1" ;;
	*) failed "asked for $(cat asked)" ;;
	esac
}
cp asked asked-both
for answers in "$root\n$lib\n\n $second\n\n" "$root\n$lib\n\n \n"; do
	cp asked-both asked
	in_order "${answers% *}" "${answers#* }"
	case $answers in
	*"$second"*)
		has "$root" "$lib" "$second"
		;;
	*)
		has "$root" "$lib"
		refused ENOENT box listing /scratch/other
		;;
	esac
done
for answers in "$root\n$lib\n\n " "$second\n\n $root\n$lib\n\n" "\n $second\n\n" "\n \n" \
	"$root\n$lib\n\n $second\n\n$second\n\n"; do
	cp asked-both asked
	in_order "${answers% *}" "${answers#* }"
	nobody_knows box directory
done

# It fails: with a reason, which is said; without one; after an answer; by a signal.
use "$grant" '"closure-files": []'
for status in 1 2 3; do
	says 'closurebox-closure: the moon is full\n' $status
	refuses_launch 'the moon is full' box directory
done
says "closurebox-closure: red \033[31m and \001 bell \007\n" 1
refuses_launch 'red' box directory
says '' 1
nobody_knows box directory
says "$root\n$lib\n\n" 1
nobody_knows box directory
says "$(awk 'BEGIN { for (i = 0; i < 20000; i++) printf "long " }')" 1
dies 'long long' box directory
says "$root\n$lib\n\n"
printf '#!/bin/sh\ncat /scratch/text\nkill -KILL $$\n' >speak
nobody_knows box directory
rm speak
nobody_knows box directory
helper=/scratch/missing
use "$grant" '"closure-files": []'
nobody_knows box directory
helper=/scratch/file
use "$grant" '"closure-files": []'
nobody_knows box directory
helper=/scratch/helper

# Endless answers, and none: an end.
use "$grant" '"closure-files": []'
for line in "$root" "$lib" "$evil-x" '' x "$(awk 'BEGIN { for (i = 0; i < 4000; i++) printf "x" }')"
do
	printf '#!/bin/sh\nexec yes "%s"\n' "$line" >speak
	chmod 755 speak
	helper_is /scratch/speak
	nobody_knows timeout -k 5 60 "$launcher" directory
done
# One that hangs, of a launcher that has inherited nothing special, or all signals blocked; that
# stops, ignores signals, or has a child that keeps the pipe open, all at the same time.
printf '#!/bin/sh\nexec sleep 1000\n' >speak
pids=
hangs() { # NAME COMMAND...
	hangs_as=$1
	shift
	as_user timeout -k 5 120 "$@" directory >"hangs-$hangs_as" 2>&1 &
	pids="$pids $hangs_as:$!"
}
hangs plainly "$launcher"
hangs blocked "$ACTOR" block-all "$launcher"
hangs_by() { # NAME SCRIPT
	helper=/scratch/by-$1
	printf '#!/bin/sh\n%s\n' "$2" >"$helper"
	chmod 755 "$helper"
	use "$grant" '"closure-files": []'
	hangs "$1" "$launcher"
}
hangs_by stopped 'kill -STOP $$'
hangs_by ignoring 'trap "" TERM ALRM INT HUP; for _ in $(seq 60); do sleep 1; done'
hangs_by child-answered '(sleep 60 0</dev/null &)
	cat /scratch/text'
hangs_by child-wrong '(sleep 60 &)
	echo nonsense'
hangs_by child-failed '(sleep 60 &)
	exit 1'
hangs_by child-silent '(sleep 60 &)'
printf '%s\n' "$root" "$lib" '' >text
began=$(date +%s)
for pid in $pids; do
	code=0
	wait "${pid#*:}" || code=$?
	equal 125 $code "the end of the launcher whose helper hangs: $pid"
	grep -qF 'closurebox closure' "hangs-${pid%:*}" || failed "$pid: $(cat "hangs-${pid%:*}")"
	equal 1 "$(wc -l <"hangs-${pid%:*}")" "lines of $pid"
done
[ $(($(date +%s) - began)) -lt 20 ] || failed 'the launchers took longer than 20 s'
helper=/scratch/helper
use "$grant" '"closure-files": []'

# Nothing that the launcher inherits keeps the answer from it, and nothing of the lookup stays open.
helper_is /scratch/answer
for way in 'ignore CHLD' 'ignore PIPE' block-all; do
	# shellcheck disable=SC2086
	prints root as_user "$ACTOR" $way "$launcher" read /scratch/way/name
done
for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
	works as_user sh -c "exec \"\$0\" kind /scratch/way/name $closed" "$launcher"
done
works as_user sh -c 'ulimit -n 16; exec "$0" read /scratch/way/name' "$launcher"
use "$grant" '"closure-files": [], "descriptors": "inherit"'
works as_user "$PROBE" with-descriptor 7 file /scratch/file "$PROBE" descriptors
cut -d ' ' -f 1 said >wanted
grep -qx 7 wanted || failed 'no control: nothing is inherited'
works as_user "$PROBE" with-descriptor 7 file /scratch/file "$launcher" descriptors
cut -d ' ' -f 1 said | diff wanted - >difference || failed "descriptors: $(cat difference)"
