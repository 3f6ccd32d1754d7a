#!/bin/sh
# "arguments.files": the box has the files and directories that its command line names, at the same
# paths, and nothing else; what the program gets as arguments is what the caller wrote.
set -eu
. "$srcdir/tests/live/lib.sh"

mkdir -p docs/inner beside 'a b' run
echo one >docs/one
echo two >docs/two
echo inner >docs/inner/file
echo beside >beside/file
echo odd >'a b/c%d?e#f'
files() { # ACCESS
	printf '"arguments": { "files": "%s" }' "$1"
}
# By this name what is in the box can be looked at without naming it.
look='{ "symlink": "/look", "target": "/scratch" }'

sees() { # TEXT PATH ARGUMENT...: the file below /scratch is there, and the arguments as written
	wanted=$1
	path=$2
	shift 2
	prints "$(printf '%s\n' "$wanted" "$@")" box read "/look/$path" -- arguments "$@"
}
lacks() { # PATH ARGUMENT...
	path=$1
	shift
	refused ENOENT box kind "/look/$path" -- arguments "$@"
	works outside kind "/scratch/$path"
}

# Without it: nothing
use "$look"
lacks docs/one /scratch/docs/one
lacks docs /scratch/docs

# A file: it alone, read-only, at its path
use "$look" "$(files read-only)"
sees one docs/one /scratch/docs/one
prints "$(printf '%s\n' one x=/scratch/docs/one)" \
	box listing /look/docs -- arguments x=/scratch/docs/one
lacks docs/two /scratch/docs/one
lacks beside /scratch/docs/one
prints 'read-only nosuid nodev noexec' box mount-flags /scratch/docs/one
refused EROFS box write /scratch/docs/one x
refused EROFS box chmod /scratch/docs/one 0777
equal one "$(cat docs/one)" 'the file on the host'
refused EROFS box create /look/docs/new -- arguments /scratch/docs/one
# A directory: all of it
sees inner docs/inner/file /scratch/docs
prints "$(printf '%s\n' inner one two)" box listing /scratch/docs
lacks beside /scratch/docs
cp "$PROBE" docs/tool
refused EACCES box exec /scratch/docs/tool directory
rm docs/tool
# Both, in any order
for arguments in '/scratch/docs/one /scratch/docs' '/scratch/docs /scratch/docs/one' \
	'/scratch/docs/one /scratch/docs/inner /scratch/docs /scratch/docs'; do
	# shellcheck disable=SC2086 # a word each
	prints "$(printf '%s\n' inner one two)" box listing /look/docs -- exec \
		"$program/bin/probe" processes $arguments
done

# Read-write
use "$look" "$(files read-write)"
works box write /scratch/docs/one ONE
equal ONE "$(cat docs/one)" 'the file on the host'
works box create /scratch/docs/inner/new -- arguments /scratch/docs/inner
[ -e docs/inner/new ] || failed 'nothing was made in the directory'
rm docs/inner/new
echo one >docs/one
prints 'nosuid nodev noexec' box mount-flags /scratch/docs/one

# Ways to name one
use "$look" "$(files read-only)"
sees one docs/one -x --option=/scratch/docs/one -y
sees one docs/one key=/scratch/docs/one
sees one docs/one //scratch///docs//one
sees one docs/one /scratch/beside/../docs/one
sees one docs/one file:///scratch/docs/one
sees one docs/one file://localhost/scratch/docs/one
sees one docs/one --open=file:///scratch/docs/one
sees odd 'a b/c%d?e#f' '/scratch/a b/c%d?e#f'
sees odd 'a b/c%d?e#f' file:///scratch/a%20b/c%25d%3Fe%23f
sees odd 'a b/c%d?e#f' file:///scratch/a%20b/c%25d%3fe%23f?query#fragment
lacks docs/one file://elsewhere/scratch/docs/one
lacks docs/one file://scratch/docs/one
lacks docs/one file:/scratch/docs/one
lacks docs/one http://localhost/scratch/docs/one
lacks docs/one file:///scratch/docs/one%00
lacks docs/one file:///scratch/docs/one%2
lacks docs/one file:///scratch/docs/one%zz
lacks docs/one --option /scratch/docs/none --other=/scratch/docs/none =
lacks docs/one =x=/scratch/docs/one
lacks docs/one '' -- = file:// file://localhost

