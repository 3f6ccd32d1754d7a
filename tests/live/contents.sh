#!/bin/sh
# What the policy puts into the box beside the host's paths: links, files, directories, tmpfs.
set -eu
. "$srcdir/tests/live/lib.sh"

# Links: as the text says, whether it leads anywhere or not
use '{ "symlink": "/run/link", "target": "/etc" },
	{ "symlink": "/run/home", "target": "$HOME/of/$UID" },
	{ "symlink": "/bin", "target": "/nowhere" }'
prints /etc box readlink /run/link
prints "$(printf '%s\n' group hosts passwd)" box listing /run/link
prints "$HOME/of/$(id -u)" box readlink /run/home
prints /nowhere box readlink /bin

# A destination through a link of the policy stays in the box.
use '{ "directory": "/run" }, { "symlink": "/var/run", "target": "/run" },
	{ "file": "/var/run/one/file", "text": "in /run" },
	{ "symlink": "/var/lock", "target": "../run" }, { "tmpfs": "/var/lock/two" },
	{ "symlink": "/var/up", "target": "../../../../run" }, { "directory": "/var/up/three" }'
prints "$(printf '%s\n' one three two)" box listing /run
prints 'in /run' box read /run/one/file

# Files and directories: content by the user's environment, mode as given, read-only
export NAME=value
umask 077
use '{ "file": "/etc/of", "text": "$NAME ${NONE:-default} $$5 $HOME $UID $GID\n" },
	{ "file": "/etc/empty", "text": "" },
	{ "file": "/etc/mode", "text": "x", "mode": "0640" },
	{ "directory": "/srv/plain" }, { "directory": "/srv/mode", "mode": "1770" }'
prints "value default \$5 $HOME $(id -u) $(id -g)" box read /etc/of
prints '' box read /etc/empty
prints 'file 0444' box kind /etc/of
prints 'file 0640' box kind /etc/mode
prints 'directory 0755' box kind /srv/plain
prints 'directory 1770' box kind /srv/mode
refused EROFS box create /srv/mode/new
refused EROFS box chmod /etc/of 0777
umask 022
unset NAME
dies 'file /etc/of: needs $NAME, which is not set' box directory
use '{ "symlink": "/run/link", "target": "${NONE:-$HOME}/$NAME" }'
dies 'symlink /run/link: needs $NAME, which is not set' box directory
use '{ "tmpfs": "/run" }, { "protect": "/run/fixed", "create": "file", "text": "${A:-$NAME}" }'
dies 'protect /run/fixed: needs $NAME, which is not set' box directory

# tmpfs: writable, of its size; or filled by the policy and then read-only
use '{ "tmpfs": "/var/tmp", "size": "64K", "mode": "0700" }, { "tmpfs": "/opt", "execute": true },
	{ "tmpfs": "/sealed", "access": "read-only" }, { "file": "/sealed/in", "text": "x" },
	{ "tmpfs": "/sealed/open" }, { "file": "/sealed/deep/er/in", "text": "y" },
	{ "protect": "/sealed/deep/er/in" }' '"accept-risk": ["writable-executable"]'
prints 'directory 0700' box kind /var/tmp
works box fill /var/tmp/new 32
refused ENOSPC box fill /var/tmp/new 128
works box fill /opt/new 128
prints 'nosuid nodev noexec' box mount-flags /var/tmp
prints 'nosuid nodev' box mount-flags /opt
prints x box read /sealed/in
refused EROFS box create /sealed/new
refused EROFS box create /sealed/deep/new
refused EROFS box create /sealed/deep/er/new
refused EROFS box rename /sealed/deep/er/in /sealed/deep/er/out
works box create /sealed/open/new

