#!/bin/sh
# A launcher starts whatever is done to its file and however it is started.
set -eu
. "$(dirname "$0")/actor.sh"

works() { # COMMAND...
	ends 0 "$@"
	said "started as $program"
}

compile "$work/launcher"
works "$work/launcher"
cd "$work"
works ./launcher
mkdir away
cp launcher away/copy
works away/copy
mv away/copy away/renamed
works "$work/away/../away/renamed"
ln launcher away/hard
works away/hard
ln -s "$work/launcher" away/link
works away/link
(PATH=$work/away:$PATH && works link)
works "$ACTOR" descriptor "$work/launcher"
works "$ACTOR" memory "$work/launcher"
works "$ACTOR" nameless "$work/launcher"
works env -i "$work/launcher"
works sh -c 'exec "$0" <&- ' "$work/launcher"

# From a directory that can be passed but not read, and one that cannot be written.
mkdir passed
cp launcher passed
chmod 111 passed
works passed/launcher
works unshare --user --map-root-user --mount sh -euc '
	mount --bind "$0/away" "$0/away"
	mount -o remount,bind,ro "$0/away"
	! touch "$0/away/x" 2>/dev/null
	exec "$0/away/renamed"' "$work"

# From where there is nothing any more.
mkdir gone
works sh -c 'cd gone && rmdir ../gone && exec "$0"' "$work/launcher"
chmod 755 passed

# What strip and readelf make of it.
"$CLOSUREBOX" inspect launcher >plan
"$CLOSUREBOX" inspect --policy launcher >policy
for stripping in '-S -p' -s; do
	cp launcher stripped
	chmod 755 stripped
	# shellcheck disable=SC2086
	strip $stripping stripped
	works ./stripped
	readelf -aW stripped >elf 2>&1
	! grep -iE 'warning|error' elf || fail "readelf complains after strip $stripping"
	grep -q ' \.closurebox ' elf || fail "strip $stripping took the section"
	"$CLOSUREBOX" inspect stripped | cmp - plan || fail "strip $stripping changes the plan"
	"$CLOSUREBOX" inspect --policy stripped | cmp - policy ||
		fail "strip $stripping changes the policy"
done
readelf -aW launcher >elf 2>&1
! grep -iE 'warning|error' elf || fail 'readelf complains'

# The kernel guards what its user must not read: such a process may not map ids.
chmod 111 launcher
if [ ! -r launcher ]; then
	refused 125 'the file of the launcher must be readable' ./launcher
else
	works ./launcher
fi
chmod 555 launcher

# Without /proc.
refused 125 '/proc' unshare --user --map-root-user --mount sh -euc '
	mount -t tmpfs none /proc
	exec "$0"' "$work/launcher"