# Relative: from where the caller is, and the program is there too
in_directory() { # DIRECTORY PROBE-ARGUMENT...
	(cd "$1" && shift && box "$@")
}
sees_in() { # DIRECTORY TEXT PATH ARGUMENT...
	directory=$1
	wanted=$2
	path=$3
	shift 3
	prints "$(printf '%s\n' "$wanted" "$@")" \
		in_directory "$directory" read "/look/$path" -- arguments "$@"
}
sees_in docs one docs/one one
sees_in docs inner docs/inner/file inner
sees_in docs inner docs/inner/file --x=./inner//file
sees_in docs beside beside/file ../beside/file
sees_in docs beside beside/file inner/../../beside/file
sees_in docs/inner one docs/one ../one
sees_in / one docs/one scratch/docs/one
prints "$(printf '%s\n' one /scratch/docs)" in_directory docs read one -- directory
prints "$(printf '%s\n' beside /scratch/docs)" in_directory docs read ../beside/file -- directory
whole=$(printf '%s\n' inner one two)
prints "$whole" in_directory docs listing .
prints "$whole" in_directory docs/inner listing ..
prints "$(printf '%s\n' "$whole" inner .)" \
	in_directory docs listing /look/docs -- arguments inner .
prints "$HOME" in_directory docs directory

# A link is opened here; the box has what it led to, at the name that was given.
ln -s docs/one link
ln -s ../docs beside/up
sees one link /scratch/link
sees inner beside/up/inner/file /scratch/beside/up
lacks docs /scratch/link /scratch/beside/up
ln -s nowhere dangling
works box arguments /scratch/dangling
ln -s loop loop
works box arguments /scratch/loop

