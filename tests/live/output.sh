#!/bin/sh
# The compiler writes the same bytes for the same inputs, and the whole launcher or nothing.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
mkdir one two
(umask 077 && compile one/launcher)
(umask 0 && cd two && TZ=UTC+5 LC_ALL=C.UTF-8 HOME=/elsewhere compile "$work/two/launcher")
cmp one/launcher two/launcher || fail 'the same inputs give other bytes'
[ "$(stat -c %a one/launcher two/launcher | uniq)" = 555 ] || fail 'the mode is not 0555'

# It replaces a launcher at once, also one that runs; whoever has the old one open keeps it.
exec 3<one/launcher
one/launcher wait >ready &
waiting=$!
soon grep -q ready ready
compile one/launcher --entry other=$program
cmp -s one/launcher two/launcher && fail 'the launcher was not replaced'
cmp - two/launcher <&3 || fail 'the old launcher has changed'
exec 3<&-
ln -s launcher one/other
ends 0 one/other
kill $waiting
wait $waiting || :

# Failures leave what was there, and nothing beside it.
cp one/launcher kept
unchanged() { # STATUS TEXT DIRECTORY COMMAND...
	unchanged_status=$1 unchanged_text=$2 unchanged_directory=$3
	shift 3
	ls -lAR --time-style=full-iso "$unchanged_directory" >before
	run "$@"
	[ "$status" = "$unchanged_status" ] || fail "'$*' ended with $status"
	grep -qF -e "$unchanged_text" err || fail "'$*' does not say '$unchanged_text'"
	[ "$(grep -c error: err)" = 1 ] || fail "'$*' does not say one error"
	ls -lAR --time-style=full-iso "$unchanged_directory" | cmp before - ||
		fail "'$*' changes its directory"
}
write() { # STUB OUTPUT
	echo "$CLOSUREBOX" compile --graph graph --program $program --stub "$1" -o "$2"
}
# shellcheck disable=SC2046 # words of a command
{
	unchanged 1 "cannot read the stub 'missing': No such file" one $(write missing one/launcher)
	: >empty
	unchanged 1 "'empty' cannot be used as a stub" one $(write empty one/launcher)
	unchanged 1 "'graph' cannot be used as a stub" one $(write graph one/launcher)
	unchanged 1 'is it a launcher already?' one $(write kept one/launcher)
	unchanged 1 'cannot be used as a stub' one $(write /proc/self/exe one/launcher)
	head -c 5000 "$STUB" >short
	unchanged 1 "'short' cannot be used as a stub" one $(write short one/launcher)
	unchanged 3 "cannot write 'one/none/launcher': No such file" one \
		$(write "$STUB" one/none/launcher)
	mkdir one/directory
	mkfifo one/pipe
	ln -s launcher one/link
	for other in directory pipe link; do
		unchanged 3 "cannot write 'one/$other': it exists and is not a regular file" one \
			$(write "$STUB" one/$other)
	done
	unchanged 1 'is not a file' one "$CLOSUREBOX" compile --graph graph \
		--program "${program%/*}" -o one/launcher
	chmod 555 one
	if [ ! -w one ]; then
		unchanged 3 "cannot write 'one/launcher': Permission denied" one \
			$(write "$STUB" one/launcher)
	fi
	chmod 755 one
}
cmp kept one/launcher || fail 'a failure changes the launcher'

# What contradicts itself on the command line is not half of it done.
contradicts() { # TEXT ARGUMENT...
	contradicts_text=$1
	shift
	run "$CLOSUREBOX" compile --graph graph "$@"
	[ "$status" = 2 ] && grep -qF -e "$contradicts_text" err ||
		fail "'$*' ended with $status, not for '$contradicts_text'"
}
contradicts '--program is given twice' --program $program --program $program/x -o one/never
contradicts '-o is given twice' --program $program -o one/never -o one/again
contradicts 'each name once' --entry a=$program --entry a=$program/x -o one/never
[ ! -e one/never ] && [ ! -e one/again ] || fail 'a contradiction was compiled'

