#!/bin/sh
# What a process inherits reaches the program as it would without a box.
set -eu
. "$(dirname "$0")/actor.sh"

# Else the limit of core dumps is the box's own. The second is without an init.
compile_by "$work/launcher" '"process": { "core-dumps": true }'
compile_by "$work/alone" '"process": { "core-dumps": true }, "share": ["pid"]'

# Starts it outside and inside with the same around it.
same() { # [COMMAND...]
	ends 0 "$@" $program inherited
	mv "$work/out" "$work/want"
	ends 0 "$@" "$launcher" inherited
	diff "$work/want" "$work/out" || fail "'$*' makes a difference"
}

for launcher in "$work/launcher" "$work/alone"; do
	same
	same "$ACTOR" block-all
	for signal in HUP INT QUIT PIPE TERM USR1 TSTP WINCH; do
		same "$ACTOR" ignore $signal
	done
	# Signal 28 is bit 27; whoever runs the tests may ignore others.
	grep -q '^SigIgn:.*[89a-f]......$' "$work/out" ||
		fail 'the control does not ignore SIGWINCH'
	for mask in 000 022 027 077 777; do
		same sh -c 'umask "$0"; exec "$@"' $mask
		grep -q "^umask $mask" "$work/out" || fail 'the control has another mask'
	done
	limits='ulimit -n 32; ulimit -c 0; ulimit -s 512; ulimit -f 4000; ulimit -t 77'
	same sh -c "$limits; exec \"\$@\"" sh
	grep -q '^limit 7: 32 32$' "$work/out" || fail 'the control has other limits'
	same nice -n 7
	# nohup's case: the hangup is ignored, so the program survives what would end it.
	ends 42 "$ACTOR" ignore HUP "$launcher" hangup 42

	# An ignored SIGCHLD is a parent's mistake that only hurts: the program has the default.
	ends 42 "$ACTOR" ignore CHLD "$launcher" exit 42
	ends 0 "$ACTOR" ignore CHLD "$launcher" inherited
	grep -q '^SigIgn:.*[02468ace]....$' "$work/out" || fail 'SIGCHLD is still ignored'
	ends 42 "$ACTOR" block-all "$launcher" exit 42
done

# Limits too small for a box end in a message.
for limit in 3:signalfd 4:pipe2; do
	refused 125 "namespaces: ${limit#*:}: " sh -c 'ulimit -n ${1%:*}; exec "$0"' \
		"$work/launcher" $limit
done
if [ "$(id -u)" != 0 ]; then
	refused 125 'namespaces: clone3: ' prlimit --nproc=0:0 "$work/launcher"
fi
