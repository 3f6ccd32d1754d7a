#!/bin/sh
# Mounts of the host below a grant keep to what was granted, and to what the host says of them.
set -eu
. "$srcdir/tests/live/lib.sh"

nosuid=2 nodev=4 noexec=8 read_only=1 noatime=1024 bind=0x1000 remount=0x20 shared=0x100000
mkdir -p tree/below
world_mount tmpfs /scratch/tree/below tmpfs 0
mkdir tree/below/deeper
world_mount tmpfs /scratch/tree/below/deeper tmpfs 0
cp "$PROBE" tree/below/deeper/tool
bind() { # [OPTION]
	printf '{ "bind": "/scratch/tree"%s }' "${1:+, $1}"
}

# Read-only is read-only all the way down.
use "$(bind)"
for path in tree tree/below tree/below/deeper; do
	prints 'read-only nosuid nodev noexec' box mount-flags /scratch/$path
	refused EROFS box create /scratch/$path/new
done
refused EACCES box exec /scratch/tree/below/deeper/tool directory
use "$(bind '"access": "read-write", "execute": true')" '"accept-risk": ["writable-executable"]'
for path in tree tree/below tree/below/deeper; do
	prints 'nosuid nodev' box mount-flags /scratch/$path
	works box create /scratch/$path/new -- remove /scratch/$path/new
done
works box exec /scratch/tree/below/deeper/tool directory

# So it is with what is granted at launch, and with what "create" finds there.
at_tree() { # PROBE-ARGUMENT...
	(cd tree && box "$@")
}
read_only_below() { # GRANTS OTHER ARGUMENT...
	use "$1" "$2"
	shift 2
	for path in tree tree/below tree/below/deeper; do
		prints 'read-only nosuid nodev noexec' \
			at_tree mount-flags /look/$path -- exec "$program/bin/probe" processes "$@"
		refused EROFS at_tree create /look/$path/new -- arguments "$@"
		works at_tree kind /look/$path -- processes "$@"
	done
}
look='{ "symlink": "/look", "target": "/scratch" }'
read_only_below "$look" '"working-directory": "read-only"'
read_only_below "$look" '"arguments": { "files": "read-only" }' /scratch/tree
read_only_below "$look, $(bind '"create": "directory"')" ''
use "$look" '"working-directory": "read-write"'
prints 'nosuid nodev noexec' at_tree mount-flags below/deeper
works at_tree create below/deeper/new -- remove below/deeper/new
use '{ "bind": "/scratch/tree", "access": "read-write" }, { "protect": "/scratch/tree" }'
for path in tree tree/below tree/below/deeper; do
	refused EROFS box create /scratch/$path/new
done

# An object is itself a mount here: that is as good as any. A mount below one is not Nix's doing.
world_mount "$program" "$program" 0 $bind
use
works box directory
prints 'read-only nosuid nodev' box mount-flags "$program"
chmod 0755 "$program"
mkdir "$program/below"
world_mount tmpfs "$program/below" tmpfs 0
dies "object $program" box directory
"$PROBE" syscall umount2 "@$program/below" 0 >/dev/null
works box directory

# What the host forbids stays forbidden, whatever is granted; the launch must not stumble on it.
world_mount 0 /scratch/tree/below 0 $((bind | remount | nosuid | nodev | noexec | noatime))
world_mount 0 /scratch/tree/below/deeper 0 \
	$((bind | remount | nosuid | nodev | noexec | noatime | read_only))
use "$(bind '"access": "read-write", "execute": true, "devices": true')" \
	'"accept-risk": ["writable-executable"]'
prints nosuid box mount-flags /scratch/tree
prints 'nosuid nodev noexec' box mount-flags /scratch/tree/below
prints 'read-only nosuid nodev noexec' box mount-flags /scratch/tree/below/deeper
refused EROFS box create /scratch/tree/below/deeper/new
use "$(bind)"
works box listing /scratch/tree/below/deeper
use '{ "bind": "/scratch/tree/below/deeper" }'
works box listing /scratch/tree/below/deeper

# A later mount of the host stays out, also where mounts are shared; and so the other way round.
mkdir common common/point
world_mount /scratch/common /scratch/common 0 $bind
world_mount 0 /scratch/common 0 $shared
use '{ "bind": "/scratch/common", "access": "read-write" }'
background "$launcher" create /scratch/common/started -- await /scratch/common/go \
	-- create /scratch/common/point/by-the-box -- listing /scratch/common/point
works "$PROBE" await /scratch/common/started
world_mount tmpfs /scratch/common/point tmpfs 0
touch common/point/on-the-mount common/go
wait "$running" || failed "the box ended with $?: $(cat background.said)"
running=
equal by-the-box "$(cat background.said)" 'what the box sees below the later mount'
prints on-the-mount outside listing /scratch/common/point
# The control: another name of it on the host does get a later mount.
mkdir another common/second
world_mount /scratch/common /scratch/another 0 $bind
world_mount tmpfs /scratch/common/second tmpfs 0
touch common/second/seen
prints seen outside listing /scratch/another/second

# The root of the host, while the box is built in it, has no name for the box.
use '{ "bind": "/", "to": "/host" }' '"network": "host", "accept-risk": ["host-root", "host-proc",
	"host-dev", "host-sys", "nix-daemon", "runtime-directory", "container-daemon",
	"desktop-control", "gpg-agent", "session-bus", "ssh-agent", "system-bus", "systemd", "x11"]'
works box listing /host/scratch/tree
equal '' "$(box read /proc/self/mountinfo | grep ' /host/.* - ramfs ')" 'parts of the box in it'

# Nor can a link that leads to it grant it once more, without its seals.
mkdir leading
ln -s /proc/self/task/root leading/link
use '{ "bind": "/scratch/leading/link", "to": "/again", "access": "read-write" }' \
	'"network": "host"'
dies 'bind /scratch/leading/link: is the box itself' box directory