# Links to it take the place of files and links, and change nothing that has another name.
mkdir links links/directory links/closed
mkfifo links/pipe
entries="--entry file=$program --entry link=$program --entry new=$program"
entries="$entries --entry directory=$program --entry pipe=$program --entry launcher=$program"
link() { # LINK...: the command
	echo "$CLOSUREBOX" compile --graph graph --stub "$STUB" "$entries" -o links/launcher
	printf ' --link %s' "$@"
}
echo old >links/file
ln links/file kept-file
echo target >target
ln -s ../target links/link
# shellcheck disable=SC2046,SC2086
{
	works() {
		run "$@"
		[ "$status" = 0 ] && [ ! -s err ] || fail "'$*' ended with $status"
	}
	works $(link links/file links/link links/new)
	for name in file link new; do
		[ "$(readlink links/$name)" = launcher ] || fail "$name is no link to the launcher"
	done
	[ "$(cat kept-file)" = old ] || fail 'the file of another name has changed'
	[ "$(cat target)" = target ] || fail 'a link is written through'
	works $(link links/file links/link links/new links/new)
	[ "$(ls links | tr '\n' ' ')" = 'closed directory file launcher link new pipe ' ] ||
		fail 'something is left beside the links'

	# What cannot be one is said before anything is written; only the launcher is made first.
	for other in directory pipe; do
		unchanged 3 "cannot write 'links/$other': it exists and is neither" links \
			$(link links/new links/$other)
	done
	unchanged 1 'is not a file' links "$CLOSUREBOX" compile --graph graph \
		--entry new="${program%/*}" -o links/launcher --link links/new
	rm links/launcher links/link
	run $(link links/none/new links/link)
	[ "$status" = 3 ] && [ "$(cat err)" = \
		"closurebox: error: cannot write 'links/none/new': No such file or directory" ] ||
		fail 'a link that cannot be made is not named'
	[ -f links/launcher ] && [ ! -L links/link ] || fail 'more or less is made than should be'
	chmod 555 links/closed
	if [ ! -w links/closed ]; then
		unchanged 3 "cannot write 'links/closed/new': Permission denied" links/closed \
			$(link links/closed/new)
	fi
	chmod 755 links/closed
}
kept=$(ls -lAR --time-style=full-iso links)
ln -s links same
# shellcheck disable=SC2086
for other in links/launcher ./links/launcher same/launcher; do
	contradicts '--link would replace the launcher' $entries -o links/launcher --link $other
done
# shellcheck disable=SC2086
for other in links/other links/new/ links/.; do
	contradicts "--link takes a file with the name of an --entry, not '$other'" $entries \
		-o links/launcher --link $other
done
contradicts '--link takes a file' --program $program -o links/launcher --link links/actor
# shellcheck disable=SC2086
contradicts '--link needs -o' $entries --dump resolve --link links/new
[ "$kept" = "$(ls -lAR --time-style=full-iso links)" ] || fail 'a contradiction was carried out'

# Without --stub it takes that of the build or installation that it is in.
for place in runtime/stub libexec/closurebox/stub; do
	mkdir -p moved/bin "moved/bin/${place%/*}" "moved/${place%/*}"
	cp "$CLOSUREBOX" moved/bin/closurebox
	case $place in
	runtime/*) cp "$STUB" moved/bin/$place ;;
	*) cp "$STUB" moved/$place ;;
	esac
	moved/bin/closurebox compile --graph graph --program $program -o moved/launcher
	cmp moved/launcher two/launcher || fail "$place beside the compiler is not taken"
	rm -r moved
done

# No space, for the copy of the stub or for what is added to it.
mkdir full
cat >in-full <<'script'
mount -t tmpfs -o "size=$1" full full
shift
echo old >full/launcher
status=0
"$@" || status=$?
[ "$(ls -A full)" = launcher ] || ls -A full
[ "$(cat full/launcher)" = old ] || echo 'the launcher has changed'
exit $status
script
for space in 16k $((($(stat -c %s "$STUB") / 4096 + 2) * 4))k; do
	# shellcheck disable=SC2046
	run unshare --user --map-root-user --mount sh -eu in-full $space \
		$(write "$STUB" full/launcher)
	[ $status = 3 ] && [ ! -s out ] || fail "with $space something is left"
	grep -q 'No space left on device' err || fail "with $space the message does not say why"
done
