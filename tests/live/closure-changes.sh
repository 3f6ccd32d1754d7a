#!/bin/sh
# What changes while a box is made, and what earlier boxes have left: neither leads a launch, or
# what it writes, to another place.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

lib=$(object lib)
root=$(object root "$lib")
evil=$(object evil)

# The helper leads the path elsewhere before it answers: what is bound is what was looked up, or
# nothing is.
changes() { # TARGET
	printf '#!/bin/sh\nln -sfn %s /scratch/way\nexec /scratch/answer "$@"\n' "$1" >change
	chmod 755 change
	helper_is /scratch/change
}
mkdir secret first second
echo secret >secret/name
ln -s "$root" first/link
ln -s "$evil" second/link
changed='changed while the box was made; start it again'
for modes in "$files" "$files, \"store\": \"landlock\""; do
	[ "$modes" = "$files" ] || [ "$(landlock_abi)" -ge 3 ] || continue
	for from in "$root" first first/link; do
		for to in /scratch/secret /scratch/second "$evil" / /nix; do
			ln -sfn "$from" way
			changes "$to"
			use '{ "bind": "/scratch/way", "closure": true }' "$modes"
			dies "$changed" box read /scratch/way/name
			ln -sfn "$from" way
			use '{ "bind": "/scratch/way", "closure": true, "optional": true }' "$modes"
			works box directory
			ln -sfn "$from" way
			case $from in
			first) refused ENOENT box listing /scratch/way ;;
			*) prints root box read /scratch/way/name ;; # by the link as it was
			esac
		done
		# The control: to the same place by another way is no change.
		ln -sfn "$from" way
		changes "$from"
		use '{ "bind": "/scratch/way", "closure": true }' "$modes"
		works box listing /scratch/way
	done
done
helper_is /scratch/answer

# Links that a launch has left in a home that is kept are replaced when the host's lead on; whatever
# else is there stays.
variables='"path-variables": ["XDG_DATA_DIRS"]'
mkdir -p "$HOME/state"
use '' "$files, $variables, \"home\": \"private\""
XDG_DATA_DIRS=$HOME/state/profile
export XDG_DATA_DIRS
ln -s "$root" "$HOME/state/profile"
prints root box read "$HOME/state/profile/name"
prints "$root" box readlink "$HOME/state/profile"
ln -sfn "$lib" "$HOME/state/profile"
prints lib box read "$HOME/state/profile/name"
has "$lib"
for other in /mine "$root"; do
	works box remove "$HOME/state/profile" -- symlink "$other" "$HOME/state/profile"
	prints "$other" box readlink "$HOME/state/profile"
done
refused ENOENT box read "$HOME/state/profile/name"
works box remove "$HOME/state/profile" -- create "$HOME/state/profile" own
prints own box read "$HOME/state/profile"
works box remove "$HOME/state/profile"
prints lib box read "$HOME/state/profile/name"

# What a writable bind has is the user's: by another place in the box, so that it differs from the
# host's. Also links with the time that Nix gives to what is in a store.
mkdir data view
ln -s "$root" view/link
ln -s /mine data/link
touch -h -d @1 data/link
use '{ "bind": "/scratch/data", "to": "/scratch/view", "access": "read-write" }' \
	"$files, $variables"
XDG_DATA_DIRS=/scratch/view/link
prints /mine box readlink /scratch/view/link
equal /mine "$(readlink data/link)" "the user's link"
rm data/link
mkdir data/link
works box directory
[ -d data/link ] || failed "the user's directory is gone"
rmdir data/link
echo own >data/link
prints own box read /scratch/view/link
# The control: where there is nothing it is made.
rm data/link
prints root box read /scratch/view/link/name
equal "$root" "$(readlink data/link)" 'what is made'
rm data/link

# Links that a program has left on the way to such a place are not gone through: what is covered
# stays, and so does all that is elsewhere.
for cover in protect mask; do
	rm -rf docs "$HOME/.local" "$HOME/.local.old"
	mkdir -p docs/state/nix "$HOME/.local/state/nix"
	ln -s "$root" "$HOME/.local/state/nix/profile"
	ln -s /mine docs/state/nix/profile
	touch -h -d @1 docs/state/nix/profile
	use "{ \"bind\": \"/scratch/docs\", \"access\": \"read-write\" },
		{ \"$cover\": \"/scratch/docs/state\" }" \
		"$files, $variables, \"home\": \"private\", \"name\": \"$cover\""
	XDG_DATA_DIRS=$HOME/.local/state/nix/profile
	prints root box read "$HOME/.local/state/nix/profile/name"
	case $cover in
	protect) refused EROFS box symlink /x /scratch/docs/state/nix/new ;;
	mask) refused EACCES box symlink /x /scratch/docs/state/nix/new ;;
	esac
	# The program changes its home; the control of that.
	works box rename "$HOME/.local" "$HOME/.local.old" -- symlink /scratch/docs "$HOME/.local"
	prints /scratch/docs box readlink "$HOME/.local"
	works box directory
	equal /mine "$(readlink docs/state/nix/profile)" "what is covered by $cover"
	rm docs/state/nix/profile
	works box directory
	equal '' "$(ls -A docs/state/nix)" "made below what is covered by $cover"
	for elsewhere in / /dev /dev/pts /etc /nix "$store" /tmp; do
		works box remove "$HOME/.local" -- symlink "$elsewhere" "$HOME/.local"
		works box directory
		refused ENOENT box kind "$elsewhere/state"
	done
	# Without it, it is made again.
	works box remove "$HOME/.local"
	prints root box read "$HOME/.local/state/nix/profile/name"
done

# Where nothing can be made a variable's element is dropped, and what is required ends the launch.
mkdir full
"$PROBE" syscall mount @tmpfs @/scratch/full @tmpfs 0 @nr_inodes=1,mode=0777 >/dev/null
full='{ "bind": "/scratch/full", "to": "/scratch/view", "access": "read-write" }'
use "$full" "$files, $variables"
XDG_DATA_DIRS=/scratch/view/link
works box environment
equal '' "$(grep ^XDG_DATA_DIRS said)" 'an element that cannot be made'
unset XDG_DATA_DIRS
for grants in "$full" \
	'{ "symlink": "/scratch/view", "target": "/tmp/none" }'; do
	use "$grants, { \"links\": \"/scratch/view/link\" }" "$files"
	dies 'found-links /scratch/view/link: ' box directory
	use "$grants, { \"links\": \"/scratch/view/link\", \"optional\": true }" "$files"
	works box directory
done
# The control.
use '{ "links": "/scratch/view/link" }' "$files"
prints root box read /scratch/view/link/name
