#!/bin/sh
# A closure file that anybody else could have written, or that is not what a closure file is, is as
# if it was not there: the next source is asked, and where there is none, nothing is started.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

lib=$(object lib)
root=$(object root "$lib")
evil=$(object evil)
base=${root##*/}
ln -s "$root" way
use '{ "bind": "/scratch/way", "closure": true }' '"closure-files": ["/scratch/files"]'
answer_is() { # right|nobody
	case $1 in
	right) helper_is /scratch/answer ;;
	nobody) helper_is false ;;
	esac
}

# What lies there leads to nothing; the file in order, in its place, does.
ignored() {
	answer_is right
	has "$root" "$lib"
	asked 1
}
wrong() { # WHAT
	failures_before=$failures
	ignored
	answer_is nobody
	nobody_knows box directory
	asked 1
	rm -rf "files/$base"
	[ "$WORLD" != 0 ] || chown 0 files
	chmod 755 files
	write_closures files "$root"
	has "$root" "$lib"
	asked 0
	[ $failures = "$failures_before" ] || echo "(this was: $1)"
}
write_closures files "$root"
has "$root" "$lib"
asked 0

# Without one.
rm "files/$base"
wrong 'no file'

# Others may write it, or the directory.
echo "$evil" >>"files/$base"
for mode in 664 646 666 602; do
	echo "$evil" >>"files/$base"
	chmod $mode "files/$base"
	wrong "mode $mode"
done
for mode in 775 757 777 1777; do
	echo "$evil" >>"files/$base"
	chmod $mode files
	wrong "directory of mode $mode"
done
# The control: their owner may, and what is in it counts.
chmod 700 files
echo "$evil" >>"files/$base"
chmod 600 "files/$base"
has "$root" "$lib" "$evil"
asked 0
chmod 755 files

# What is no file. A file in order is behind the links.
closure_of "$root" >elsewhere
for target in /scratch/elsewhere ../elsewhere "$base" /missing /dev/zero; do
	ln -sfn "$target" "files/$base"
	wrong "a link to $target"
done
for make in mkfifo mkdir; do
	rm "files/$base"
	$make "files/$base"
	wrong "$make"
done
rm "files/$base"
background "$PROBE" listen "unix:/scratch/files/$base" ready
works "$PROBE" await ready
wrong 'a socket'
stop
# A pipe with somebody who writes, and a device.
rm "files/$base"
mkfifo "files/$base"
closure_of "$root" | timeout 60 tee "files/$base" >/dev/null &
writer=$!
wrong 'a pipe with a writer'
kill $writer 2>/dev/null || :
if [ "$WORLD" = 0 ]; then
	rm "files/$base"
	if mknod "files/$base" c 1 5 2>/dev/null; then
		wrong 'a device'
	else
		write_closures files "$root"
		echo 'no device can be made here'
	fi
fi

# Of a user's who is neither root nor the caller. (An ordinary user cannot give files away; what
# root has, and what the user has, is followed.)
unreadable() {
	chmod 0 "files/$base"
	wrong 'unreadable'
}
if [ "$WORLD" = 0 ]; then
	echo "$evil" >>"files/$base"
	chown 65534 "files/$base"
	wrong "another user's"
	echo "$evil" >>"files/$base"
	chown 65534 files
	wrong "another user's directory" # (root may write there nevertheless)
	if setpriv --reuid 65534 --regid 65534 --clear-groups true 2>said; then
		chmod 666 asked
		as_user() {
			setpriv --reuid 65534 --regid 65534 --clear-groups \
				--inh-caps=-all --bounding-set=-all "$@"
		}
		has "$root" "$lib"
		asked 0
		chown 65534 "files/$base"
		has "$root" "$lib"
		chown 65534 files
		has "$root" "$lib"
		asked 0
		for owned in files "files/$base"; do
			echo "$evil" >>"files/$base"
			chown 1 $owned
			wrong "a third user's $owned"
		done
		unreadable
		as_user() {
			"$@"
		}
	else
		echo "root cannot become another user: $(cat said)"
	fi
else
	unreadable
fi

# What is in it. Each of these stands before what is right, and once more behind it.
also() { # TEXT: a line, without its end
	{
		printf '%b\n' "$1"
		cat elsewhere
	} >"files/$base"
	ignored
	{
		cat elsewhere
		printf '%b\n' "$1"
	} >"files/$base"
	wrong "$1"
}
hash=$(echo "${evil##*/}" | cut -c 1-32)
long=$(printf '%0211d' 0)
for line in '' /etc/passwd "/nix/stor/$hash-x" "/nix/store2/$hash-x" "/$hash-x" "$hash-x" \
	"$store" "$store/" "$store/." "$store/.." "$store/../../etc" "$store/$hash-.." \
	"$store/$hash-." "$store/$hash-.-x" "$store/$hash-../../../etc" "$evil/name" "$evil/" \
	"$evil/../../etc" "/nix/./store/${evil##*/}" "/nix//store/${evil##*/}" \
	"$store//${evil##*/}" "$store/$hash" "$store/$hash-" "$store/${hash}x" \
	"$store/${hash%?}-x" "$store/${hash}0-x" "$store/${hash%?}e-x" "$store/${hash%?}A-x" \
	"$store/.links" " $evil" "$evil " "$evil\\t" "$evil\\r" "$evil\\001" "$evil\\033[m" \
	"$evil\\177" "$evil\\303\\244" "$evil\\000" "\\000" "$evil:x" "$evil\\\\x" "$evil,$evil" \
	"$store/$hash-$long$long" "$store/$hash-0$long" '#' '$HOME'; do
	also "$line"
