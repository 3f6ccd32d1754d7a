# What the tests of closures that only a launch can know share; read after lib.sh. Objects that
# refer to others, closure files, and those who are asked.
# shellcheck shell=sh disable=SC2154

# Closure files of the tests' own, in two directories.
files='"closure-files": ["/scratch/files", "/scratch/kept"]'
mkdir -m 755 files
: >references

# The path of an object of that name.
path_of() { # NAME
	echo "$store/$(printf %s "$1" | md5sum | cut -c 1-32 | tr e g)-$1"
}

refers() { # OBJECT [REFERENCE...]: in the tests' own database
	echo "$*" >>/scratch/references
}

# A new object, with its name in the file `name`; prints its path.
object() { # NAME [REFERENCE...]
	new_object=$(path_of "$1")
	mkdir "$new_object"
	echo "$1" >"$new_object/name"
	chmod 0444 "$new_object/name"
	chmod 0555 "$new_object"
	shift
	refers "$new_object" "$@"
	echo "$new_object"
}

closure_of() { # OBJECT: one path a line, sorted
	awk -v root="$1" '
		{ references[$1] = $0 }
		END {
			known[root]
			queue[last = 1] = root
			for (i = 1; i <= last; i++) {
				print queue[i]
				count = split(references[queue[i]], words, " ")
				for (k = 2; k <= count; k++) {
					if (!(words[k] in known))
						queue[++last] = words[k]
					known[words[k]]
				}
			}
		}' /scratch/references | sort
}

# Closure files as they are to be.
write_closures() { # DIRECTORY OBJECT...
	closures_in=$1
	shift
	for closures_of; do
		closure_of "$closures_of" >closure.new
		mv -f closure.new "$closures_in/${closures_of##*/}"
	done
}

# The box's store has the launcher's own closure, these objects, and nothing else.
has() { # [OBJECT...]
	works box listing "$store"
	printf '%s\n' "$program" "$plain" "$link" "$dangling" "$tool" "$way_out" "$@" |
		sed 's|.*/||' | sort -u >wanted
	diff wanted said >difference ||
		failed "the box's store (> is too much): $(grep '^[<>]' difference)"
}

name_of() { # OBJECT
	base_name=${1#"$store"/}
	echo "${base_name#*-}"
}

# Objects of the host that the box does not have.
lacks() { # OBJECT...
	for lacked; do
		refused ENOENT box read "$lacked/name"
		prints "$(name_of "$lacked")" outside read "$lacked/name"
	done
}

# What is started for a closure that no file has, from here on: it notes that it was, and becomes
# the program.
helper=/scratch/helper
: >asked
helper_is() { # PROGRAM [ARGUMENT...]
	printf '#!/bin/sh\necho "$*" >>/scratch/asked\nexec %s "$@"\n' "$*" >helper.new
	chmod 755 helper.new
	mv helper.new helper
}

# It was started so often since the last time that this was looked at.
asked() { # COUNT
	equal "$1" "$(wc -l <asked)" 'how often the helper was started'
	: >asked
}

# One that answers out of the tests' own database, and keeps nothing.
cat >answer <<'end'
#!/bin/sh
while :; do
	case $1 in
	--partial) shift ;;
	--*) shift 2 ;;
	*) break ;;
	esac
done
for root; do
	"$0-closure" "$root"
	echo
done
end
{
	echo '#!/bin/sh'
	echo 'grep -qE "^$1( |$)" /scratch/references || exit 0'
	# the function's text between its first and its last line
	sed -n '/^closure_of() /,/^}/p' "$srcdir/tests/live/closure.sh"
	echo 'closure_of "$1"'
} >answer-closure
chmod 755 answer answer-closure

# No one has the answer.
nobody_knows() { # COMMAND...
	dies 'closurebox closure' "$@"
}

# Somebody who serves until `served_enough`, or the test's end.
serving=
served=
serve() { # COMMAND...
	rm -f ready
	served=$*
	"$@" >serving.said 2>&1 &
	serving=$!
}
# Nix's daemon may lose a signal that comes just before it waits for somebody: it gets more of them.
served_enough() {
	while kill "$serving" 2>/dev/null; do
		sleep 0.1
	done
	wait "$serving" 2>/dev/null || :
	serving=
}
trap 'status=$?; [ -z "$running" ] || stop; [ -z "$serving" ] || served_enough
	[ $failures = 0 ] || status=1; exit $status' EXIT

# A scripted daemon where Nix has its own, or a database that is written to (closure.py).
serve_script() { # daemon HOW | database
	echo "${2-}" >how
	set -- "$srcdir/tests/closure/with-python" "$srcdir/tests/live/closure.py" "$1"
	[ -z "$serving" ] || [ "$served" != "$*" ] || return 0
	[ -z "$serving" ] || served_enough
	serve "$@"
	"$PROBE" await /scratch/ready || {
		wait $serving || [ $? != 77 ] || skip "$(cat serving.said)"
		failed "'$*' does not serve: $(cat serving.said)"
		exit 1
	}
}

# The launch ends in time with one line that says why, and what can be done.
refuses_launch() { # TEXT COMMAND...
	reason=$1
	shift
	nobody_knows "$@"
	grep -qF -e "$reason" said || failed "nothing of '$reason' is said, but: $(cat said)"
	! grep -q "$(printf '[\001-\010\013-\037\177]')" said || failed 'control characters'
}

# Those of an object's closure files in a directory that are right, and nothing else there.
keeps() { # DIRECTORY OBJECT...
	kept_in=$1
	shift
	printf '%s\n' "$@" | sed 's|.*/||;/^$/d' | sort >wanted
	ls -A "$kept_in" >found 2>/dev/null || :
	diff wanted found >difference || failed "$kept_in (> is too much): $(cat difference)"
	for kept_of; do
		closure_of "$kept_of" >wanted
		sort "$kept_in/${kept_of##*/}" >found
		diff wanted found >difference || failed "kept of $kept_of: $(cat difference)"
		equal 444 "$(stat -c %a "$kept_in/${kept_of##*/}")" "the mode of what is kept"
	done
}

# Nix itself, with a store of its own at $store and its state where Nix has it.
nix_begins() {
	for nix in nix-store nix-daemon; do
		command -v $nix >nix.path || skip "no $nix here (Debian: nix-bin)"
	done
	mkdir -p nix-conf
	NIX_CONF_DIR=/scratch/nix-conf NIX_STATE_DIR=$(dirname "$store")/var/nix
	NIX_STORE_DIR=$store NIX_LOG_DIR=/scratch/nix-log
	NIX_CONFIG='build-users-group =
substituters ='
	unset NIX_REMOTE NIX_PATH
	export NIX_CONF_DIR NIX_STATE_DIR NIX_STORE_DIR NIX_LOG_DIR NIX_CONFIG
}

# All that the tests' own database has, and the launcher's closure, is registered with Nix.
nix_registers() {
	{
		cat references
		printf '%s\n' "$program" "$plain" "$link" "$dangling" "$tool" "$way_out" "$outsider"
	} | awk '{
		printf "%s\nsha256:%064d\n4096\n\n%d\n", $1, 0, NF - 1
		for (i = 2; i <= NF; i++)
			print $i
	}' >registration
	nix-store --load-db <registration >said 2>&1 || {
		skip "this Nix does not work here: $(cat said)"
	}
}

serve_nix() {
	[ -z "$serving" ] || served_enough
	serve nix-daemon
	"$PROBE" await "$NIX_STATE_DIR/daemon-socket/socket" ||
		skip "nix-daemon does not start: $(cat serving.said)"
}
