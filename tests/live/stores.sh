#!/bin/sh
# "store": "whole": all of the host's store is there, as the host has it, but nothing can change it.
set -eu
. "$srcdir/tests/live/lib.sh"

whole='"store": "whole"'
use '' "$whole"
prints "$(ls -A "$store")" box listing "$store"
prints secret box read "$outsider/secret"
prints secret box read "$way_out/secret"
works box exec "$tool" directory
prints 'read-only nosuid nodev' box mount-flags "$store"
prints 'read-only nosuid nodev' box mount-flags "$outsider"
for path in "$store" "$program" "$outsider"; do
	chmod u+w "$path"
	refused EROFS box create "$path/new"
	works outside create "$path/new"
	rm "$path/new"
done
refused EROFS box chmod "$plain" 0777
refused EROFS box remove "$plain"

# The closure alone is the control, and what comes into the store later is in this one only.
use
refused ENOENT box listing "$outsider"
late=$store/88888888888888888888888888888888-late
mkdir "$late"
echo late >"$late/file"
refused ENOENT box listing "$late"
use '' "$whole"
prints late box read "$late/file"

# A mount of the host in it is as read-only; one that comes while the box runs stays out.
mkdir "$outsider/below"
world_mount tmpfs "$outsider/below" tmpfs 0
echo below >"$outsider/below/file"
prints below box read "$outsider/below/file"
prints 'read-only nosuid nodev' box mount-flags "$outsider/below"
refused EROFS box create "$outsider/below/new"
works outside create "$outsider/below/new"
"$PROBE" syscall umount2 "@$outsider/below" 0 >/dev/null
mkdir shared
use '{ "bind": "/scratch/shared", "access": "read-write" }' "$whole"
background "$launcher" create /scratch/shared/started -- await /scratch/shared/go \
	-- listing "$outsider/below"
works "$PROBE" await /scratch/shared/started
world_mount tmpfs "$outsider/below" tmpfs 0
touch "$outsider/below/later" shared/go
wait "$running" || failed "the box ended with $?: $(cat background.said)"
running=
equal '' "$(cat background.said)" 'what the box sees below the later mount'
prints later outside listing "$outsider/below"
"$PROBE" syscall umount2 "@$outsider/below" 0 >/dev/null

# No variable puts anything over it.
use '{ "bind": "/scratch/shared", "to": "$DATA" }' "$whole"
for DATA in /nix /nix/store "$program" "$late"; do
	export DATA
	dies 'would hide the closure' box directory
done
