# Sourced by the tests of processes and failures: a store with the actor in it, launchers that start
# it, and ways to say what must come of that.

[ "${WORLD-}" ] || exec "$srcdir/tests/live/world" "$0"
# A launcher's user has no capabilities in the world's namespaces; root keeps root's.
if [ "$WORLD" != 0 ] && [ -z "${ACTOR_READY-}" ]; then
	ACTOR_READY=1
	export ACTOR_READY
	exec setpriv --ambient-caps=-all --inh-caps=-all "$0"
fi

work=/scratch
# What a test that fails has left beside it ends with it.
trap 'jobs -p >$work/left; xargs -r kill -KILL <$work/left 2>/dev/null || :' EXIT
store=/nix/store
object=$store/0c3h1d4nzjm8kl5sd8ka6ynsvkq2w9fa-actor
program=$object/bin/actor
mkdir -p $object/bin
cp "$ACTOR" $program
printf '%s\n\n0\n' $object >"$work/graph"

# Writes a launcher that starts the actor, or what the options say.
compile() { # LAUNCHER [OPTION]...
	compile_to=$1
	shift
	case " $* " in
	*" --program "* | *" --entry "*) ;;
	*) set -- --program $program "$@" ;;
	esac
	"$CLOSUREBOX" compile --graph "$work/graph" --stub "$STUB" -o "$compile_to" "$@"
}

# The same by a policy with these members.
compile_by() { # LAUNCHER MEMBERS [OPTION]...
	printf '{ "closurebox": 1, %s }\n' "$2" >"$1.json"
	compile_by=$1
	shift 2
	compile "$compile_by" --policy "$compile_by.json" "$@"
}

fail() {
	echo "FAILED: $*" >&2
	for fail_file in "$work/out" "$work/err"; do
		[ ! -s "$fail_file" ] || sed "s|^|    $(basename "$fail_file"): |" "$fail_file" >&2
	done
	exit 1
}

# Runs a command; $status, $work/out and $work/err are what came of it. A process that it leaves
# behind holds on to the pipe, and is waited for in vain.
run() { # COMMAND...
	{
		run_status=0
		timeout -k 1 20 "$@" 2>"$work/err" || run_status=$?
		echo $run_status >"$work/status"
	} | timeout 25 cat >"$work/out" || fail "'$*' leaves processes behind"
	status=$(cat "$work/status")
}

# The command ends with this status, and says nothing on standard error. Of one that a signal has
# ended the shell says so.
ends() { # STATUS COMMAND...
	ends_with=$1
	shift
	run "$@"
	[ "$status" = "$ends_with" ] || fail "'$*' ended with $status, not $ends_with"
	if [ "$ends_with" -gt 128 ] && ! grep -q : "$work/err"; then
		[ "$(wc -l <"$work/err")" -le 1 ] || fail "'$*' has more to say than its signal"
	elif [ -s "$work/err" ]; then
		fail "'$*' has something to say"
	fi
}

# The command ends with this status before any program starts, with one line that has this text.
refused() { # STATUS TEXT COMMAND...
	refused_with=$1 refused_text=$2
	shift 2
	run "$@"
	[ "$status" = "$refused_with" ] || fail "'$*' ended with $status, not $refused_with"
	[ ! -s "$work/out" ] || fail "'$*' has started something"
	[ "$(wc -l <"$work/err")" = 1 ] || fail "'$*' does not say one line"
	case $(cat "$work/err") in
	"closurebox: "*"$refused_text"*) ;;
	*) fail "'$*' does not say '$refused_text'" ;;
	esac
}

# The output of the last run is this text.
said() { # TEXT
	[ "$(cat "$work/out")" = "$1" ] || fail "expected '$1'"
}

# Runs the command until it succeeds, for some seconds at most.
soon() { # COMMAND...
	for _ in $(seq 500); do
		! "$@" 2>/dev/null || return 0
		sleep 0.02
	done
	fail "in vain: $*"
}

# Starts a command beside the test, and waits until the program says that it is ready. `patient`
# does not wait.
begin() { # COMMAND...
	patient "$@"
	soon grep -q ready "$work/begun"
}

patient() { # COMMAND...
	: >"$work/begun"
	"$@" >"$work/begun" 2>"$work/complaint" &
	launcher=$!
}

# It ends with this status, and has said nothing on standard error.
ended() { # STATUS
	status=0
	wait $launcher 2>/dev/null || status=$?
	[ "$status" = "$1" ] ||
		fail "it ended with $status, not $1: $(cat "$work/begun" "$work/complaint")"
	[ ! -s "$work/complaint" ] || fail "it complains: $(cat "$work/complaint")"
}

skip() {
	echo "skipped: $*"
	exit 77
}
