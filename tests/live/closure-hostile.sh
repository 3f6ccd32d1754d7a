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
# Each way, from each state of things: what the next launch of the victim believes then. (Where a
# link is on the way to a file root does not look.)
ends_with() { # right|lie STATES [TOP STATE-HOME]
	for there in $2; do
		for way in $ways; do
			clean "$there"
			attack "${3-$HOME}" "${4-.local/state}" "$way"
			before=$failures
			case $WORLD:$there:$way in
			0:linked:replace-state) believes "$1" ;;
			0:linked:* | 0:*:link-state) believes right ;;
			*) believes "$1" ;;
			esac
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

# What only a launch can tell: links that an earlier box could have made are not followed, wherever
# one is on the way.
evil_link() { # LINK COMMAND...: the program makes it, and the next launch does as it did
	evil_at=$1
	shift
	try symlink "$evil" "$evil_at"
	[ "$(readlink "$evil_at")" = "$evil" ] || failed "no control: the link $evil_at is not made"
	has
	refused ENOENT box read "$evil_at/name"
	"$@"
	rm "$evil_at"
}
variables='"path-variables": ["XDG_DATA_DIRS"]'
mkdir -p inner shared/deep outer/shared work
ln -s shared to_shared
ln -s /scratch/shared/data chain
XDG_DATA_DIRS=/scratch/shared/data:/scratch/shared/deep/data:/scratch/to_shared/data:/scratch/chain
XDG_DATA_DIRS=$XDG_DATA_DIRS:/scratch/work/data:/scratch/changes/upper/data
export XDG_DATA_DIRS
grown() {
	works box environment
	equal '' "$(grep ^XDG_DATA_DIRS= said)" 'what is left of the variable'
}
for place in /scratch/shared /scratch/to_shared '${NONE:-/scratch}/shared' '$XDG_CACHE_HOME'; do
	XDG_CACHE_HOME=/scratch/shared
	export XDG_CACHE_HOME
	use "{ \"bind\": \"$place\", $writable, \"to\": \"/scratch/shared\" }" "$files, $variables"
	evil_link /scratch/shared/data grown
	evil_link /scratch/shared/deep/data grown
	# Also by way of it: a link in the middle, and a directory.
	try symlink /scratch/outer /scratch/shared/data
	ln -s "$evil" outer/evil
	XDG_DATA_DIRS=/scratch/shared/data/evil:$XDG_DATA_DIRS
	has
	XDG_DATA_DIRS=${XDG_DATA_DIRS#*:}
	rm shared/data outer/evil
done
unset XDG_CACHE_HOME
# In the directory that the launcher is started in.
use '' "$files, $variables, \"working-directory\": { \"access\": \"read-write\" }"
box() {
	(cd /scratch/work && as_user "$launcher" "$@")
}
evil_link /scratch/work/data grown
box() {
	as_user "$launcher" "$@"
}
# A link that leads on through such a place; a variable that a closure bind or "links" begins with.
use "{ \"bind\": \"/scratch/shared\", $writable }, { \"links\": \"\$WHERE\", \"optional\": true }" \
	"$files"
export WHERE
for WHERE in /scratch/shared/data /scratch/chain /scratch/to_shared/data; do
	evil_link /scratch/shared/data :
done
use "{ \"bind\": \"/scratch/shared\", $writable }, { \"links\": \"\$WHERE\" }" "$files"
ln -s "$evil" shared/data
dies "links $WHERE: " box directory
use "{ \"bind\": \"/scratch/shared\", $writable },
	{ \"bind\": \"/scratch/inner\", \"closure\": true }" "$files"
ln -s /scratch/shared/data inner/link
has
refused ENOENT box read /scratch/inner/link/name
# The controls: without what can be written to, or read-only, the same links lead there; and so does
# one in a place that is written to if it belongs to root, who alone can make it.
use '' "$files, $variables"
has "$evil"
use '{ "bind": "/scratch/shared" }' "$files, $variables"
has "$evil"
use '{ "bind": "/scratch/inner", "closure": true }' "$files"
has "$evil"
rm shared/data
if [ "$WORLD" = 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups true 2>said; then
	as_user() {
		setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
			--bounding-set=-all "$@"
	}
	chmod 777 shared
	chmod 666 asked
	ln -s "$evil" shared/data
	use "{ \"bind\": \"/scratch/shared\", $writable }" "$files, $variables"
	has "$evil"
	rm shared/data
	as_user ln -s "$evil" shared/data
	has
	as_user() {
		"$@"
	}
fi
unset XDG_DATA_DIRS WHERE

# What protects the directory makes nothing where the box has a home of its own.
clean missing
for home in temporary private none; do
	use '{ "bind": "/scratch/way", "closure": true }' "\"home\": \"$home\""
	has "$root" "$lib"
	if box listing "$HOME/.local" >said 2>&1; then
		! grep -q state said || failed "the home '$home' has .local/state"
	fi
done
# The control.
use "{ \"bind\": \"\$HOME\", $writable }" "$risks"
matches 'directory .*' box kind "$state/closurebox/closures"
refused EROFS box create "$state/closurebox/closures/new"
