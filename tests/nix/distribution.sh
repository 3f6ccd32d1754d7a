#!/bin/sh
# Wrapping is a pure derivation: Nix's own remote builders make wrapped packages, binary caches hold
# them, and a copy of one is all it takes to run it elsewhere.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

fixture_set
closurebox_package

expressions() { # COMMAND ARGUMENT...: a Nix command on distribution.nix
	"$@" "$srcdir/tests/nix/distribution.nix" --argstr world "$world" \
		--arg store "$store" --argstr built "$closurebox"
}
nix() {
	command nix --extra-experimental-features nix-command "$@"
}

# Chroot stores, whose objects cannot be removed without this.
remove_stores() {
	for directory in "$work"/*/builder "$work"/*/elsewhere; do
		chmod -R u+w "$directory" 2>/dev/null || true
	done
	rm -rf "$work"
}
trap remove_stores EXIT

# Is all that Nix knows of PATH's closure here the same there, and are its files?
is_complete() { # STORE PATH
	nix-store -qR "$2" | sort >"$work/want"
	nix-store --store "$1" -qR "$2" | sort >"$work/got"
	diff "$work/want" "$work/got" || fail "$1 has not the closure of $2"
	while read -r object; do
		[ -e "$1$object" ] || [ -L "$1$object" ] || fail "$1 has no $object"
	done <"$work/got"
}

# Runs a program where STORE is the store: in a mount namespace where it takes the place of /nix.
run_at() { # STORE COMMAND...
	directory=$1
	shift
	# shellcheck disable=SC2016 # for that shell to expand
	unshare -m sh -c 'mount --rbind "$1/nix" /nix && shift && exec "$@"' sh "$directory" "$@"
}

# Another store as a builder; this machine builds nothing itself.
use_builder() {
	expressions nix-instantiate -A several >"$work/drvs" 2>"$work/build" ||
		fail "does not evaluate: $(tail -n 30 "$work/build")"
	# What earlier runs of this test have built here would not be built again.
	xargs nix-store -q --outputs <"$work/drvs" >"$work/old"
	xargs nix-store --delete <"$work/old" >/dev/null 2>&1 || true
	# shellcheck disable=SC2046 # store paths
	if nix-store --realise $(cat "$work/drvs") --max-jobs 0 --builders '' \
		>"$work/built" 2>&1; then
		fail "the control: without a builder nothing can be built"
	fi
	# shellcheck disable=SC2046 # store paths
	nix-store --realise $(cat "$work/drvs") --max-jobs 0 --builders-use-substitutes \
		--builders "$place/builder x86_64-linux - 2 1" >"$work/built" 2>"$work/build" ||
		fail "the builder: $(tail -n 30 "$work/build")"
	count=$(grep "^building .*-hello-.* on '$place/builder'" "$work/build" | sort -u | wc -l)
	[ "$count" = 6 ] || fail "$count of 6 were built by the builder: $(cat "$work/build")"
	sort -u "$work/built" | grep -v -- '-launcher$' >"$work/packages"
	while read -r path; do
		is_complete "$place/builder" "$path"
		"$path/bin/hello" >/dev/null || fail "what the builder made does not run here"
	done <"$work/packages"
	count=$(wc -l <"$work/packages")
	[ "$count" = 6 ] || fail "the builder made $count packages"
	echo "ok: $world: a builder made $count wrapped packages, which run here"
}

# A binary cache: a directory of archives. What another machine takes from it is all it needs.
use_cache() {
	expressions nix-build -A jq --no-out-link >"$work/jq" 2>"$work/build" ||
		fail "jq: $(tail -n 30 "$work/build")"
	jq=$(cat "$work/jq")
	nix copy --to "file://$place/cache" "$jq" 2>"$work/copy" || fail "$(cat "$work/copy")"
	nix copy --from "file://$place/cache" --to "$place/elsewhere" --no-check-sigs \
		"$jq" 2>"$work/copy" || fail "$(cat "$work/copy")"
	is_complete "$place/elsewhere" "$jq"
	# Only a namespace has a /nix of its own to try it in.
	if [ "$(id -u)" = 0 ]; then
		got=$(run_at "$place/elsewhere" "$jq/bin/jq" -n '[1, 2] | add') ||
			fail "jq elsewhere: $got"
		[ "$got" = 3 ] || fail "jq elsewhere: $got"
		# The control: that was the copy. Without one object of it nothing starts.
		library=$(grep -E -m 1 -- '-(libjq1|glibc)-[^/]*$' "$work/got")
		mv "$place/elsewhere$library" "$place/elsewhere$library-away"
		status=0
		run_at "$place/elsewhere" "$jq/bin/jq" -n 1 >"$work/said" 2>&1 || status=$?
		[ "$status" = 125 ] || fail "jq without $library: status $status"
		grep -qF "$library" "$work/said" || fail "jq: $(cat "$work/said")"
		echo "ok: $world: wrapped jq is copied with its closure, and runs with that"
	else
		echo "not root: what was copied was not run"
	fi
}

worlds="set"
! nix-instantiate --find-file nixpkgs >/dev/null 2>&1 || worlds="$worlds nixpkgs"
for world in $worlds; do
	place=$work/$world
	mkdir "$place"
	use_builder
	use_cache
done
