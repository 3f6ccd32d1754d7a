#!/bin/sh
# Each system call of the set-up fails once, in turn: every time the launch ends with one line that
# names the step, nothing of the box is left and the program has not started (see fault.c).
set -eu
. "$srcdir/tests/live/lib.sh"

as_user "$FAULT" >said 2>&1 || [ $? != 77 ] || skip "$(cat said)"
chmod 755 "$program/bin"
cp "$STATE" "$program/bin/state"
mkdir lower work
mkdir -p foreign/directory
echo lower >lower/file
echo document >work/document
chmod 1777 /scratch
chmod 777 work
as_user mkdir /scratch/fresh
as_user mkdir "$HOME/.config"
# shellcheck disable=SC2016 # xdg-user-dirs has its own variables
echo 'XDG_MUSIC_DIR="$HOME/Tunes"' >"$HOME/.config/user-dirs.dirs"
mkdir "$HOME/Tunes"

# faults NAME POLICY [ARGUMENT...]: all of one policy. Descriptor 3 is a file, 4 a directory.
# $weaker: faults "PROCESS:CALL:ERROR" that the policy itself allows to end in another box; $around:
# what the whole is started with; $left_out: steps of the plan that are not carried out.
weaker=
around=
left_out=nothing
faults() {
	name=$1 policy=$2
	shift 2
	printf '{ "closurebox": 1, "name": "box", %s }\n' "$policy" >"$name.json"
	if ! "$CLOSUREBOX" compile --graph graph --root "$program" --policy "$name.json" \
		--stub "$STUB" --program "$program/bin/state" -o "$name" >"$name.said" 2>&1; then
		failed "$name: $(cat "$name.said")"
		return
	fi
	"$CLOSUREBOX" inspect --steps "$name" >"$name.steps"
	# shellcheck disable=SC2086 # several words
	(cd work && as_user $around env -i HOME="$HOME" \
		"$FAULT" "$STUB" /scratch/fresh $weaker -- "/scratch/$name" "$@" \
		3</scratch/lower/file 4</) \
		>"$name.faults" 2>"$name.said" ||
		failed "$name: $(grep -A 2 WRONG "$name.faults" | head -n 30; cat "$name.said")"
	[ ! -s "$name.faults" ] || judge "$name"
}

# Steps that make no system call, or none that can fail.
silent='append|clear-environment|inherit|prefix|prepend|set|stop-timeout|umask|unset|wait-for-all'

# Each other step of the plan was refused at least once; and only steps of the plan were named.
judge() { # NAME
	sed -nE 's/^(prepare|namespaces|root|rules|process|confine|exec) +([a-z-]+).*/\2/p' \
		"$1.steps" | sort -u >steps
	sed -nE 's/^.*: refused ([a-z-]+)$/\1/p' "$1.faults" | sort | uniq -c >refused
	grep -vxE "$silent|$left_out" steps | while read -r step; do
		grep -q " $step\$" refused || echo "$step was never refused"
	done >bad
	awk '{ print $2 }' refused | while read -r step; do
		case $step in
		getrandom | getcwd) continue ;; # before the first step
		esac
		grep -qx "$step" steps || echo "$step was refused, but is no step of the plan"
	done >>bad
	[ ! -s bad ] || failed "$1: $(cat bad)"
	grep -q 'execve EPERM: refused execute' "$1.faults" || failed "$1: no fault in execve"
	echo "$1: $(grep -c : "$1.faults") faults; refused: $(awk '{ print $2, $1 }' refused |
		sort | tr '\n' ',' | sed 's/,$//; s/,/, /g')"
}

faults base '"filesystem": []'

# From here on the smallest boxes: what a policy adds is tried alone, and quickly.
small='"extends": [], "hostname": "box"'

