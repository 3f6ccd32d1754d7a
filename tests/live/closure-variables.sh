#!/bin/sh
# "path-variables": what the elements of such variables lead to in the store comes into the box with
# its closure; elements that the box does not have are dropped.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

helper_is /scratch/answer
lib=$(object lib)
# The program's variable is just that; or it has none.
variable_is() { # NAME VALUE
	works box environment
	equal "$1=$2" "$(grep "^$1=" said)" "what the program gets of $1"
}
no_variable() { # NAME
	works box environment
	equal '' "$(grep "^$1=" said)" "what the program gets of $1"
}
variables() { # JSON-LIST [GRANTS [OTHER]]
	use "${2-}" "$files, \"path-variables\": $1${3:+, $3}"
}

# Fifty elements of every kind: store paths, with and without something behind; links such as a
# profile; duplicates; what is not in the store, granted and not; empty and relative ones.
value='' left='' kept=''
add() { # kept|dropped ELEMENT...
	which=$1
	shift
	for element; do
		value=$value:$element
		[ "$which" = dropped ] || left=$left:$element
	done
}
mkdir -p profiles granted/share ungranted "$HOME/.local/share"
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	made=$(object data-$i "$lib")
	kept="$kept $made"
	add kept "$made/name"
	[ $((i % 3)) = 0 ] || continue
	ln -s "$made" profiles/profile-$i-link
	ln -s profile-$i-link profiles/profile-$i
	add kept /scratch/profiles/profile-$i "$made" /scratch/profiles/profile-$i/name
done
add dropped /usr/share /usr/local/share "$HOME/.local/share" /scratch/ungranted /missing relative \
	. .. ./x '' "$outsider/missing" "$outsider" "$store/$(printf %032d 0)-gone/share" \
	/dev/null/x /dev/null/../etc /dev/null/../../scratch/profiles/profile-3 \
	/scratch/profiles/missing "$store/../../scratch/ungranted"
add kept /scratch/granted /scratch/granted/share / /etc /tmp "$program/etc" "$link" "$store" \
	"$(path_of data-1)" "$(path_of data-1)/name" /scratch/granted "$program/etc/."
