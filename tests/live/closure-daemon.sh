#!/bin/sh
# Closures as a real Nix daemon has them, as its database has them without it, and as they are kept.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

nix_begins
helper_is "$CLOSURE"
# A driver of many objects.
all=
previous=
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	# shellcheck disable=SC2086
	previous=$(object part-$i ${previous:+"$previous"} ${all:+"${all##* }"})
	all="$all $previous"
done
driver=$(object driver "$previous")
all="$all $driver"
unrelated=$(object unrelated)
ln -s "$driver" opengl-driver
nix_registers
grant='{ "bind": "/scratch/opengl-driver", "closure": true }'
check_box() {
	# shellcheck disable=SC2086
	has $all
	prints driver box read /scratch/opengl-driver/name
}
use "$grant" "$files"

# Through the daemon; then from what is kept, with nobody there.
serve_nix
check_box
asked 1
keeps kept "$driver"
check_box
asked 0
# What Nix says itself, in the same order of things.
nix-store -qR "$driver" | sort >wanted
cp wanted requisites
sort "kept/${driver##*/}" | diff wanted - >difference || failed "Nix says: $(cat difference)"
# Another object, in another launch of another box, comes beside it.
ln -s "$unrelated" unrelated
use '{ "bind": "/scratch/unrelated", "closure": true }' "$files"
has "$unrelated"
asked 1
keeps kept "$driver" "$unrelated"
served_enough
mv "$NIX_STATE_DIR" /scratch/nix-away
has "$unrelated"
use "$grant" "$files"
check_box
asked 0
# The control: nothing is kept, and nobody answers.
mv kept kept.away
refuses_launch 'no answer from the Nix daemon' box directory
mv kept.away kept
mv /scratch/nix-away "$NIX_STATE_DIR"

# Written ahead by hand, for a path that leads there; then a launch needs nobody either.
serve_nix
rm -rf kept
"$CLOSUREBOX" closure --closure-program "$CLOSURE" --output /scratch/kept /scratch/opengl-driver \
	>printed 2>said || failed "closurebox closure: $(cat said)"
sort printed | sed '/^$/d' | diff requisites - >difference || failed "it prints $(cat difference)"
served_enough
keeps kept "$driver"
: >asked
check_box
asked 0

# The database alone, as the daemon has left it; and the daemon is started again.
: >asked
rm -rf kept
if [ -n "$CLOSURE_SQLITE" ]; then
	check_box
	asked 1
	keeps kept "$driver"
else
	refuses_launch 'no answer from the Nix daemon' box directory
	echo 'built without SQLite: the database is not read'
	: >asked
fi
rm -rf kept
serve_nix
check_box
# One that it does not have, and one that it gets while it runs.
late=$(path_of late)
mkdir "$late"
echo late >"$late/name"
ln -s "$late" late
use '{ "bind": "/scratch/late", "closure": true }' "$files"
refuses_launch "$late: nobody knows its closure" box directory
refers "$late" "$driver"
nix_registers
# shellcheck disable=SC2086
has $all "$late"
keeps kept "$driver" "$late"

# An ordinary user, whose own state directory it is.
if [ "$WORLD" = 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups true 2>said; then
	as_user() {
		setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
			--bounding-set=-all "$@"
	}
	mkdir -m 700 nobody
	chown 65534:65534 nobody
	chmod 666 asked
	HOME=/scratch/nobody
	use "$grant"
	: >asked
	check_box
	asked 1
	check_box
	asked 0
	closures=$HOME/.local/state/closurebox/closures
	keeps $closures "$driver"
	equal 65534 "$(stat -c %u "$closures/${driver##*/}")" 'whose the file is'
	# What root has kept is as good; what the user has is not good for root.
	rm -rf nobody/.local
	use "$grant" "$files"
	rm -rf kept
	mkdir -m 755 kept
	write_closures kept "$driver"
	check_box
	asked 0
	chown 65534 "kept/${driver##*/}"
	check_box
	asked 0
	as_user() {
		"$@"
	}
	check_box
	asked 1
	check_box
	asked 0
	equal 0 "$(stat -c %u "kept/${driver##*/}")" 'who has replaced it'
	# Root leaves nothing in a directory of the user's.
	use "$grant"
	mkdir -p nobody/.local/state/closurebox/closures
	chown -R 65534 nobody/.local
	check_box
	equal '' "$(ls -A nobody/.local/state/closurebox/closures)" 'what root has left'
	HOME=/scratch/home
fi
served_enough

# A store elsewhere: its daemon is where that store has its state.
moved=/scratch/elsewhere/store
mkdir -p "$moved"
# shellcheck disable=SC2086
cp -a $all "$program" "$moved"
sed "s|$store/|$moved/|g" references >references.moved
mv references.moved references
store=$moved
driver=$moved/${driver##*/}
nix_begins
awk '{
	printf "%s\nsha256:%064d\n4096\n\n%d\n", $1, 0, NF - 1
	for (i = 2; i <= NF; i++)
		print $i
}' references >registration
nix-store --load-db <registration
serve_nix
ln -sfn "$driver" opengl-driver
echo "$moved/${program##*/}

0" >moved-graph
echo "{ \"closurebox\": 1, \"filesystem\": [ $grant ], $files }" >moved.json
"$CLOSUREBOX" compile --graph moved-graph --program "$moved/${program##*/}/bin/probe" \
	--policy moved.json --stub "$STUB" --closure-program "$helper" -o moved
launcher=/scratch/moved
prints driver box read /scratch/opengl-driver/name
closure_of "$driver" | sed 's|.*/||' | sort >wanted
echo "${program##*/}" | sort -m - wanted >both
prints "$(cat both)" box listing "$moved"
wanted="--store-dir $moved --nix-state /scratch/elsewhere/var/nix --partial --keep /scratch/kept"
equal "$wanted $driver" "$(tail -n 1 asked)" 'what the helper was asked'
# Its state may be elsewhere too.
served_enough
rm -rf kept
mv /scratch/elsewhere/var/nix /scratch/state-of-nix
NIX_STATE_DIR=/scratch/state-of-nix
refuses_launch 'no answer from the Nix daemon' box directory
serve_nix
"$CLOSUREBOX" compile --graph moved-graph --program "$moved/${program##*/}/bin/probe" \
	--policy moved.json --stub "$STUB" --closure-program "$helper" \
	--nix-state-dir /scratch/state-of-nix -o moved
prints driver box read /scratch/opengl-driver/name
