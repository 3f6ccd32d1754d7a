#!/bin/sh
# A policy that says nearly everything the language has, at once: it is read, and its box is as it
# says.
set -eu
. "$srcdir/tests/live/lib.sh"

mkdir -p documents "$store/88888888888888888888888888888888-game/share/game/maps"
game=$store/88888888888888888888888888888888-game/share/game
echo map >"$game/maps/first"
printf '%s\n\n0\n' "${game%/share/game}" >>graph
cat >policy.json <<end
{ "closurebox": 1, "name": "org.example.Game",
  "extends": ["base"],
  "store": "closure",
  "filesystem": [
    { "bind": "\$XDG_DOCUMENTS_DIR", "access": "read-write", "optional": true },
    { "bind": "\$XDG_DATA_HOME/mygame", "to": "\$HOME/.mygame", "access": "read-write",
      "create": "directory" },
    { "tmpfs": "/tmp", "size": "1G", "mode": "1777" },
    { "directory": "/srv", "mode": "0755" },
    { "symlink": "/bin/sh", "target": "$tool" },
    { "file": "/etc/hosts", "text": "127.0.0.1 localhost\n" },
    { "overlay": "/opt/game", "lower": "$game", "changes": "\$XDG_DATA_HOME/mygame/changes" },
    { "mask": "\$HOME/.ssh" } ],
  "home": "private", "working-directory": "keep",
  "arguments": { "prepend": [], "append": [], "files": "read-only" },
  "environment": { "inherit": ["LANG", "TERM", "LC_*"], "set": { "X": "\$HOME/x" }, "unset": [],
    "prefix": { "XDG_DATA_DIRS": ["$program/share"] } },
  "network": "none", "share": ["ipc"], "hostname": "box",
  "system-calls": { "base": "default", "allow": [], "deny": ["io_uring_setup"],
    "architectures": ["native"] },
  "nested-sandbox": false,
  "process": { "new-session": false, "die-with-parent": true, "core-dumps": false,
    "limits": { "open-files": 4096 }, "nice": 0, "wait-for": "main", "stop-timeout": "5s",
    "umask": "0077" },
  "descriptors": "standard",
  "accept-risk": [] }
end
"$CLOSUREBOX" policy check policy.json || failed 'it is not accepted'
launcher=/scratch/whole
"$CLOSUREBOX" compile --graph graph --root "$program" --extra-root "${game%/share/game}" \
	--extra-root "$tool" --program "$program/bin/probe" --stub "$STUB" --policy policy.json \
	-o "$launcher"
XDG_DOCUMENTS_DIR=/scratch/documents LANG=C.UTF-8 LC_ALL=C SECRET=1
export XDG_DOCUMENTS_DIR LANG LC_ALL SECRET

# Twice, for what is kept.
for _ in 1 2; do
	works box create /scratch/documents/new text -- remove /scratch/documents/new
	works box create "$HOME/.mygame/save" 1 -- remove "$HOME/.mygame/save"
	works box create /tmp/x '' -- create "$HOME/kept" '' -- remove "$HOME/kept"
	prints "$tool" box readlink /bin/sh
	prints '127.0.0.1 localhost' box read /etc/hosts
	prints map box read /opt/game/maps/first
	works box create /opt/game/maps/own '' -- remove /opt/game/maps/own
	works box listing "$HOME"
	! grep -qx secret said || failed 'the home is not its own'
	refused EROFS box create /srv/new
	matches "X=$HOME/x" box environment
	matches "XDG_DATA_DIRS=$program/share" box environment
	matches 'LC_ALL=C' box environment
	! grep -q SECRET said || failed 'a variable passes that is not in the list'
done
prints secret box read "$HOME/secret" # it is named
[ -d "$HOME/.local/share/closurebox/org.example.Game/home" ] || failed 'no home is kept'

# What the launcher says of itself compiles to the same.
"$CLOSUREBOX" inspect --policy "$launcher" >merged.json
"$CLOSUREBOX" compile --graph graph --root "$program" --extra-root "${game%/share/game}" \
	--extra-root "$tool" --program "$program/bin/probe" --stub "$STUB" --policy merged.json \
	-o again
"$CLOSUREBOX" inspect --steps "$launcher" >steps
"$CLOSUREBOX" inspect --steps again | diff steps - || failed 'the merged policy is another'