# mask: there, but nothing can be seen of it; protect: there, but nothing can be changed
mkdir -p granted/hidden granted/fixed/inner
echo secret >granted/hidden/file
echo secret >granted/covered
use '{ "bind": "/scratch/granted", "access": "read-write" },
	{ "mask": "/scratch/granted/hidden" }, { "mask": "/scratch/granted/covered" },
	{ "mask": "/scratch/granted/missing", "optional": true },
	{ "protect": "/scratch/granted/fixed" },
	{ "protect": "/scratch/granted/none", "optional": true }'
prints "$(printf '%s\n' covered fixed hidden)" box listing /scratch/granted
refused EACCES box listing /scratch/granted/hidden
refused EACCES box read /scratch/granted/hidden/file
refused EACCES box read /scratch/granted/covered
refused EROFS box chmod /scratch/granted/hidden 0777
refused EROFS box chmod /scratch/granted/covered 0666
refused EROFS box create /scratch/granted/fixed/inner/new
prints inner box listing /scratch/granted/fixed
works box create /scratch/granted/new
for path in hidden covered fixed; do
	if box remove /scratch/granted/$path >said 2>&1; then
		failed "what covers $path was removed"
	fi
done
equal secret "$(cat granted/hidden/file)" 'what is masked on the host'
works outside create /scratch/granted/fixed/inner/new
# All masks show the same two inodes: by none can they be had otherwise, nor by one over the other,
# nor over what is protected. Who has all rights in a namespace of its own takes no cover away.
mkdir granted/second
echo secret >granted/third
use '{ "bind": "/scratch/granted", "access": "read-write" },
	{ "mask": "/scratch/granted/hidden" }, { "mask": "/scratch/granted/covered" },
	{ "mask": "/scratch/granted/second" }, { "mask": "/scratch/granted/third" },
	{ "mask": "${NONE:-/scratch/granted/third}" }, { "protect": "/scratch/granted/fixed" },
	{ "mask": "/scratch/granted/fixed/inner" }' \
	'"nested-sandbox": true, "system-calls": { "base": "none" }'
umount='syscall unshare 0x10020000 -- syscall umount2' # CLONE_NEWUSER, CLONE_NEWNS
remount='syscall unshare 0x10020000 -- syscall mount @none'
for path in hidden second fixed/inner; do
	matches 'directory 0000' box kind /scratch/granted/$path
	refused EACCES box listing /scratch/granted/$path
done
for path in covered third; do
	matches 'file 0000' box kind /scratch/granted/$path
	refused EACCES box read /scratch/granted/$path
	refused EACCES box write /scratch/granted/$path x
done
for path in hidden second fixed/inner covered third; do
	prints 'read-only nosuid nodev noexec' box mount-flags /scratch/granted/$path
	refused EROFS box chmod /scratch/granted/$path 0777
	refused EPERM box syscall umount2 @/scratch/granted/$path 0
	# shellcheck disable=SC2086 # several words
	refused EINVAL box $umount @/scratch/granted/$path 0
	# shellcheck disable=SC2086 # several words
	refused EPERM box $remount @/scratch/granted/$path 0 0x1020 0 # MS_BIND, MS_REMOUNT
done
# shellcheck disable=SC2086 # several words
works box $remount @/tmp @tmpfs 0 0 -- syscall umount2 @/tmp 0
for path in / "$store"; do
	# shellcheck disable=SC2086 # several words
	refused EPERM box $remount @$path 0 0x1020 0
	prints 'read-only nosuid nodev' box mount-flags $path
	refused EROFS box chmod $path 0777
done
use '{ "mask": "/scratch/missing" }'
works box directory
refused ENOENT box kind /scratch/missing
use '{ "mask": "/scratch/missing", "optional": false }'
dies 'mask /scratch/missing: openat2: No such file or directory; say "optional": true, or' \
	box directory
use '{ "protect": "/scratch/missing" }'
dies 'protect /scratch/missing: openat2: No such file or directory; say "optional": true, or' \
	box directory

