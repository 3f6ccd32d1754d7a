#!/bin/sh
# Links in a directory that the box may write to lead no launch out of the box (CVE-2026-87766).
set -eu
. "$srcdir/tests/live/lib.sh"

mkdir shared victim source
echo text >source/file
victim_has_nothing() { # AFTER-WHAT
	[ -z "$(ls -A victim)" ] || failed "$1: made on the host: $(ls -A victim)"
	[ ! -e /closurebox-live ] || failed "$1: made in the host's root"
	rm -rf victim/*
}

# What a program in an earlier box may have left there, and what the policy then puts below.
shared='{ "bind": "/scratch/shared", "access": "read-write" }'
below=/scratch/shared/link/closurebox-live
for target in /scratch/victim /oldroot/scratch/victim /../scratch/victim \
	../../../../../../scratch/victim ../victim /proc/self/root/scratch/victim \
	/proc/self/cwd/victim /proc/1/root/scratch/victim /proc/self/fd/3/scratch/victim / /..; do
	ln -s "$target" shared/link
	for grant in "{ \"directory\": \"$below\" }" \
		"{ \"file\": \"$below\", \"text\": \"x\" }" \
		"{ \"symlink\": \"$below\", \"target\": \"/x\" }" \
		"{ \"tmpfs\": \"$below\" }" \
		"{ \"bind\": \"/scratch/source\", \"to\": \"$below\" }" \
		"{ \"bind\": \"/scratch/source/file\", \"to\": \"$below\" }" \
		"{ \"directory\": \"$below/deep/er\" }"; do
		use "$shared, $grant"
		code=0
		box listing /scratch/shared >said 2>&1 || code=$?
		[ $code = 0 ] || [ $code = 125 ] ||
			failed "$target, $grant ended with $code: $(cat said)"
		victim_has_nothing "$target, $grant"
		equal link "$(ls -A shared)" "$target, $grant: in the shared directory"
	done
	# The control: a launch that followed it would land there.
	case $target in
	/scratch/victim | ../victim | /../scratch/victim | ../../*)
		works outside create "$below"
		[ -e victim/closurebox-live ] ||
			failed "no control: $target does not lead to the victim"
		rm victim/closurebox-live
		;;
	esac
	rm shared/link
done

# The last component is a link itself.
for target in /scratch/victim/new ../victim/new /oldroot/scratch/victim/new; do
	ln -s $target shared/last
	for grant in '{ "directory": "/scratch/shared/last" }' \
		'{ "file": "/scratch/shared/last", "text": "x" }' \
		'{ "tmpfs": "/scratch/shared/last" }' \
		'{ "bind": "/scratch/source", "to": "/scratch/shared/last" }'; do
		use "$shared, $grant"
		dies /scratch/shared/last box directory
		victim_has_nothing "$target, $grant"
	done
	rm shared/last
done

# Nor do they lead to where the closure is.
for target in /nix /nix/store ../../nix/store "$program/etc" "$plain"; do
	ln -s $target shared/last
	for inner in '' /store "/store/${program##*/}/etc"; do
		use "$shared, { \"bind\": \"/scratch/source\",
			\"to\": \"/scratch/shared/last$inner\" }"
		code=0
		box listing "$program/etc" >said 2>&1 || code=$?
		case $code in
		0) equal text "$(cat said)" "$target$inner: what the closure has" ;;
		125) ;;
		*) failed "$target$inner ended with $code: $(cat said)" ;;
		esac
	done
	rm shared/last
	rm -rf shared/*
done
ln -s /nix shared/last
use "$shared, { \"bind\": \"/scratch/source\", \"to\": \"/scratch/shared/last/store\" }"
dies 'would hide the closure' box directory
rm shared/last

# Masking and protecting through such a link touch nothing but the box.
ln -s ../victim shared/link
use "$shared, { \"mask\": \"/scratch/shared/link\", \"optional\": true }"
works box directory
works outside create /scratch/victim/new
rm victim/new
use "$shared, { \"protect\": \"/scratch/shared/link\" }"
dies /scratch/shared/link box directory

# A directory that was replaced by a link between two launches
rm shared/link
mkdir shared/point
use "$shared, { \"directory\": \"/scratch/shared/point/inner\" }"
works box directory
rm -r shared/point
ln -s ../victim shared/point
code=0
box directory >said 2>&1 || code=$?
victim_has_nothing 'a directory replaced by a link'

# One who replaces it while the box starts has no better luck; one who starts without care meets it.
rm shared/point
mkdir shared/swap
ln -s ../victim shared/other
use "$shared, { \"directory\": \"/scratch/shared/swap/made\" }"
background "$PROBE" exchange shared/swap shared/other
tries=0
until [ -e victim/control ] || [ $tries = 1000 ]; do
	tries=$((tries + 1))
	mkdir -p shared/swap/control
done
[ -e victim/control ] || echo 'no control: the exchange was never met'
rm -rf victim/control
for _ in $(seq 50); do
	box directory >said 2>&1 || :
	victim_has_nothing 'a directory exchanged with a link'
	rmdir shared/swap/made shared/other/made 2>/dev/null || :
done
stop
