# Helpers of the tests of isolation. A test begins with:
#
#	set -eu
#	. "$srcdir/tests/live/lib.sh"
#
# From there on it runs in a world of its own (see `world`), in /scratch, as whoever runs it. Its
# checks report and go on; what failed is counted at the end.
# shellcheck shell=sh

[ "${WORLD-}" ] || exec "$srcdir/tests/live/world" "$0"

failures=0
running=
trap 'status=$?; [ -z "$running" ] || stop; [ $failures = 0 ] || status=1; exit $status' EXIT

# linux/errno.h, as far as tests expect it; the probe exits with these.
# shellcheck disable=SC2034
{
EPERM=1 ENOENT=2 ESRCH=3 EBADF=9 EACCES=13 EFAULT=14 EBUSY=16 EEXIST=17 ENODEV=19 ENOTDIR=20
EINVAL=22 EMFILE=24 ENOTTY=25 ENOSPC=28 EROFS=30 ENOSYS=38 ELOOP=40 EOVERFLOW=75 EOPNOTSUPP=95
EAFNOSUPPORT=97 ECONNREFUSED=111
}

# Checks

failed() { # WHAT
	failures=$((failures + 1))
	echo "FAILED: $*"
}

skip() { # REASON
	echo "$*"
	exit 77
}

works() { # COMMAND...
	code=0
	"$@" >said 2>&1 || code=$?
	[ $code = 0 ] || failed "$* ended with $code: $(cat said)"
}

refused() { # ERRNO COMMAND...: as the probe exits
	eval "wanted=\$$1"
	name=$1
	shift
	code=0
	"$@" >said 2>&1 || code=$?
	[ $code = "$wanted" ] || failed "$* ended with $code, expected $name: $(cat said)"
}

ends() { # STATUS COMMAND...
	wanted=$1
	shift
	code=0
	"$@" >said 2>&1 || code=$?
	[ $code = "$wanted" ] || failed "$* ended with $code, expected $wanted: $(cat said)"
}

# The launch fails before the program starts, with one line that has TEXT.
dies() { # TEXT COMMAND...
	text=$1
	shift
	ends 125 "$@"
	[ "$(wc -l <said)" = 1 ] || failed "$* said other than one line: $(cat said)"
	grep -qF -e "$text" said || failed "$* did not say '$text' but: $(cat said)"
}

equal() { # WANTED FOUND WHAT
	[ "$1" = "$2" ] || failed "$3: expected '$1', found '$2'"
}

prints() { # WANTED COMMAND...: its output is just that
	wanted=$1
	shift
	code=0
	"$@" >said 2>complaint || code=$?
	[ $code = 0 ] || failed "$* ended with $code: $(cat complaint)"
	equal "$wanted" "$(cat said)" "$*"
}

matches() { # PATTERN COMMAND...: a line of its output is just that (grep -xE)
	pattern=$1
	shift
	"$@" >said 2>&1 || failed "$* ended with $?: $(cat said)"
	grep -qxE -e "$pattern" said || failed "$*: no line '$pattern' in: $(cat said)"
}

# Processes

# Starts a command as the user who starts launchers: without the world's capabilities.
as_user() { # COMMAND...
	if [ "$WORLD" = 0 ]; then
		"$@"
	else
		setpriv --ambient-caps=-all --inh-caps=-all "$@"
	fi
}

outside() { # PROBE-ARGUMENT...: the control
	as_user "$PROBE" "$@"
}

# In a box by the policy of `launcher`.
box() { # PROBE-ARGUMENT...
	as_user "$launcher" "$@"
}

# Of this kernel's Landlock; 0 without it (landlock_create_ruleset(2)).
landlock_abi() {
	outside syscall 444 0 0 1 2>/dev/null || echo 0
}

# As root of a user namespace: what the host's kernel lets any user do.
as_some_root() { # PROBE-ARGUMENT...
	unshare --user --map-root-user --mount --pid --fork --kill-child \
		--ipc --uts --net --cgroup "$PROBE" "$@"
}

# Starts a command as that user, to last until `stop`. The process is the command's own, so that
# `stop` ends it and not a shell around it.
background() { # COMMAND...
	[ "$WORLD" = 0 ] || set -- setpriv --ambient-caps=-all --inh-caps=-all "$@"
	"$@" >background.said 2>&1 &
	running=$!
}

stop() {
	kill "$running" || :
	wait "$running" 2>/dev/null || :
	running=
}

# Changes the world's own mounts.
world_mount() { # SOURCE TARGET TYPE FLAGS
	"$PROBE" syscall mount "@$1" "@$2" "@$3" "$4" 0 >/dev/null
}

# The store

store=/nix/store
program=$store/11111111111111111111111111111111-probe
plain=$store/22222222222222222222222222222222-plain.txt
link=$store/33333333333333333333333333333333-link
dangling=$store/44444444444444444444444444444444-dangling
tool=$store/55555555555555555555555555555555-tool
way_out=$store/66666666666666666666666666666666-way-out
outsider=$store/77777777777777777777777777777777-outsider

make_store() {
	mkdir -p "$program/bin" "$program/etc" "$outsider"
	cp "$PROBE" "$program/bin/probe"
	echo inside >"$program/etc/text"
	echo plain >"$plain"
	ln -s "$program/etc" "$link"
	ln -s /nowhere/at-all "$dangling"
	cp "$PROBE" "$tool"
	ln -s "$outsider" "$way_out"
	echo secret >"$outsider/secret"
	chmod 0444 "$program/etc/text" "$plain" "$outsider/secret"
	chmod 0555 "$program/bin/probe" "$tool" "$program/bin" "$program/etc" "$program" "$outsider"
}

# The closure of the box; the outsider is in the graph, but nothing refers to it.
make_graph() {
	echo "$program

5
$plain
$link
$dangling
$tool
$way_out"
	for object in "$plain" "$link" "$dangling" "$tool" "$way_out" "$outsider"; do
		printf '%s\n\n0\n' "$object"
	done
}

# What a launcher starts for closures that it does not know (closure.sh).
helper=$CLOSURE

# Compiles a launcher; GRANTS are the members of "filesystem", OTHER whole members of the policy.
compile() { # LAUNCHER [GRANTS [OTHER]]
	printf '{ "closurebox": 1, "filesystem": [ %s ]%s }\n' "${2-}" "${3:+, $3}" >"$1.json"
	"$CLOSUREBOX" compile --graph /scratch/graph --root "$program" --policy "$1.json" \
		--stub "$STUB" --closure-program "$helper" --program "$program/bin/probe" -o "$1"
}

# A box by GRANTS and OTHER from here on.
use() { # [GRANTS [OTHER]]
	launchers=$((launchers + 1))
	launcher=/scratch/launcher-$launchers
	compile "$launcher" "$@"
}

make_store
make_graph >graph
launchers=0
HOME=/scratch/home
mkdir "$HOME"
echo secret >"$HOME/secret"
export HOME
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR XDG_STATE_HOME