# What is to be masked or protected can be made, in the box's own tree or in what the host lends it.
mkdir lent
use '{ "bind": "/scratch/lent", "access": "read-write" },
	{ "mask": "/scratch/lent/a/hidden", "create": "directory" },
	{ "mask": "/scratch/lent/hidden", "create": "file" },
	{ "protect": "/scratch/lent/b/c/fixed", "create": "directory" },
	{ "protect": "/scratch/lent/rc", "create": "file", "text": "# of $HOME\n" },
	{ "protect": "/srv/fixed", "create": "file", "text": "fixed" },
	{ "mask": "/srv/hidden", "create": "directory", "optional": true }'
for _ in 1 2; do
	refused EACCES box listing /scratch/lent/a/hidden
	refused EACCES box read /scratch/lent/hidden
	refused EROFS box create /scratch/lent/b/c/fixed/new
	prints "# of $HOME" box read /scratch/lent/rc
	refused EROFS box write /scratch/lent/rc x
	prints fixed box read /srv/fixed
	refused EACCES box listing /srv/hidden
	works box create /scratch/lent/b/c/new -- remove /scratch/lent/b/c/new
done
equal '700 600 700 600' "$(cd lent && stat -c %a a/hidden hidden b/c/fixed rc | xargs)" \
	'modes of what was made on the host'
equal "# of $HOME" "$(cat lent/rc)" 'what was written there'
equal '' "$(cat lent/hidden)" 'what was written where a mask is'
echo mine >lent/rc
prints mine box read /scratch/lent/rc

# Neither they nor the directories that they are in can be put aside, so that others take the place.
for path in a a/hidden hidden b b/c b/c/fixed rc; do
	refused EBUSY box rename /scratch/lent/$path /scratch/lent/$path.away
done
works box mkdir /scratch/lent/b/other -- rename /scratch/lent/b/other /scratch/lent/b/moved \
	-- remove /scratch/lent/b/moved
use '{ "bind": "/scratch/lent", "access": "read-write" }'
works box rename /scratch/lent/b /scratch/lent/away -- rename /scratch/lent/away /scratch/lent/b

# Through links, as in a home that somebody keeps elsewhere: neither these nor what they lead to.
mkdir linked linked/real
echo fixed >linked/real/file
ln -s real linked/short
ln -s short/file linked/file
ln -s ../linked/./short linked/long
ln -s missing linked/dangling
use '{ "bind": "/scratch/linked", "access": "read-write" },
	{ "protect": "/scratch/linked/file" }, { "protect": "/scratch/linked/long/inner",
	"create": "directory" }, { "protect": "/scratch/linked/dangling", "create": "file" }'
prints fixed box read /scratch/linked/file
refused EROFS box write /scratch/linked/real/file x
refused EROFS box create /scratch/linked/real/inner/new
refused EROFS box write /scratch/linked/missing x
for name in file short long dangling missing real real/file real/inner; do
	refused EBUSY box rename /scratch/linked/$name /scratch/linked/$name.away
done
refused EBUSY box remove /scratch/linked/short
works box create /scratch/linked/real/new
use '{ "bind": "/scratch/linked", "access": "read-write" }'
works box rename /scratch/linked/short /scratch/linked/away
mv linked/away linked/short

# Links that go round, or lead where nothing can be made
ln -s round linked/round
use '{ "bind": "/scratch/linked", "access": "read-write" }, { "protect": "/scratch/linked/round" }'
dies 'protect /scratch/linked/round: ' box directory
ln -s "$store/none" linked/nowhere
use '{ "bind": "/scratch/linked", "access": "read-write" },
	{ "protect": "/scratch/linked/nowhere", "create": "file" }'
refused ENOENT box write /scratch/linked/nowhere x
refused EBUSY box rename /scratch/linked/nowhere /scratch/linked/away
# The root of the box is none of what can be covered.
ln -s / linked/root
for cover in mask protect; do
	use "{ \"bind\": \"/scratch/linked\", \"access\": \"read-write\" },
		{ \"$cover\": \"/scratch/linked/root\" }"
	dies 'is the root of the box' box directory
done
