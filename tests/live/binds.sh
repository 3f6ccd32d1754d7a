#!/bin/sh
# Paths of the host that the policy grants: just those, with just that access.
set -eu
. "$srcdir/tests/live/lib.sh"

mkdir -p shared/inner private
echo text >shared/file
echo secret >private/file
bind() { # SOURCE [OPTION...]
	printf '{ "bind": "/scratch/%s"%s }' "$1" "${2:+, $2}"
}

# Not granted: not there.
use
refused ENOENT box read /scratch/shared/file
prints text outside read /scratch/shared/file

# Read-only, unless the policy says otherwise
use "$(bind shared)"
prints text box read /scratch/shared/file
refused ENOENT box listing /scratch/private
prints 'read-only nosuid nodev noexec' box mount-flags /scratch/shared
refused EROFS box write /scratch/shared/file x
refused EROFS box create /scratch/shared/new
refused EROFS box mkdir /scratch/shared/new
refused EROFS box remove /scratch/shared/file
refused EROFS box chmod /scratch/shared/file 0777
refused EROFS box create /scratch/shared/inner/new
works outside create /scratch/shared/inner/new
works outside remove /scratch/shared/inner/new

# Read-write: it lands on the host.
use "$(bind shared '"access": "read-write"')"
prints 'nosuid nodev noexec' box mount-flags /scratch/shared
works box create /scratch/shared/new 'from the box'
equal 'from the box' "$(cat shared/new)" 'file written in the box'
equal "$(id -u):$(id -g)" "$(stat -c %u:%g shared/new)" 'its owner'
works box remove /scratch/shared/new
[ ! -e shared/new ] || failed 'the removed file is still there'

# Elsewhere: only there
use "$(bind shared '"to": "/data"')"
prints text box read /data/file
refused ENOENT box listing /scratch/shared

# A file: it alone, also below a directory that is there already
use "$(bind shared/file), $(bind shared/file '"to": "/etc/granted"')"
prints text box read /scratch/shared/file
prints text box read /etc/granted
prints file box listing /scratch/shared
refused EROFS box write /scratch/shared/file x
use "$(bind shared/file '"access": "read-write"')"
works box write /scratch/shared/file 'TEXT'
equal TEXT "$(cat shared/file)" 'file written in the box'
refused EROFS box create /scratch/shared/new

# Through a link on the host: what it leads to
ln -s shared link
use "$(bind link)"
matches 'directory [0-7]*' box kind /scratch/link
prints TEXT box read /scratch/link/file
# also through one that goes by way of the root, as /etc/resolv.conf often is
mkdir /relative
ln -s ../scratch/shared /relative/link
use '{ "bind": "/relative/link", "to": "/data" }'
prints TEXT box read /data/file
# and the root itself is the host's, not the box that is being built
use '{ "bind": "/", "to": "/host" }' '"accept-risk": ["host-root", "host-proc", "host-sys",
	"host-dev", "runtime-directory", "nix-daemon", "container-daemon", "session-bus",
	"system-bus", "systemd", "ssh-agent", "gpg-agent", "x11"]'
prints TEXT box read /host/scratch/shared/file
prints secret box read /host/scratch/private/file
refused ENOENT box listing /host/host

# The same root by way of a variable or a link: only if the policy accepts that.
ln -s / to-root
grant='{ "bind": "$ROOT", "to": "/host" }'
for ROOT in / // /proc/self/root /proc/self/root/ /scratch/to-root \
	/scratch/to-root/proc/self/root; do
	export ROOT
	use "$grant"
	dies 'is the root of the host, which needs "accept-risk": ["host-root"]' box directory
	use '{ "bind": "${NONE:-$ROOT}", "to": "/host", "access": "read-write" }'
	dies 'is the root of the host' box directory
	use '{ "bind": "$ROOT", "to": "/host", "create": "directory" }'
	dies "bind $(echo "$ROOT" | sed 's,//*$,,; s,^$,/,')" box directory
	use "$grant" '"accept-risk": ["host-root"]'
	prints secret box read /host/scratch/private/file
done
use '{ "bind": "/scratch/to-root", "to": "/host" }'
dies 'bind /scratch/to-root: is the root of the host' box directory
ROOT=/proc/self
use '{ "bind": "$ROOT/root", "to": "/host" }'
dies 'bind /proc/self/root: is ' box directory
# What is below it is not it.
ROOT=/scratch/to-root
use '{ "bind": "$ROOT/scratch/shared", "to": "/data" }'
prints TEXT box read /data/file
unset ROOT

# A destination where nothing can be made
use "$(bind shared '"to": "/proc/none"')"
dies 'bind /proc/none: is where nothing can be made' box directory
use "$(bind shared '"to": "/proc/none/deep"')"
dies 'bind /proc/none/deep: is where nothing can be made' box directory

# Missing
use "$(bind missing)"
dies 'bind /scratch/missing: open_tree: No such file or directory; create it, or' box directory
use "$(bind missing '"optional": true'), $(bind shared)"
works box listing /scratch/shared
refused ENOENT box listing /scratch/missing

# Execution only where granted; in the store always
cp "$PROBE" shared/tool
chmod 0755 shared/tool
use "$(bind shared)"
refused EACCES box exec /scratch/shared/tool directory
use "$(bind shared '"execute": true')"
works box exec /scratch/shared/tool directory
prints 'read-only nosuid nodev' box mount-flags /scratch/shared

# Devices only where granted. Another name of the host's own /dev/null serves.
use '{ "bind": "/dev", "to": "/devices" }' '"accept-risk": ["host-dev"]'
prints 'read-only nosuid noexec' box mount-flags /dev/null
refused EACCES box write /devices/null x
works box write /dev/null x
works outside write /dev/null x
use '{ "bind": "/dev", "to": "/devices", "devices": true, "access": "read-write" }' \
	'"accept-risk": ["host-dev"]'
works box write /devices/null x

# Set-uid programs lose the bit's effect, whatever the policy grants.
if [ "$WORLD" = 0 ]; then
	chmod 4755 shared/tool
	use "$(bind shared '"execute": true')"
	as_other() {
		setpriv --reuid 12345 --regid 12345 --clear-groups "$@"
	}
	matches 'Uid:	12345	0	0	0' as_other ./shared/tool read /proc/self/status
	matches 'Uid:	12345	12345	12345	12345' \
		as_other "$launcher" exec /scratch/shared/tool read /proc/self/status
fi

# Later grants may lie inside earlier ones.
mkdir -p outer/point
use "$(bind outer), $(bind shared '"to": "/scratch/outer/point", "access": "read-write"')"
works box create /scratch/outer/point/new -- remove /scratch/outer/point/new
refused EROFS box create /scratch/outer/new
