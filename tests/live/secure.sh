#!/bin/sh
# A launcher that gives its user more than the user has is not started.
set -eu
. "$(dirname "$0")/actor.sh"

as_nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
[ "$(id -u)" = 0 ] || skip 'only root can give rights to a file'
$as_nobody true 2>/dev/null || skip 'this root cannot become another user'

compile "$work/launcher"
# The compiler makes none, whatever was there before and whatever mask it is called with.
[ "$(stat -c %A "$work/launcher" | tr -d 'rwx-')" = '' ] || fail 'the compiler gives rights'
cp "$work/launcher" "$work/old"
chmod 6777 "$work/old"
(umask 0 && compile "$work/old")
case $(stat -c %a "$work/old") in
[0-7][0-7][0-7]) ;;
*) fail "a launcher written over a set-uid file has mode $(stat -c %a "$work/old")" ;;
esac
said="a launcher must not be set-uid, set-gid or have file capabilities"
for mode in 4555 2555 6555; do
	cp "$work/launcher" "$work/copy"
	chmod $mode "$work/copy"
	refused 125 "$said" $as_nobody "$work/copy"
	# The control: it is not the file, but what it would give.
	ends 0 "$work/copy"
	chmod 555 "$work/copy"
	ends 0 $as_nobody "$work/copy"
done

if command -v setcap >/dev/null && setcap cap_net_raw+ep "$work/copy"; then
	refused 125 "$said" $as_nobody "$work/copy"
	setcap -r "$work/copy"
	ends 0 $as_nobody "$work/copy"
fi