faults grants "$small, "'"filesystem": [
	{ "bind": "/scratch/lower" },
	{ "bind": "/scratch/none", "optional": true },
	{ "bind": "/scratch/fresh/a/made", "to": "/made", "access": "read-write",
	  "create": "directory" },
	{ "bind": "/scratch/fresh/made.txt", "to": "/made.txt", "create": "file" },
	{ "bind": "$XDG_MUSIC_DIR", "to": "/music" },
	{ "bind": "/scratch/work", "access": "read-write" },
	{ "bind": "/scratch/work/document", "to": "/document" },
	{ "bind": "/dev/null", "devices": true },
	{ "overlay": "/opt", "lower": "/scratch/lower", "changes": "/scratch/fresh/changes" },
	{ "tmpfs": "/tmp", "mode": "1777", "size": "1M" },
	{ "directory": "/srv", "mode": "0750" },
	{ "symlink": "/link", "target": "/srv/$UID" },
	{ "file": "/etc/text", "text": "$HOME\n" },
	{ "proc": "/proc" },
	{ "devpts": "/dev/pts" },
	{ "protect": "/proc/sys" },
	{ "protect": "/tmp/protected.txt", "create": "file", "text": "some\n" },
	{ "protect": "/tmp/protected", "create": "directory" },
	{ "mask": "/proc/kcore", "optional": true },
	{ "mask": "/tmp/masked.txt", "create": "file" },
	{ "mask": "/tmp/masked", "create": "directory" } ]'

faults process "$small, "'"filesystem": [ { "proc": "/proc" } ],
	"environment": { "inherit": ["HO*"], "set": { "X": "$HOME/x" }, "unset": ["Y"],
		"prefix": { "P": ["/a", "/b"] } },
	"arguments": { "prepend": ["-x"], "append": ["$HOME"] },
	"working-directory": "/proc",
	"process": { "new-session": true, "core-dumps": false, "nice": 3, "wait-for": "all",
		"stop-timeout": "5s", "umask": "0077",
		"limits": { "open-files": 64, "stack-size": "1M" } },
	"descriptors": "inherit"' one two

# An overlay of what is another user's
if chown -R 12345:12345 foreign 2>/dev/null; then
	faults another "$small, "'"filesystem": [
		{ "overlay": "/opt", "lower": "/scratch/foreign",
		  "changes": "/scratch/fresh/changes" } ]'
fi

faults files "$small, "'"working-directory": "read-write",
	"filesystem": [ { "mask": "/scratch/hidden", "optional": true } ],
	"arguments": { "files": "read-only" }, "descriptors": [3]' \
	/scratch/lower/file document --option=/scratch/home/Tunes file:///etc/passwd none

faults directory "$small, "'"working-directory": { "access": "read-only", "optional": true },
	"filesystem": [ { "mask": "/scratch/hidden", "optional": true } ]'

faults whole "$small, "'"store": "whole", "nested-sandbox": true,
	"system-calls": { "base": "none" }'

# The launcher itself becomes the program.
faults alone '"extends": [], "share": ["pid", "ipc", "uts", "cgroup"], "network": "host"'

faults landlock "$small, "'"store": "landlock"'

if [ "$(landlock_abi)" -ge 6 ]; then
	faults blocked "$small, "'"network": "blocked"'
	faults blocked-landlock "$small, "'"network": "blocked", "store": "landlock"'
fi

# Where it may, it goes on without namespaces; and so it does where there are none.
optional='"extends": [], "store": "landlock", "namespaces": "optional",
	"filesystem": [ { "bind": "/scratch/lower" },
		{ "bind": "/scratch/none", "optional": true } ]'
weaker='0:clone3:EPERM 1:*:*' # 1 finds out if they can be had
left_out=allow
faults optional "$optional"
# The control: a weaker box that nobody has allowed is found.
if (cd work && as_user env -i HOME="$HOME" \
	"$FAULT" "$STUB" /scratch/fresh -- /scratch/optional >/scratch/control 2>&1); then
	failed 'a weaker box was not found'
fi
grep -q '^0 .* clone3 EPERM: WRONG: the box was another one' control ||
	failed "no weaker box in: $(grep WRONG control)"
grep WRONG control | grep -vE '^(0 [0-9]+ clone3 EPERM|1 [0-9]+ .*):' &&
	failed 'other faults went wrong'
# Who has no namespaces may be unable to empty the bounding set.
weaker='0:clone3:EPERM 0:prctl:EPERM'
cat >no-namespaces <<'end'
#!/bin/sh
echo 0 >/proc/sys/user/max_user_namespaces
exec "$@"
end
chmod 755 no-namespaces
around='unshare --user --map-current-user --keep-caps /scratch/no-namespaces'
left_out='bind|die-with-parent|loopback|no-nested-sandbox|pivot|root|whole-store'
faults without "$optional"
