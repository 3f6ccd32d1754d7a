#!/bin/sh
# What is found at launch, with the other ways to have a store, without namespaces, and without a
# pid namespace.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

helper_is /scratch/answer
lib=$(object lib)
bound=$(object bound "$lib")
linked=$(object linked "$lib")
listed=$(object listed "$lib")
unrelated=$(object unrelated "$lib")
for name in bound linked listed; do
	ln -s "$(path_of $name)" $name
done
ln -s linked hop
mkdir granted
grants='{ "bind": "/scratch/bound", "closure": true }, { "links": "/scratch/hop" },
	{ "bind": "/scratch/granted" }'
variables='"path-variables": ["XDG_DATA_DIRS"]'
XDG_DATA_DIRS=/scratch/listed:/missing:$listed:/scratch/granted:/scratch/nothing
export XDG_DATA_DIRS
left=/scratch/listed:$listed:/scratch/granted

all_is_there() {
	prints bound box read /scratch/bound/name
	prints linked box read /scratch/hop/name
	prints linked box readlink /scratch/hop
	prints "$linked" box readlink /scratch/linked
	prints listed box read /scratch/listed/name
	prints lib box read "$lib/name"
	works box environment
	equal "XDG_DATA_DIRS=$left" "$(grep ^XDG_DATA_DIRS= said)" "the program's variable"
}

# The whole store: everything is in it, and nobody is asked; the links and the variable's elements
# are found all the same.
use "$grants" "$files, $variables, \"store\": \"whole\""
all_is_there
prints unrelated box read "$unrelated/name"
mkdir -m 755 kept
write_closures files "$bound"
helper_is false
all_is_there
asked 0
use '{ "links": "/scratch/missing" }' "$files, \"store\": \"whole\""
dies 'links /scratch/missing: ' box directory
helper_is /scratch/answer

# Without an init.
use "$grants" "$files, $variables, \"share\": [\"pid\"]"
all_is_there
has "$bound" "$linked" "$listed" "$lib"
lacks "$unrelated"

abi=$(landlock_abi)
if [ "$abi" -lt 3 ]; then
	echo "this kernel's Landlock is ABI $abi: only the whole store and a shared pid namespace"
	exit $((failures > 0))
fi

# Landlock: the store is there, but what is not found cannot be read.
use "$grants" "$files, $variables, \"store\": \"landlock\""
all_is_there
refused EACCES box read "$unrelated/name"
prints unrelated outside read "$unrelated/name"
refused EACCES box listing "$store"
refused EROFS box create "$bound/new"
write_closures files "$bound" "$linked" "$listed"
: >asked
all_is_there
asked 0
refused EACCES box read "$unrelated/name"
echo "$unrelated" >>"files/${bound##*/}"
prints unrelated box read "$unrelated/name"
# The control: without the grants.
use '{ "bind": "/scratch/granted" }' "$files, \"store\": \"landlock\""
refused EACCES box read "$bound/name"
refused EACCES box read "$lib/name"
# What nobody knows.
rm files/*
helper_is false
use '{ "bind": "/scratch/bound", "closure": true }' "$files, \"store\": \"landlock\""
nobody_knows box directory
use '{ "bind": "/scratch/bound", "closure": true, "optional": true }' \
	"$files, \"store\": \"landlock\""
works box directory
refused EACCES box read "$bound/name"
refused EACCES box read /scratch/bound/name
helper_is /scratch/answer
prints bound box read /scratch/bound/name

# Where namespaces cannot be had: the host's own paths, and of these what was found.
optional='"store": "landlock", "namespaces": "optional"'
forbid='echo 0 >/proc/sys/user/max_user_namespaces
	exec setpriv --inh-caps=-all --ambient-caps=-all "$@"'
weakly() { # COMMAND...
	as_user unshare --user --map-current-user --keep-caps --mount sh -euc "$forbid" sh "$@"
}
use "$grants" "$files, $variables, $optional"
all_is_there
box() {
	weakly "$launcher" "$@"
}
all_is_there
refused EACCES box read "$unrelated/name"
works weakly "$PROBE" read "$unrelated/name"
refused EACCES box listing "$store"
write_closures files "$bound" "$linked" "$listed"
: >asked
all_is_there
asked 0
rm files/*
# What was led to when it was looked up is what is allowed.
helper_is false
use '{ "bind": "/scratch/bound", "closure": true }' "$files, $optional"
nobody_knows box directory
use '{ "bind": "/scratch/bound", "closure": true, "optional": true }' "$files, $optional"
works box directory
refused EACCES box read "$bound/name"
refused EACCES box read /scratch/bound/name
helper_is /scratch/answer
prints bound box read /scratch/bound/name
# The control: without the grants, and without the launcher.
use '{ "bind": "/scratch/granted" }' "$files, $optional"
refused EACCES box read /scratch/bound/name
refused EACCES box read "$lib/name"
works weakly "$PROBE" read /scratch/bound/name -- read "$lib/name"
