#!/bin/sh
# Paths that only the launch knows: $HOME, variables, defaults, and what must not come of them.
set -eu
. "$srcdir/tests/live/lib.sh"

mkdir -p "$HOME/data" "$HOME/.local/share" "$HOME/.config" elsewhere/data
echo home >"$HOME/data/file"
echo share >"$HOME/.local/share/file"
echo elsewhere >elsewhere/data/file
with() { # VARIABLE=VALUE... -- PROBE-ARGUMENT...
	variables=0
	for word; do
		[ "$word" != -- ] || break
		variables=$((variables + 1))
	done
	shift_by=$variables
	settings=
	while [ $shift_by -gt 0 ]; do
		settings="$settings $1"
		shift
		shift_by=$((shift_by - 1))
	done
	shift
	# shellcheck disable=SC2086 # a word each; none has blanks
	as_user "$PROBE" with-environment $variables $settings "$launcher" "$@"
}

# A home where the closure is would hide it.
use
dies 'would hide the closure' with HOME=/nix/store -- directory
dies 'would hide the closure' with HOME=/nix -- directory

# $HOME: granted below the temporary home
use '{ "bind": "$HOME/data" }'
prints home box read "$HOME/data/file"
prints data box listing "$HOME"
prints elsewhere with HOME=/scratch/elsewhere -- read /scratch/elsewhere/data/file
dies '$HOME' with A=1 -- directory
dies '$HOME' with HOME=relative -- directory
dies '$HOME' with HOME=/ -- directory

# Variables and defaults
use '{ "bind": "${DATA:-$HOME/data}", "to": "/data" }'
prints elsewhere with DATA=/scratch/elsewhere/data HOME="$HOME" -- read /data/file
prints home with HOME="$HOME" -- read /data/file
prints home with DATA= HOME="$HOME" -- read /data/file
use '{ "bind": "$XDG_DATA_HOME" }'
prints share box read "$HOME/.local/share/file"
prints elsewhere with XDG_DATA_HOME=/scratch/elsewhere/data -- read /scratch/elsewhere/data/file
use '{ "bind": "${DATA:-${OTHER:-/scratch/elsewhere}/data}", "to": "/data" }'
prints elsewhere with A=1 -- read /data/file
prints home with OTHER="$HOME" -- read /data/file

# Unset: named, or left out if optional
use '{ "bind": "$DATA", "to": "/data" }'
dies DATA box directory
use '{ "bind": "$DATA", "to": "/data", "optional": true }'
works box directory
refused ENOENT box listing /data
use '{ "bind": "/scratch/elsewhere", "to": "/data/$DATA", "optional": true }'
works box directory
refused ENOENT box listing /data

# What is no absolute path is refused, optional or not; nor do links and dots lead out.
use '{ "bind": "$DATA", "to": "/data", "optional": true }'
for value in relative ./relative ../scratch -; do
	dies 'not absolute' with DATA=$value -- directory
done
use '{ "directory": "$DATA" }'
for value in relative . ..; do
	dies 'not absolute' with DATA=$value -- directory
done
for value in /scratch/elsewhere/../../../made /../../made /../scratch/made; do
	code=0
	with DATA=$value -- directory >said 2>&1 || code=$?
	[ $code = 0 ] || [ $code = 125 ] || failed "DATA=$value ended with $code: $(cat said)"
	[ ! -e /made ] && [ ! -e /scratch/made ] || failed "DATA=$value made something on the host"
done
long=/$(head -c 5000 /dev/zero | tr '\0' a)
dies PATH_MAX with DATA="$long" -- directory

# Home: any that a user may have; started where the box has no such directory
use
cd /scratch/elsewhere
for home in /scratch/home /home /home/user /root /scratch/no/such/home /tmp/home; do
	prints "$home" with HOME=$home -- exec "$program/bin/probe" directory
	prints '' with HOME=$home -- listing $home
	matches "HOME=$home" with HOME=$home -- environment
done
for home in /scratch/home/ /new// //scratch//home; do
	works with HOME=$home -- create "$home/new"
	matches "HOME=$home" with HOME=$home -- environment
done
for home in HOME= HOME=/ HOME=// HOME=relative NONE=; do
	matches HOME=/home with $home -- environment
	prints 'directory 0700' with $home -- kind /home
done
# Not where the box itself is: the closure is there, or nothing starts.
for home in /nix /nix/store "$program" /nix/store/../store /proc /dev /etc /tmp/../../.. /.. \
	/proc/self/root /proc/1/root /etc/passwd /dev/null; do
	code=0
	with HOME=$home -- listing "$store" >said 2>&1 || code=$?
	case $code in
	0)
		grep -qx "${program#"$store"/}" said ||
			failed "HOME=$home hides the closure: $(cat said)"
		;;
	125 | 126 | 127) ;;
	*) failed "HOME=$home ended with $code: $(cat said)" ;;
	esac
done

cd /scratch

# Whatever it is, no mount of the host is left in the box, and nothing of it can be written to.
use '{ "bind": "/scratch/elsewhere", "to": "$DATA" }'
for value in / /.. /data /nix /proc/self/root; do
	for home in /scratch/home /tmp/../..; do
		code=0
		with DATA=$value HOME=$home -- read /proc/self/mountinfo >said 2>&1 || code=$?
		case $code in
		0)
			# the fifth field is the mount point
			if cut -d' ' -f5 said | grep -E '^/(usr|scratch|work|var)$'; then
				failed "DATA=$value HOME=$home: mounts of the host in the box"
			fi
			refused ENOENT with DATA=$value HOME=$home -- read /scratch/launcher-1
			;;
		125 | 127) ;;
		*) failed "DATA=$value HOME=$home ended with $code: $(cat said)" ;;
		esac
	done
done

# What a value holds reaches no terminal as a command; nor what only UTF-8 makes one.
use '{ "bind": "$DATA", "to": "/data" }'
for value in '\033[31m' '\r' '\302\233' '\342\200\256'; do
	dies 'open_tree: ' with DATA="/no$(printf '%b' "$value")" -- directory
	! grep -qF "$(printf '%b' "$value" | head -c 2)" said || failed "'$value' is said as it is"
done
dies '/nö: ' with DATA=/nö -- directory
