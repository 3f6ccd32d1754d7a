#!/bin/sh
# A closure that no file has is asked for, once: of a daemon, whatever it does, or of the database.
# What comes of it is the right box, or one line that says why there is none.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

helper_is "$CLOSURE"
lib=$(object lib)
other=$(object other "$lib")
root=$(object root "$lib" "$other")
unrelated=$(object unrelated)
ln -s "$root" way
use '{ "bind": "/scratch/way", "closure": true }' "$files"

# Nobody is there.
no_answer='no answer from the Nix daemon'
refuses_launch "$no_answer" box directory
refuses_launch /nix/var/nix/daemon-socket/socket box directory
asked 2
# A daemon: the first launch asks, the next needs nobody.
serve_script daemon right
has "$root" "$lib" "$other"
asked 1
keeps kept "$root"
case $(stat -c %a kept) in
700 | 755) ;;
*) failed "the mode of the directory is $(stat -c %a kept)" ;;
esac
has "$root" "$lib" "$other"
lacks "$unrelated"
asked 0
equal 1 "$(wc -l <served)" 'clients of the daemon'
served_enough
rm -r /nix/var
has "$root" "$lib" "$other"
prints root box read /scratch/way/name
asked 0
# The control: it is the file that is needed.
mv "kept/${root##*/}" away
refuses_launch "$no_answer" box directory
mv away "kept/${root##*/}"
has "$root" "$lib" "$other"
asked 1

# A wrong file where it would be kept is replaced by a right one.
serve_script daemon right
chmod u+w "kept/${root##*/}"
printf '%s\n' "$root" /etc/passwd >"kept/${root##*/}"
has "$root" "$lib" "$other"
asked 1
keeps kept "$root"
has "$root" "$lib" "$other"
asked 0
rm "kept/${root##*/}"
printf '%s\n' "$root" "$unrelated" >"kept/${root##*/}"
chmod 666 "kept/${root##*/}"
has "$root" "$lib" "$other"
asked 1
keeps kept "$root"
rm "kept/${root##*/}"
ln -s /scratch/victim "kept/${root##*/}"
has "$root" "$lib" "$other"
keeps kept "$root"
[ ! -e victim ] || failed 'a link led out of where closures are kept'
asked 1

# Where nothing can be kept the answer is the same, each time.
rm -rf kept
echo file >kept
has "$root" "$lib" "$other"
has "$root" "$lib" "$other"
asked 2
rm kept

# Several launches at once, all of which ask and keep the same; one root, and two.
ln -s "$other" second
use '{ "bind": "/scratch/way", "closure": true }, { "bind": "/scratch/second", "closure": true }' \
	"$files"
for round in 1 2 3; do
	rm -rf kept
	pids=
	for i in 1 2 3 4 5 6 7 8; do
		as_user "$launcher" read /scratch/way/name -- read "$lib/name" -- \
			read /scratch/second/name >output-$i 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || failed "one of several launches ended with $?"
	done
	for i in 1 2 3 4 5 6 7 8; do
		equal 'root
lib
other' "$(cat output-$i)" "launch $i of round $round"
	done
	keeps kept "$root" "$other"
done
: >asked
has "$root" "$lib" "$other"
asked 0

# Every version of the protocol.
use '{ "bind": "/scratch/way", "closure": true }' '"closure-files": []'
for minor in 18 19 20 21 25 26 27 32 33 34 35 37 38; do
	serve_script daemon version-1.$minor
	has "$root" "$lib" "$other"
done

# A daemon that does everything wrong: an end, one line, no box. (Those that hang are in
# closure-time.sh.)
for how in garbage truncated closes refuses outside above inside lines huge endless-paths; do
	serve_script daemon $how
	refuses_launch 'look-up' box directory
	# Where the grant is optional there is a box, without it.
	launcher_required=$launcher
	use '{ "bind": "/scratch/way", "closure": true, "optional": true }' '"closure-files": []'
	has
	launcher=$launcher_required
done
# The control.
serve_script daemon right
has "$root" "$lib" "$other"

# It does not have it, which is said of each.
gone=$(path_of gone)
mkdir "$gone"
ln -s "$gone" unknown
use '{ "bind": "/scratch/unknown", "closure": true }' "$files"
refuses_launch "$gone" box directory
use '{ "bind": "/scratch/unknown", "closure": true, "optional": true },
	{ "bind": "/scratch/way", "closure": true }' "$files"
has "$root" "$lib" "$other"
refused ENOENT box listing /scratch/unknown
prints root box read /scratch/way/name
served_enough
rm -rf /nix/var kept

# The database, if this program reads one, with one who writes to it.
if [ -z "$CLOSURE_SQLITE" ]; then
	echo 'built without SQLite: nothing of the database is tested'
	exit
fi
last=$(object last "$root")
ln -s "$last" latest
serve_script database
use '{ "bind": "/scratch/latest", "closure": true }' "$files"
: >asked
has "$last" "$root" "$lib" "$other"
keeps kept "$last"
has "$last" "$root" "$lib" "$other"
asked 1
served_enough
# Nobody has it open any more; then it is gone.
rm -rf kept
has "$last" "$root" "$lib" "$other"
rm -rf kept
mv /nix/var/nix/db /nix/var/nix/db.away
refuses_launch "$no_answer" box directory
echo garbage >garbage
mkdir /nix/var/nix/db
cp garbage /nix/var/nix/db/db.sqlite
refuses_launch "$no_answer" box directory
