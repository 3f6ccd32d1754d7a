#!/bin/sh
# What a launch has found is kept from Nix's collector as long as the box runs. What the collector
# was faster with, between the lookup and the box, is told as an error.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

[ ! -d /nix/real ] || skip 'the tools here come from a store that would be collected'
nix_begins
helper_is /scratch/answer
lib=$(object lib)
names='bound linked listed' objects=
for name in $names; do
	made=$(object $name "$lib")
	objects="$objects $made"
	ln -s "$made" $name
done
collect() {
	nix-store --gc >collected 2>&1 || failed "nix-store --gc: $(cat collected)"
}
# What was collected before is there again.
restore() {
	for made in $objects "$lib" "$(path_of unrelated)"; do
		[ -d "$made" ] && continue
		mkdir "$made"
		echo "$(name_of "$made")" >"$made/name"
		chmod 0555 "$made"
	done
	nix_registers
	mkdir -p "$NIX_STATE_DIR/gcroots"
	for made in "$program" "$plain" "$link" "$dangling" "$tool" "$way_out" "$outsider"
	do
		ln -sfn "$made" "$NIX_STATE_DIR/gcroots/${made##*/}"
	done
}
refers "$(path_of unrelated)"
gone() { # OBJECT...
	for made; do
		[ ! -e "$made" ] || failed "still there: $made"
	done
}

# While the box runs it is all there, what it found by each way and what that needs; other things
# are collected meanwhile. When it has ended they are, too.
mkdir shared
grants='{ "bind": "/scratch/bound", "closure": true }, { "links": "/scratch/linked" },
	{ "bind": "/scratch/shared", "access": "read-write" }'
lives() { # COMMAND...: starts the box with it before
	restore
	rm -f shared/*
	XDG_DATA_DIRS=/scratch/listed:/scratch/missing
	export XDG_DATA_DIRS
	background "$@" "$launcher" create /scratch/shared/started -- \
		await /scratch/shared/go -- read /scratch/bound/name -- \
		read /scratch/linked/name -- read /scratch/listed/name -- read "$lib/name"
	unset XDG_DATA_DIRS
	works "$PROBE" await /scratch/shared/started
	collect
	gone "$(path_of unrelated)"
	for made in $objects "$lib"; do
		[ -e "$made/name" ] || failed "collected while the box runs: $made"
	done
	touch shared/go
	wait "$running" || failed "the box ended with $?: $(cat background.said)"
	running=
	equal "$(printf '%s\n' $names lib)" "$(cat background.said)" 'what the box has read'
	collect
	# shellcheck disable=SC2086
	gone $objects "$lib"
}
variables='"path-variables": ["XDG_DATA_DIRS"]'
use "$grants" "$files, $variables"
lives
asked 1
# By closure files, without anybody being asked.
write_closures files $objects
lives
asked 0
rm files/*
# Without an init, and with the other ways to have a store.
use "$grants" "$files, $variables, \"share\": [\"pid\"]"
lives
use "$grants" "$files, $variables, \"store\": \"whole\""
lives
if [ "$(landlock_abi)" -ge 3 ]; then
	use "$grants" "$files, $variables, \"store\": \"landlock\""
	lives
	use "$grants" "$files, $variables, \"store\": \"landlock\", \"namespaces\": \"optional\""
	lives
	lives unshare --user --map-current-user --keep-caps --mount sh -euc '
		echo 0 >/proc/sys/user/max_user_namespaces
		exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' sh
else
	echo "this kernel's Landlock is ABI $(landlock_abi)"
fi

# The program without an init is told what it holds; others have nothing more in their environment.
restore
use "$grants" "$files, $variables, \"share\": [\"pid\"]"
works box environment
equal "$(path_of bound)
$(path_of linked)" "$(sed -n 's/^CLOSUREBOX_ROOTS=//p' said | tr ' :' '\n\n' | sort -t - -k 2)" \
	'what the program without an init holds'
use "$grants" "$files, $variables"
works box environment
! grep CLOSUREBOX_ROOTS said || failed 'CLOSUREBOX_ROOTS with an init'

# An object that is gone although a closure file has it: an error, which says which.
write_closures files $objects
mv "$(path_of bound)" away
dies 'closure /scratch/bound: ' box directory
mv away "$(path_of bound)"
works box directory
mv "$lib" away
dies 'the store has lost it' box directory
mv away "$lib"
rm files/*

# Gone while the launcher asks for its closure: likewise.
cat >answer-slowly <<end
#!/bin/sh
/scratch/answer "\$@"
mv $lib $store/away
end
chmod 755 answer-slowly
helper_is /scratch/answer-slowly
dies 'the store has lost it' box directory
mv "$store/away" "$lib"
helper_is /scratch/answer
works box directory
# What the bind leads to is another thing than what was asked for.
cat >answer-other <<end
#!/bin/sh
/scratch/answer "\$@"
ln -sfn $(path_of listed) /scratch/bound
end
chmod 755 answer-other
helper_is /scratch/answer-other
use '{ "bind": "/scratch/bound", "closure": true }' "$files"
dies 'changed while the box was made; start it again' box directory
helper_is /scratch/answer
prints listed box read /scratch/bound/name
