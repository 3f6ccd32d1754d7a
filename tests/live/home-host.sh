#!/bin/sh
# The caller's home, to write, without what the host executes and without keys: "home": "host".
set -eu
. "$srcdir/tests/live/lib.sh"

mkdir -p "$HOME/.ssh" "$HOME/.config/sway" "$HOME/.local/share/closurebox/other/home" \
	"$HOME/documents" "$HOME/.docker"
echo key >"$HOME/.ssh/id"
echo rc >"$HOME/.bashrc"
echo profile >"$HOME/.profile"
echo token >"$HOME/.docker/config.json"
echo data >"$HOME/.local/share/closurebox/other/home/file"

# Ordinary files are the caller's own.
use '' '"home": "host"'
matches "HOME=$HOME" box environment
prints secret box read "$HOME/secret"
works box create "$HOME/made" made
equal made "$(cat "$HOME/made")" 'file made in the box'
works box write "$HOME/documents/../made" MADE -- rename "$HOME/made" "$HOME/moved"
works box mkdir "$HOME/.config/program" -- create "$HOME/.config/program/settings"
works box create "$HOME/.local/share/data" -- remove "$HOME/.local/share/data"
prints 'nosuid nodev noexec' box mount-flags "$HOME"

# Start-up files can be read, not changed, removed or replaced; missing ones not made.
prints rc box read "$HOME/.bashrc"
refused EROFS box write "$HOME/.bashrc" x
refused EBUSY box remove "$HOME/.bashrc"
refused EBUSY box rename "$HOME/moved" "$HOME/.bashrc"
equal rc "$(cat "$HOME/.bashrc")" 'the start-up file'
for file in .zshenv .bash_profile .bash_login .xprofile .config/user-dirs.dirs \
	.pam_environment; do
	works box create "$HOME/$file.new" x
	refused EROFS box write "$HOME/$file" x
	refused EBUSY box rename "$HOME/$file.new" "$HOME/$file"
done
# Those that would change something for the host are protected, not made: `git config --global`
# writes to this one if it is there.
[ ! -e "$HOME/.gitconfig" ] || failed '.gitconfig was made'
echo '[user]' >"$HOME/.gitconfig"
refused EROFS box write "$HOME/.gitconfig" x
rm "$HOME/.gitconfig"
for directory in .config/autostart .config/systemd .config/environment.d .config/sway bin \
	.local/bin .local/lib .local/share/applications .local/share/dbus-1 .config/fish; do
	refused EROFS box create "$HOME/$directory/x"
	refused EROFS box mkdir "$HOME/$directory/x"
	refused EBUSY box rename "$HOME/$directory" "$HOME/$directory.away"
done
# Nor can the directories that these are in be put aside.
for directory in .config .local .local/share .local/state; do
	refused EBUSY box rename "$HOME/$directory" "$HOME/$directory.away"
done
works box rename "$HOME/documents" "$HOME/away" -- rename "$HOME/away" "$HOME/documents"

# What was made for that changes nothing: a login shell reads what it would have read.
[ ! -s "$HOME/.zshenv" ] || failed 'the start-up file that was made is not empty'
echo 'echo profile' >"$HOME/.profile"
equal profile "$(bash --login -c : 2>&1)" 'what a login shell says'

# Keys and what closurebox keeps
refused EACCES box listing "$HOME/.ssh"
refused EACCES box read "$HOME/.docker/config.json"
for directory in .local/share .config .local/state; do
	refused EACCES box listing "$HOME/$directory/closurebox"
	refused EBUSY box rename "$HOME/$directory/closurebox" "$HOME/$directory/away"
done
refused EACCES box create "$HOME/.ssh/authorized_keys"
refused EBUSY box rename "$HOME/.ssh" "$HOME/away"

# A key store that a variable names too is masked once.
GNUPGHOME=$HOME/.gnupg
export GNUPGHOME
refused EACCES box listing "$HOME/.gnupg"
works box create "$HOME/documents/x" -- remove "$HOME/documents/x"
unset GNUPGHOME

# None of that is the host's doing: with the same grant and no covers all of it works.
use "{ \"bind\": \"$HOME\", \"to\": \"$HOME\", \"access\": \"read-write\" }" \
	'"accept-risk": ["home", "executed-by-host", "ssh-agent", "gpg-agent", "container-daemon"]'
prints key box read "$HOME/.ssh/id"
prints token box read "$HOME/.docker/config.json"
prints data box read "$HOME/.local/share/closurebox/other/home/file"
works box write "$HOME/.bashrc" x -- remove "$HOME/.zlogin"
works box create "$HOME/.config/autostart/x" -- rename "$HOME/.config" "$HOME/away" -- \
	rename "$HOME/away" "$HOME/.config"

# Where the XDG base directories are elsewhere in it
XDG_CONFIG_HOME=$HOME/settings
export XDG_CONFIG_HOME
use '' '"home": "host"'
refused EROFS box create "$HOME/settings/autostart/x"
refused EBUSY box rename "$HOME/settings" "$HOME/away"
# A program of the host that has no such variable looks in the usual places.
XDG_DATA_HOME=$HOME/settings/data
XDG_STATE_HOME=$HOME/settings/state
export XDG_DATA_HOME XDG_STATE_HOME
mkdir -p "$HOME/.local/share/keyrings" "$HOME/.config/gh"
for directory in .config/autostart .config/sway .local/share/applications .local/state/nix \
	settings/systemd settings/data/applications settings/state/nix; do
	refused EROFS box create "$HOME/$directory/x.desktop"
	refused EBUSY box rename "$HOME/$directory" "$HOME/$directory.away"
done
refused EROFS box write "$HOME/.config/user-dirs.dirs" x
for directory in .config/gh .config/closurebox .local/share/closurebox .local/share/keyrings \
	.local/state/closurebox settings/closurebox settings/data/closurebox \
	settings/state/closurebox; do
	refused EACCES box listing "$HOME/$directory"
done
for directory in .config .local .local/share .local/state settings settings/data; do
	refused EBUSY box rename "$HOME/$directory" "$HOME/$directory.away"
done
works box create "$HOME/settings/own" -- create "$HOME/.config/own"
# The same without covers: it is they that refuse.
use "{ \"bind\": \"$HOME\", \"to\": \"$HOME\", \"access\": \"read-write\" }" \
	'"accept-risk": ["home", "executed-by-host", "ssh-agent", "gpg-agent", "container-daemon"]'
works box create "$HOME/.config/autostart/y" -- remove "$HOME/.config/autostart/y" -- \
	listing "$HOME/.local/share/keyrings"
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME

# Links, as keepers of start-up files make them: neither they nor what they lead to can be changed.
HOME=/scratch/linked
export HOME
mkdir -p "$HOME/dotfiles" "$HOME/settings"
echo rc >"$HOME/dotfiles/bashrc"
ln -s dotfiles/bashrc "$HOME/.bashrc"
ln -s dotfiles/missing "$HOME/.zshenv"
ln -s /nowhere/at-all "$HOME/.zshrc"
ln -s settings "$HOME/.config"
use '' '"home": "host"'
prints rc box read "$HOME/.bashrc"
refused EROFS box write "$HOME/dotfiles/bashrc" x
refused EROFS box create "$HOME/.config/autostart/x"
for name in .bashrc .zshenv .zshrc .config settings dotfiles; do
	refused EBUSY box rename "$HOME/$name" "$HOME/away"
done
works box symlink nowhere "$HOME/link" -- rename "$HOME/link" "$HOME/away"