# The policy has the first word.
use "$look, { \"file\": \"/scratch/docs/one\", \"text\": \"policy\n\" },
	{ \"bind\": \"/scratch/beside\", \"to\": \"/scratch/docs/inner\" },
	{ \"mask\": \"/scratch/docs/two\", \"optional\": true },
	{ \"mask\": \"/scratch/a b\", \"optional\": true }" "$(files read-write)"
sees policy docs/one /scratch/docs/one
sees policy docs/one docs/one
sees beside docs/inner/file /scratch/docs/inner
refused ENOENT box kind /look/docs/inner/new -- arguments /scratch/docs
refused EROFS box create /scratch/docs/inner/new -- arguments /scratch/docs/inner
refused EACCES box read /look/docs/two -- arguments /scratch/docs/two
refused EACCES box read /look/docs/two -- arguments --x=/scratch/beside/../docs/two
refused EACCES box listing '/look/a b' -- arguments '/scratch/a b/c%d?e#f'
use "$look, { \"bind\": \"/scratch/docs\", \"to\": \"/scratch/beside\" },
	{ \"protect\": \"/scratch/docs\", \"optional\": true }" "$(files read-write)"
sees one docs/one /scratch/docs/one
refused EROFS box write /scratch/docs/one x
refused ENOENT box kind /look/beside/file -- arguments /scratch/beside/file
for path in /etc/passwd /etc /etc/hosts; do
	works box read /etc/hosts -- arguments $path
	equal '127.0.0.1 localhost' "$(head -n 1 said)" "$path named: what /etc/hosts says"
done

# What a mask covers is not shown elsewhere either, by a link that an earlier box has left or by
# another name: not itself, nothing in it, and no directory that it is in. The control is the same
# without the mask.
mkdir -p keys/inner work safe
echo key >keys/id
echo inner >keys/inner/file
echo fine >safe/file
ln -s /scratch/keys/id work/file
ln -s ../keys work/directory
ln -s ../keys/inner work/inner
ln -s keys other-name
ln -s ../safe/file work/safe
mask() { # PATH
	printf '%s, { "mask": "%s", "optional": true }' "$look" "$1"
}
use "$look" "$(files read-only)"
sees key work/file /scratch/work/file
sees key work/directory/id /scratch/work/directory
sees inner work/inner/file x=/scratch/work/inner
for masked in /scratch/keys /scratch/other-name '$MASKED'; do
	export MASKED=/scratch/keys
	use "$(mask "$masked")" "$(files read-only)"
	for path in work/file work/directory work/inner; do
		lacks $path /scratch/$path
		lacks $path $path --x=file:///scratch/$path
	done
	sees fine work/safe /scratch/work/safe
	sees fine safe/file /scratch/safe
done
refused EACCES box kind /look/keys/id -- arguments /scratch/keys/id
use "$(mask /scratch/keys/inner)" "$(files read-only)"
lacks work/inner /scratch/work/inner
lacks work/directory /scratch/work/directory
sees key work/file /scratch/work/file
sees key keys/id /scratch/keys
refused EACCES box listing /look/keys/inner -- arguments /scratch/keys
unset MASKED
use "$(mask '$MASKED')" "$(files read-only)"
sees key work/file /scratch/work/file
# What is protected is not to be written elsewhere; reading it is no harm.
protect="$look, { \"protect\": \"/scratch/keys\", \"optional\": true }"
use "$look" "$(files read-write)"
works box write /scratch/work/file KEY
equal KEY "$(cat keys/id)" 'the file that is not protected'
echo key >keys/id
use "$protect" "$(files read-write)"
lacks work/file /scratch/work/file
lacks work/directory /scratch/work/directory
sees key keys/id /scratch/keys/id
refused EROFS box write /scratch/keys/id x
use "$protect" "$(files read-only)"
sees key work/file /scratch/work/file
refused EROFS box write /scratch/work/file x
# The caller's directory likewise, if the cover has another name for it.
use "$look" '"working-directory": "read-write"'
prints key in_directory keys read id
prints key in_directory work/directory read id
use "$look, { \"mask\": \"/scratch/other-name/inner\", \"optional\": true }" \
	'"working-directory": "read-write"'
dies 'what the policy covers' in_directory keys read id
dies 'what the policy covers' in_directory work/inner read file
prints fine in_directory safe read file

# What is the kernel's, the store's, or all there is stays out, by whatever name.
use "$look" "$(files read-write)"
ln -s /proc/self/environ environment
ln -s /dev/shm devices
ln -s / all
ln -s "$outsider" object
for path in environment devices all object; do
	lacks $path /scratch/$path
	lacks $path $path --x=file:///scratch/$path
done
for path in /sys/kernel "$outsider/secret" "$outsider"; do
	works outside kind $path
	refused ENOENT box kind $path
done
works box arguments / // /.. /proc /proc/1/root /dev /dev/null /nix "$store" /nowhere ''
matches 'character 0666 1:3' box kind /dev/null -- arguments /dev/null

# Nor are files that are no files, and directories that hold what the policy would have to name.
mkfifo fifo
lacks fifo /scratch/fifo
background "$PROBE" listen unix:/scratch/run/socket /scratch/ready
works "$PROBE" await /scratch/ready
lacks run/socket /scratch/run/socket
XDG_RUNTIME_DIR=/scratch/run
export XDG_RUNTIME_DIR
lacks run /scratch/run
ln -s run runtime
lacks runtime /scratch/runtime
lacks docs /scratch
echo file >run/file
sees file run/file /scratch/run/file
stop
unset XDG_RUNTIME_DIR
works box kind /look/run/socket -- arguments /scratch/run
use "$look" "$(files read-write), \"home\": \"none\""
mkdir "$HOME/docs"
echo mine >"$HOME/docs/file"
lacks home /scratch/home
lacks home /scratch
ln -s home user
lacks user /scratch/user
sees mine home/docs/file "$HOME/docs"
sees mine home/docs/file "$HOME/docs/file"

# In a home: the temporary one, and one that is kept, at each launch anew
use "$look" "$(files read-only)"
sees mine home/docs/file "$HOME/docs/file"
prints "$(printf '%s\n' docs "$HOME/docs/file")" \
	box listing "$HOME" -- arguments "$HOME/docs/file"
use "$look" "$(files read-only), \"home\": \"private\""
for _ in 1 2; do
	sees mine home/docs/file "$HOME/docs/file"
	refused EROFS box write "$HOME/docs/file" x
	sees mine home/docs/file "$HOME/docs"
done
echo host >"$HOME/own"
works box create /look/home/own 'box
'
sees box home/own "$HOME/own"
equal host "$(cat "$HOME/own")" 'the file of the same name on the host'

# A link that a box has left does not lead an argument to what it has marked as a mount point is.
use '' "$(files read-write), \"home\": \"private\", \"working-directory\": \"read-write\""
mkdir -p work
in_work() { # PROBE-ARGUMENT...
	(cd work && box "$@")
}
works in_work create "$HOME/key" '' -- chmod "$HOME/key" 01444 -- symlink "$HOME/key" key
echo key >"$HOME/key"
prints key in_work read key -- arguments key
prints "$(printf '%s\n' key key "$HOME/key")" in_work read key -- arguments key "$HOME/key"
rm work/key "$HOME/key"

# Others are as they were, whatever they are.
use "$look" "$(files read-only)"
long=/$(head -c 5000 /dev/zero | tr '\0' a)
works box arguments "$long" "file://$long" "/scratch/$long" ''
cmp -s said - <<end || failed "arguments arrived as: $(cat said)"
$long
file://$long
/scratch/$long

end

# Where a file of the caller's was put, the next step finds what is there now.
mkdir given
echo given >given/file
use '{ "protect": "/scratch/given/one", "create": "file", "text": "1" },
	{ "protect": "/scratch/given/two", "create": "file", "text": "2" }' \
	'"arguments": { "files": "read-write" }, "extends": []'
works box read /scratch/given/file -- listing /scratch/given -- kind /scratch/given/one
