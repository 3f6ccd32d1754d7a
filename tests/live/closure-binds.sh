#!/bin/sh
# A bind with its closure: of what a link leads to, or of all that the links in a directory lead to.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

helper_is /scratch/answer
lib=$(object lib)
vim=$(object vim "$lib")
shell=$(object shell "$lib")
theme=$(object theme)
unrelated=$(object unrelated)
grant() { # PATH [OPTION]
	use "{ \"bind\": \"$1\", \"closure\": true${2:+, $2} }" "$files"
}
optional='"optional": true'

# A directory like one of home-manager's: files, and links into the store, directly and by way of
# others, at several depths; links that lead elsewhere are left as they are.
generation=$(path_of home-files)
mkdir -p "$generation/config/editor" home/config/editor home/config/deep/er/and/deeper
ln -s "$vim" "$generation/config/editor/vim"
echo rc >"$generation/rc"
refers "$generation" "$vim"
echo own >home/config/own
ln -s "$generation/rc" home/rc
ln -s "$generation/config/editor/vim" home/config/editor/vim
ln -s "$shell" profile-1
ln -s profile-1 profile
ln -s ../../profile home/config/shell
ln -s "$theme/name" home/config/deep/er/and/deeper/theme
echo elsewhere >elsewhere
mkdir other
echo other >other/file
ln -s /scratch/elsewhere home/elsewhere
ln -s ../other home/other
ln -s /missing home/dangling
ln -s loop home/loop
ln -s . home/self
ln -s ../.. home/config/up
ln -s "$program/etc" home/program
ln -s "$store" home/store
grant /scratch/home
has "$generation" "$vim" "$shell" "$theme" "$lib"
prints rc box read /scratch/home/rc
prints vim box read /scratch/home/config/editor/vim/name
prints shell box read /scratch/home/config/shell/name
prints theme box read /scratch/home/config/deep/er/and/deeper/theme
prints inside box read /scratch/home/program/text
prints own box read /scratch/home/config/own
for hop in profile profile-1; do
	prints "$(outside readlink /scratch/$hop)" box readlink /scratch/$hop
done
refused ENOENT box read /scratch/home/elsewhere
refused ENOENT box read /scratch/home/other/file
refused ENOENT box read /scratch/home/dangling
refused ELOOP box read /scratch/home/loop
prints other outside read /scratch/home/other/file
lacks "$unrelated"
refused EROFS box create /scratch/home/new
prints 'read-only nosuid nodev noexec' box mount-flags /scratch/home
# The control: bound as it is, the links lead nowhere.
use '{ "bind": "/scratch/home" }' "$files"
has
refused ENOENT box read /scratch/home/rc
prints own box read /scratch/home/config/own

# At another place the links are the same.
grant /scratch/home '"to": "/there"'
has "$generation" "$vim" "$shell" "$theme" "$lib"
prints rc box read /there/rc
prints 'rc' box read /there/rc

# A link that leads to such a directory, and a file outside the store.
ln -s home to_home
grant /scratch/to_home
has "$generation" "$vim" "$shell" "$theme" "$lib"
prints rc box read /scratch/to_home/rc
grant /scratch/elsewhere
has
prints elsewhere box read /scratch/elsewhere

# What comes between two launches is there without a new launcher, and what goes is not.
grant /scratch/home
ln -sfn "$unrelated" home/config/shell
has "$generation" "$vim" "$unrelated" "$theme" "$lib"
ln -sfn ../../profile home/config/shell
has "$generation" "$vim" "$shell" "$theme" "$lib"

# Missing, with and without "optional".
grant /scratch/missing
dies '/scratch/missing: ' box directory
ln -s /scratch/missing nowhere
grant /scratch/nowhere
dies '/scratch/nowhere: ' box directory
for path in missing nowhere; do
	grant /scratch/$path "$optional"
	works box directory
	refused ENOENT box listing /scratch/$path
	has
done
ln -s endless endless
grant /scratch/endless
dies 'Too many levels of symbolic links' box directory
grant /scratch/endless "$optional"
dies 'Too many levels of symbolic links' box directory

# The closure that nobody knows: of the one that is bound, of one of many in a directory.
ln -s "$vim" vim
cat >answer_but_vim <<end
#!/bin/sh
/scratch/answer "\$@" | awk -v skip="$vim" '
	{ lines = lines \$0 "\n" }
	\$0 == skip { drop = 1 }
	\$0 == "" { printf "%s", drop ? "\n" : lines; lines = ""; drop = 0 }'
end
chmod 755 answer_but_vim
helper_is /scratch/answer_but_vim
grant /scratch/vim
nobody_knows box directory
grant /scratch/vim "$optional"
has
refused ENOENT box listing /scratch/vim
prints vim outside read /scratch/vim/name
grant /scratch/home
nobody_knows box directory
grant /scratch/home "$optional"
works box directory
helper_is /scratch/answer
has "$generation" "$vim" "$shell" "$theme" "$lib"

# The store itself, and what has it somewhere below: more than closures, by whatever name.
ln -s "$store" to_store
ln -s /nix to_nix
ln -s / to_root
ln -s "$vim/../.." up_to_nix
for path in /scratch/to_store /scratch/to_nix /scratch/up_to_nix; do
	for other_way in '' '"to": "/other"'; do
		grant $path "$other_way"
		dies "$path: " box directory
		grant $path "$optional${other_way:+, $other_way}"
		has
		refused ENOENT box listing /other
		refused ENOENT box listing $path/
	done
done
grant /scratch/to_root "$optional, \"to\": \"/other\""
box listing /other >said 2>&1 || :
! grep -qx nix said || failed 'the root of the host is there'
# The control: bound as it is, the whole store is below it.
use '{ "bind": "/scratch/to_nix", "to": "/other" }' "$files"
prints "$(name_of "$unrelated")" box read "/other/store/${unrelated##*/}/name"
