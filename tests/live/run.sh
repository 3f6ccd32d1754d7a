#!/bin/sh
# `closurebox run`: what a launcher does, without one being written.
set -eu
. "$(dirname "$0")/actor.sh"

mkdir "$work/here"
cd "$work/here"
cp "$PROBE" $object/bin/probe
fails() { # STATUS TEXT COMMAND...: with nothing started
	fails_with=$1 fails_text=$2
	shift 2
	run "$@"
	[ "$status" = "$fails_with" ] || fail "'$*' ended with $status, not $fails_with"
	[ ! -s "$work/out" ] || fail "'$*' has started something"
	grep -qF -e "$fails_text" "$work/err" || fail "'$*' does not say '$fails_text'"
}

# The program by its path, or by its name in a root's bin
run_it="$CLOSUREBOX run --graph $work/graph --stub $STUB"
# shellcheck disable=SC2086 # words of a command
{
	for name in $program actor; do
		ends 0 $run_it -- $name
		said "started as $program"
		ends 0 $run_it $name
		said "started as $program"
	done

	# The same arguments, environment, descriptors and standard input as by a launcher
	"$CLOSUREBOX" compile --graph "$work/graph" --stub "$STUB" --program $program \
		-o "$work/launcher"
	"$work/launcher" arguments '' -- --help '*' "$(printf '\033')" >"$work/want"
	ends 0 $run_it actor arguments '' -- --help '*' "$(printf '\033')"
	cmp "$work/want" "$work/out" || fail 'other arguments arrive'
	for environment in "FANCY=a b" PATH=/nowhere 'EMPTY=' 'ODD NAME=x'; do
		env -i "$environment" "$work/launcher" environment >"$work/want"
		ends 0 env -i "$environment" $run_it actor environment
		cmp "$work/want" "$work/out" || fail 'another environment arrives'
	done
	"$work/launcher" inherited >"$work/want"
	ends 0 $run_it actor inherited
	cmp "$work/want" "$work/out" || fail 'it inherits something else'
	ends 0 $run_it probe descriptors </dev/null
	[ "$(cut -d' ' -f1 "$work/out" | xargs)" = '0 1 2' ] || fail 'it has other descriptors'
	echo text | ends 0 $run_it actor read
	said "$(printf 'ready\nread text')"
	ends 0 "$CLOSUREBOX" run --graph - --stub "$STUB" actor <"$work/graph"

	# Statuses and signals
	for code in 0 1 2 3 42 125 126 127 255; do
		ends $code $run_it actor exit $code
	done
	for signal in HUP:1 KILL:9 SEGV:11 TERM:15; do
		ends $((128 + ${signal#*:})) $run_it actor die ${signal%:*}
	done
	begin $run_it actor catch 23 USR1 TERM
	kill -USR1 $launcher
	soon grep -qx 'caught 10' "$work/begun"
	kill -TERM $launcher
	ended 23

	# It is a box, by the policies that are named.
	echo secret >file
	ends 2 $run_it probe read "$work/here/file"
	printf '{ "closurebox": 1, "filesystem": [ { "bind": "%s" } ] }\n' "$work/here/file" \
		>"$work/policy.json"
	ends 0 $run_it --policy "$work/policy.json" probe read "$work/here/file"
	said secret
	rm file
	refused 125 "bind $work/here/file: " $run_it --policy "$work/policy.json" actor

	# What goes wrong before that is for the compiler to say, with its statuses.
	fails 1 "no root has a program 'missing' in its bin" $run_it missing
	fails 1 "program '/bin/sh' is not in $store" $run_it /bin/sh
	fails 1 'cannot be executed: No such file' $run_it $object/bin/missing
	fails 2 'the program is missing' $run_it
	fails 1 "cannot read the stub 'missing'" $run_it --stub missing actor
	other=$store/1c3h1d4nzjm8kl5sd8ka6ynsvkq2w9fa-other
	mkdir -p $other/bin
	cp "$ACTOR" $other/bin/actor
	printf '%s\n\n0\n' $other >>"$work/graph"
	fails 1 "several roots have a program 'actor'" $run_it actor
	ends 0 $run_it --root $other actor
	said "started as $other/bin/actor"
	ends 0 $run_it --root $other --root $object actor
	said "started as $other/bin/actor"

	# The launcher in memory cannot be changed by whoever gets hold of it: it is sealed
	# (fcntl(2): F_GET_SEALS, all of F_SEAL_SEAL, SHRINK, GROW and WRITE).
	seals() { # PID
		perl -e 'open(my $file, "<", "/proc/$ARGV[0]/exe") or die "$!\n";
			print fcntl($file, 1034, 0) + 0, "\n"' "$1"
	}
	begin $run_it --root $object actor wait
	sealed=$(seals $launcher)
	[ "$sealed" = 15 ] || fail "its seals are $sealed"
	! (: >>/proc/$launcher/exe) 2>/dev/null || fail 'it can be written'
	kill -TERM $launcher
	ended 143
	begin "$ACTOR" memory "$work/launcher" wait
	[ "$(seals $launcher)" = 1 ] || fail 'the control has seals'
	kill -TERM $launcher
	wait $launcher || :
	# Inside nobody gets hold of it.
	ends 13 $run_it --root $object probe write /proc/1/exe
	ends 13 $run_it --root $object probe read /proc/1/exe
}

# Nothing is left behind, and nothing was needed to be written.
[ -z "$(ls -A "$work/here")" ] || fail "left behind: $(ls -A "$work/here")"
chmod 555 "$work/here"
# shellcheck disable=SC2086
ends 0 $run_it --root $object actor
chmod 755 "$work/here"