ln -s loop loop
add dropped /scratch/loop /scratch/loop/x "$(path_of data-1)/missing" '' '~' ''
value=${value#:} left=${left#:}
count=$(echo "$value" | tr ':' '\n' | wc -l)
[ "$count" -ge 50 ] || failed "only $count elements"

granted='{ "bind": "/scratch/granted" }'
for variable in XDG_DATA_DIRS LD_LIBRARY_PATH GST_PLUGIN_PATH; do
	variables "[\"$variable\"]" "$granted"
	export "$variable=$value"
	variable_is $variable "$left"
	# shellcheck disable=SC2086
	has $kept "$lib"
	prints profile-3-link box readlink /scratch/profiles/profile-3
	prints data-3 box read /scratch/profiles/profile-3/name
	refused ENOENT box listing /scratch/ungranted
	works outside listing /scratch/ungranted
	unset $variable
done
asked 15

# The control: without the member nothing is looked for, and nothing dropped.
use "$granted" "$files"
XDG_DATA_DIRS=$value
export XDG_DATA_DIRS
variable_is XDG_DATA_DIRS "$value"
has
asked 0
# What loads code does not even pass; it does if its elements are in the box.
LD_LIBRARY_PATH=$(path_of data-1)
export LD_LIBRARY_PATH
no_variable LD_LIBRARY_PATH
variables '["LD_LIBRARY_PATH"]'
variable_is LD_LIBRARY_PATH "$(path_of data-1)"
has "$(path_of data-1)" "$lib"
# Not against a policy's own word.
if variables '["LD_LIBRARY_PATH"]' '' '"environment": { "unset": ["LD_LIBRARY_PATH"] }' 2>said; then
	failed 'a variable that is taken away was accepted'
fi
if variables '["LD_LIBRARY_PATH"]' '' '"environment": { "inherit": ["XDG_*"] }' 2>said; then
	failed 'a variable that is not inherited was accepted'
fi
unset LD_LIBRARY_PATH

# Nothing left: no variable. Unset, empty, only colons.
variables '["XDG_DATA_DIRS"]'
for XDG_DATA_DIRS in /missing /missing:/scratch/ungranted '' : ::: relative "$outsider" \
	/scratch/ungranted; do
	no_variable XDG_DATA_DIRS
	has
done
unset XDG_DATA_DIRS
no_variable XDG_DATA_DIRS
has

# Several variables, and lists of several policies, which add up.
variables '["XDG_DATA_DIRS", "XDG_CONFIG_DIRS"]'
XDG_DATA_DIRS=$(path_of data-2):/missing XDG_CONFIG_DIRS=/missing:$(path_of data-3)/name
export XDG_DATA_DIRS XDG_CONFIG_DIRS
variable_is XDG_DATA_DIRS "$(path_of data-2)"
variable_is XDG_CONFIG_DIRS "$(path_of data-3)/name"
has "$(path_of data-2)" "$(path_of data-3)" "$lib"
echo "{ \"closurebox\": 1, $files, \"path-variables\": [\"XDG_DATA_DIRS\"] }" >first.json
echo '{ "closurebox": 1, "path-variables": ["XDG_CONFIG_DIRS"] }' >second.json
"$CLOSUREBOX" compile --graph /scratch/graph --root "$program" --policy first.json \
	--policy second.json --stub "$STUB" --closure-program "$helper" \
	--program "$program/bin/probe" -o both
launcher=/scratch/both
variable_is XDG_DATA_DIRS "$(path_of data-2)"
variable_is XDG_CONFIG_DIRS "$(path_of data-3)/name"
has "$(path_of data-2)" "$(path_of data-3)" "$lib"

# A later policy that takes the variable away takes it out of the list, too; not an earlier one.
echo '{ "closurebox": 1, "environment": { "unset": ["XDG_CONFIG_DIRS"] } }' >unset.json
merged() { # POLICY...
	for policy; do
		set -- "$@" --policy "$policy"
		shift
	done
	"$CLOSUREBOX" compile --graph /scratch/graph --root "$program" "$@" --stub "$STUB" \
		--closure-program "$helper" --program "$program/bin/probe" -o both
}
works merged first.json second.json unset.json
variable_is XDG_DATA_DIRS "$(path_of data-2)"
no_variable XDG_CONFIG_DIRS
has "$(path_of data-2)" "$lib"
ends 1 merged first.json unset.json second.json

# What the policy sets is looked at too, in the program's variable; what is found is the caller's.
variables '["XDG_DATA_DIRS"]' '' "\"environment\": { \"prefix\":
	{ \"XDG_DATA_DIRS\": [\"$program/etc\", \"/missing\"] } }"
variable_is XDG_DATA_DIRS "$program/etc:$(path_of data-2)"
variables '["XDG_DATA_DIRS"]' '' "\"environment\": { \"set\":
	{ \"XDG_DATA_DIRS\": \"/missing:/tmp:$(path_of data-1)\" } }"
variable_is XDG_DATA_DIRS /tmp
has "$(path_of data-2)" "$lib"

# On request the launcher says what it drops; else it says nothing.
variables '["XDG_DATA_DIRS"]'
XDG_DATA_DIRS=/missing:$(path_of data-2):relative:/scratch/ungranted
works box directory
equal /scratch "$(cat said)" 'what is said without being asked'
for CLOSUREBOX_VERBOSE in 1 yes; do
	export CLOSUREBOX_VERBOSE
	as_user "$launcher" directory >output 2>said || failed "verbose: $(cat said)"
	for element in /missing relative /scratch/ungranted; do
		grep -q "path-variable $element: dropped" said ||
			failed "nothing is said of $element, but: $(cat said)"
	done
	! grep -q "$(path_of data-2) .*dropped\|dropped.*$(path_of data-2)" said ||
		failed "said to be dropped: $(cat said)"
done
XDG_DATA_DIRS=$(printf '/missing/\033[31m\001red:/missing/\nline')
as_user "$launcher" directory >output 2>said || failed "verbose: $(cat said)"
! grep -q "$(printf '\033\|\001')" said || failed 'control characters are said as they are'
grep -q 'x1b' said || failed "no escape is said: $(cat said)"
CLOSUREBOX_VERBOSE=
works box directory
equal /scratch "$(cat said)" 'what is said without being asked'
unset CLOSUREBOX_VERBOSE

# Nobody who knows: dropped, but for what the launcher's own closure has.
helper_is false
XDG_DATA_DIRS=$(path_of data-2):$program/etc:$(path_of data-1)
variable_is XDG_DATA_DIRS "$program/etc"
has
helper_is /scratch/answer
variable_is XDG_DATA_DIRS "$XDG_DATA_DIRS"

# As large as the system lets it be: an end, and one line if it is an error.
XDG_DATA_DIRS=$(awk -v element="$(path_of data-1)" 'BEGIN {
	for (i = 0; i < 2000; i++) printf "%s:", element }')
works box environment
XDG_DATA_DIRS=$(awk -v store="$store" 'BEGIN {
	for (i = 0; i < 2000; i++) printf "%s/%032d-x%d:", store, i, i }')
code=0
box environment >said 2>&1 || code=$?
case $code in
0) equal '' "$(grep ^XDG_DATA_DIRS= said)" 'what is left of 2000 roots that nobody knows' ;;
125) equal 1 "$(wc -l <said)" 'lines' ;;
*) failed "2000 roots ended with $code: $(cat said)" ;;
esac