done
# The control: a path in order, and one as long as can be.
mkdir "$store/$hash-$long"
for line in "$evil" "$store/$hash-$long"; do
	{
		echo "$line"
		closure_of "$root"
	} >"files/$base"
	has "$root" "$lib" "$line"
done
asked 0

# Empty, without its end, without the root, of another store's root.
: >"files/$base"
wrong empty
printf '\n' >"files/$base"
wrong 'an empty line'
printf '%s\n%s' "$lib" "$root" >"files/$base"
wrong 'no final newline'
printf '%s\n' "$lib" >"files/$base"
wrong 'without the root'
printf '%s\n' "$lib" "${root%?}" "${root}x" >"files/$base"
wrong 'without the root, but alike'
sed "s|^$store|/scratch/store|" elsewhere >"files/$base"
wrong 'of another store'
printf '%s' "$root" >"files/$base"
wrong 'the root without a newline'
awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "x" }' >"files/$base"
wrong 'a line without end'
dd if=/dev/zero of="files/$base" bs=1M count=1 2>/dev/null
wrong 'zeros'
dd if=/dev/urandom of="files/$base" bs=1k count=64 2>/dev/null
wrong 'anything'

# Its bounds: 100000 lines, 16 MiB. The controls are as large as can be.
yes "$root" | head -n 100001 >"files/$base"
wrong 'too many lines'
yes "$root" | head -n 100000 >"files/$base"
has "$root"
asked 0
yes "$store/$hash-$long" | head -n 65535 >full
echo "$root" >>full
long_size=$(wc -c <full)
cat full >"files/$base"
has "$root" "$store/$hash-$long"
asked 0
[ "$long_size" -gt 16700000 ] || failed "no control: $long_size bytes"
yes "$store/$hash-$long" | head -n 2 >>"files/$base"
wrong 'too large'
truncate -s 1G "files/$base"
wrong 'much too large'

# In another directory that comes later there is one in order: that is the next source.
mkdir -m 755 later
write_closures later "$root"
use '{ "bind": "/scratch/way", "closure": true }' \
	'"closure-files": ["/scratch/files", "/scratch/later"]'
answer_is nobody
echo "$evil" >>"files/$base"
chmod 666 "files/$base"
has "$root" "$lib"
asked 0
chmod 644 "files/$base"
has "$root" "$lib" "$evil"

# What is no directory at all.
for way in missing file dangling; do
	rm -rf files
	case $way in
	missing) ;;
	file) echo "$root" >files ;;
	dangling) ln -s /missing files ;;
	esac
	has "$root" "$lib"
	asked 0
done
rm -f files
mkdir -m 755 files
write_closures files "$root"
echo "$evil" >>"files/$base"
has "$root" "$lib" "$evil"
asked 0

# Who has nobody to ask goes on without what is optional, whatever the memory had of the file that
# was wrong; another root's file, wrong too, is read where that was.
second=$(object second)
use '' '"closure-files": ["/scratch/files"], "path-variables": ["XDG_DATA_DIRS"]'
rm -f files/*
answer_is nobody
for text in "../../../scratch/made" "/scratch/made/zzz" "$store/../../scratch/made" '' x; do
	printf '%s\n%s\n\n' "$root" "$lib" >"files/$base"
	awk -v text="$text" -v size=$((${#root} + ${#lib} + 2)) 'BEGIN {
		for (i = 0; i < size; i += length(text) + 1)
			printf "%s%c", text, 0 }' >"files/${second##*/}"
	for list in "$root" "$root:$second" "$second:$root"; do
		XDG_DATA_DIRS=$list
		export XDG_DATA_DIRS
		has
		works box environment
		equal '' "$(grep ^XDG_DATA_DIRS said)" 'the variable'
	done
done
refused ENOENT outside kind /scratch/made
# The control.
write_closures files "$root" "$second"
has "$root" "$lib" "$second"
unset XDG_DATA_DIRS

# A directory by a path that is none is no directory: the others are asked, and nothing is kept.
long_name=$(printf '%0300d' 0)
very_long=$(printf '/%0200d' $(seq 25) | tr -d '\n')
use '{ "bind": "/scratch/way", "closure": true }' \
	'"closure-files": ["/scratch/files", "$XDG_STATE_HOME/closurebox/closures"]'
export XDG_STATE_HOME
for XDG_STATE_HOME in relative ./relative ../relative . /scratch/./relative /scratch/../scratch \
	"/$long_name" "$very_long" "$very_long$very_long"; do
	has "$root" "$lib"
	rm "files/$base"
	nobody_knows box directory
	answer_is right
	: >asked
	has "$root" "$lib"
	case $(cat asked) in
	*--keep\ [!/]*) failed "with $XDG_STATE_HOME the helper was asked: $(cat asked)" ;;
	esac
	answer_is nobody
	write_closures files "$root"
done
unset XDG_STATE_HOME

# Root goes through no link on the way to them, which could be a user's; users go where theirs lead.
use '{ "bind": "/scratch/way", "closure": true }' '"closure-files": ["/scratch/links/closures"]'
mkdir -m 755 real links
mv files real/closures
rm -rf links
for way in 'real links' '../real/closures links/closures'; do
	[ "${way% *}" = real ] || mkdir links
	# shellcheck disable=SC2086
	ln -s $way
	echo "$evil" >>"real/closures/$base"
	case $WORLD in
	0)
		answer_is right
		has "$root" "$lib"
		;;
	*)
		answer_is nobody
		has "$root" "$lib" "$evil"
		;;
	esac
	rm -r links
	write_closures real/closures "$root"
done
# The control.
mkdir -m 755 links
mv real/closures links/closures
echo "$evil" >>"links/closures/$base"
answer_is nobody
has "$root" "$lib" "$evil"
