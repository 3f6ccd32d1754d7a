#!/bin/sh
# The program inherits descriptors 0 to 2, usable and harmless, and of others what the policy names;
# no directory and no path in any case.
set -eu
. "$srcdir/tests/live/lib.sh"

use
all_open() { # PROGRAM...: with 3 to 300 open on sockets, files, directories and paths in turn
	as_user "$PROBE" with-descriptors 300 /etc/passwd "$@" <input
}
echo input >input
works all_open "$PROBE" descriptors
[ "$(wc -l <said)" -ge 301 ] || failed "not all are open outside: $(cat said)"
works all_open "$launcher" descriptors
equal '0 1 2' "$(cut -d' ' -f1 said | tr '\n' ' ' | sed 's/ $//')" 'descriptors inside'
works all_open "$launcher" listing /proc/self/fd
equal '0 1 2 3' "$(tr '\n' ' ' <said | sed 's/ $//')" '/proc/self/fd (3 lists it)'

# Those of a list that are open; of all of them the files and sockets. 5 is a directory, 6 a path.
inside() { # DESCRIPTORS
	works all_open "$launcher" descriptors
	equal "$1" "$(cut -d' ' -f1 said | tr '\n' ' ' | sed 's/ $//')" 'descriptors inside'
}
use '' '"descriptors": [4, 5, 6, 7, 8, 100, 299, 400]'
inside '0 1 2 4 7 8 100 299'
use '' '"descriptors": [3]'
inside '0 1 2 3'
use '' '"descriptors": "inherit"'
inside "0 1 2 $(seq 3 300 | awk '$1 % 4 == 3 || $1 % 4 == 0' | tr '\n' ' ' | sed 's/ $//')"
works as_user "$PROBE" with-descriptors 300 /etc/passwd "$PROBE" kind /proc/self/fd/5/etc
refused ENOENT all_open "$launcher" kind /proc/self/fd/5/etc
refused ENOENT all_open "$launcher" kind /proc/self/fd/6
use

# Closed ones become /dev/null, so that no other file takes their place.
for number in 0 1 2; do
	closed() {
		as_user "$PROBE" with-descriptor $number closed - "$@" </etc/passwd
	}
	case $number in
	1) closed "$launcher" exec "$program/bin/probe" kind /proc/self/fd/1 >/scratch/out ;;
	*)
		matches "$number character 0666 1:3" closed "$launcher" descriptors
		refused ENOENT closed "$PROBE" write /proc/self/fd/$number
		;;
	esac
done

# A directory or a path on 0 to 2 leads out of the box.
for number in 0 1 2; do
	for kind in directory path; do
		for path in / "$HOME"; do
			code=0
			as_user "$PROBE" with-descriptor $number $kind $path "$launcher" \
				directory >out 2>err || code=$?
			equal 125 $code "$kind on $number"
			[ $number = 2 ] || grep -q 'lead out of the box' err ||
				failed "$kind on $number said: $(cat err)"
		done
		works as_user "$PROBE" with-descriptor 0 $kind / "$PROBE" descriptors
	done
	works as_user "$PROBE" with-descriptor 0 socket - "$launcher" descriptors
	works as_user "$PROBE" with-descriptor 0 file /etc/passwd "$launcher" descriptors
done

# Once the box is there, /proc/self/fd leads to nothing else of the host.
works box readlink /proc/self/root
equal / "$(cat said)" '/proc/self/root'
refused ENOENT box listing /proc/self/fd/3/
