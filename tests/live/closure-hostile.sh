#!/bin/sh
# No program in a box can write a closure file that a later launch would believe, or lead the lookup
# of a later launch elsewhere.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

helper_is /scratch/answer
lib=$(object lib)
root=$(object root "$lib")
evil=$(object evil)
base=${root##*/}
ln -s "$root" way
lie="$root
$evil
"
# The victim: another launcher, of the same user.
use '{ "bind": "/scratch/way", "closure": true }'
victim=$launcher
believes() { # right|lie
	attacker=$launcher
	launcher=$victim
	case $1 in
	right) has "$root" "$lib" ;;
	lie) has "$root" "$evil" ;;
	esac
	launcher=$attacker
}
believes right

# What a program may try, at each of the directories above the file: to make what is missing, to
# write, to put another in the place of what it cannot write to, or a link. What it is told does not
# matter.
try() { # PROBE-ARGUMENT...
	box "$@" >tried 2>&1 || :
}
# What is missing is made by the box that writes, from the first component that it can make on.
write_lie() { # DIRECTORY COMPONENTS-BELOW
	deep=$1/$2
	try create "$deep/$base" "$lie" -- chmod "$deep/$base" 0644
	try create "$deep/.new" "$lie" -- rename "$deep/.new" "$deep/$base"
	made=$deep
	set -- create "$deep/$base" "$lie"
	while [ "$made" != "$top" ]; do
		set -- mkdir "$made" -- "$@"
		try "$@"
		made=${made%/*}
	done
}
attack() { # TOP STATE-HOME HOW, as the box sees them
	top=$1 inner=closurebox/closures
	case $3 in
	write) write_lie "$1" "$2/$inner" ;;
	replace-closures) try rename "$1/$2/$inner" "$1/$2/away" ;;
	replace-closurebox) try rename "$1/$2/closurebox" "$1/$2/away" ;;
	replace-state | link-state) try rename "$1/$2" "$1/away" ;;
	esac
	case $3 in
	link-state)
		write_lie "$1" "made/$inner"
		try symlink ../made "$1/$2"
		;;
	replace-*) write_lie "$1" "$2/$inner" ;;
	esac
}
ways='write replace-closures replace-closurebox replace-state link-state'
state=$HOME/.local/state
clean() { # missing|empty|kept|linked
	chmod -R u+w "$HOME"
	rm -rf "$HOME"
	mkdir -p "$HOME/.local/elsewhere"
	case $1 in
	empty) mkdir -p "$state/closurebox/closures" ;;
	linked) ln -s elsewhere "$state" ;;
	esac
	if [ "$1" = kept ] || [ "$1" = linked ]; then
		mkdir -p "$state/closurebox/closures"
		write_closures "$state/closurebox/closures" "$root"
		chmod 0444 "$state/closurebox/closures/$base"
	fi
}
# Each way, from each state of things: what the next launch of the victim believes then.
ends_with() { # right|lie STATES [TOP STATE-HOME]
	for there in $2; do
		for way in $ways; do
			clean "$there"
			attack "${3-$HOME}" "${4-.local/state}" "$way"
			before=$failures
			believes "$1"
			[ $failures = "$before" ] ||
				echo "(this was: $way, $there, $(cat "$launcher.json"))"
		done
	done
}

# The control: without what protects them, in a policy that has its closure files elsewhere, every
# way leads there.
writable='"access": "read-write"'
risks='"accept-risk": ["home", "executed-by-host"]'
use "{ \"bind\": \"\$HOME\", $writable }" "$files, $risks"
ends_with lie 'missing empty kept linked'

# Whatever shows the directory writable, whether the box finds closures itself or not.
use "{ \"bind\": \"\$HOME\", $writable }" "$risks"
ends_with right 'missing empty kept linked'
use "{ \"bind\": \"\$HOME\", $writable }, { \"bind\": \"/scratch/way\", \"closure\": true }" \
	"$risks"
ends_with right kept
use "{ \"bind\": \"\$XDG_STATE_HOME\", $writable, \"create\": \"directory\" }" "$risks"
ends_with right 'missing kept' "$state" .
use "{ \"bind\": \"\$HOME/.local\", $writable }" "$risks"
ends_with right 'missing kept'
# At another place in the box.
use "{ \"bind\": \"\$HOME\", \"to\": \"/data\", $writable }" "$risks"
ends_with right 'missing kept' /data
use "{ \"bind\": \"\$HOME\", \"to\": \"/data\", $writable }" "$files, $risks"
ends_with lie missing /data
# The preset that gives the program the user's home.
use '' '"home": "host"'
ends_with right 'missing kept'
# The directory that the launcher is started in.
use '' '"working-directory": { "access": "read-write" }'
box() {
	(cd "$HOME/.local" && as_user "$launcher" "$@")
}
ends_with right kept
ends_with right missing
box() {
	as_user "$launcher" "$@"
}
# A path that turns out to be the user's only when the box is made.
use "{ \"bind\": \"/scratch/home\", $writable }"
ends_with right kept
ends_with right missing

# At the place that a variable names.
XDG_STATE_HOME=$HOME/my/state
export XDG_STATE_HOME
use "{ \"bind\": \"\$HOME\", $writable }" "$risks"
ends_with right missing "$HOME" my/state
unset XDG_STATE_HOME

# A policy that leads its own lookup through what the program can write to is refused.
clean missing
mkdir shared
for grants in '{ "bind": "/scratch/shared/way", "closure": true }' \
	'{ "links": "/scratch/shared/way" }' '{ "bind": "/scratch/shared", "closure": true }' \
	'{ "bind": "/scratch", "closure": true }'; do
	for shared in '"access": "read-write"' '"access": "read-write", "create": "directory"'; do
		shared="{ \"bind\": \"/scratch/shared\", $shared }"
		for both in "$shared, $grants" "$grants, $shared"; do
			if use "$both" "$files" 2>said; then
				failed "accepted: $both"
			fi
		done
	done
	# The control.
	mkdir -p shared/inner
	ln -sfn "$root" shared/way
	use "$grants" "$files"
	works box directory
	rm shared/way
done
if use "{ \"bind\": \"/scratch/way\", \"closure\": true, $writable }" "$files" 2>said; then
	failed 'accepted: a writable bind with its closure'
fi
