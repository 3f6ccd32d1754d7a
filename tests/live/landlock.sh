#!/bin/sh
# The store mode "landlock": the whole store is there, and the program can open the closure only;
# the rest of the box is as ever.
set -eu
. "$srcdir/tests/live/lib.sh"

abi=$(landlock_abi)
[ "$abi" -ge 3 ] || skip "this kernel's Landlock is ABI $abi"
chmod 0755 "$outsider"
cp "$PROBE" "$outsider/probe"
chmod 0555 "$outsider/probe" "$outsider"
mkdir readable writable
echo readable >readable/file
echo writable >writable/file
grants='{ "bind": "/scratch/readable" }, { "bind": "/scratch/writable", "access": "read-write" }'

# The closure, and what is not of it; the control is the store as a whole.
for store_mode in landlock whole; do
	use "$grants" '"store": "'$store_mode'"'
	prints inside box read "$program/etc/text"
	prints inside box read "$link/text"
	prints plain box read "$plain"
	prints "$program/etc" box readlink "$link"
	matches etc box listing "$program"
	works box exec "$tool" directory
	works box exec "$program/bin/probe" directory
	refused EROFS box create "$program/new"
	# Landlock lets truncate(2) (76, x86-64) pass for the sake of each open; the mount does not.
	chmod 666 "$program/etc/text"
	refused EROFS box syscall 76 "@$program/etc/text" 7
	works outside syscall 76 "@$program/etc/text" 7
	chmod 444 "$program/etc/text"
	refused ENOENT box read "$dangling"
	if [ $store_mode = whole ]; then
		prints secret box read "$outsider/secret"
		prints secret box read "$way_out/secret"
		works box listing "$outsider"
		works box listing "$store"
		works box listing /
		works box exec "$outsider/probe" directory
	else
		refused EACCES box read "$outsider/secret"
		refused EACCES box read "$way_out/secret"
		refused EACCES box listing "$outsider"
		refused EACCES box listing "$store"
		refused EACCES box listing "$store/../store/."
		refused EACCES box listing /
		refused EACCES box listing /nix
		refused EACCES box exec "$outsider/probe" directory
		refused EACCES box listing /proc/self/root/nix/store
		refused EACCES box read "/proc/self/root$outsider/secret"
	fi
done

# What is beside the store: as without Landlock.
use "$grants" '"store": "landlock"'
for path in /tmp "$HOME" /dev/shm /scratch/writable; do
	prints text box create "$path/new" text -- read "$path/new" -- remove "$path/new"
	works box mkdir "$path/one" -- mkdir "$path/one/two" -- remove "$path/one/two" \
		-- symlink here "$path/one/link" -- remove "$path/one/link" -- remove "$path/one"
done
prints readable box read /scratch/readable/file
refused EROFS box write /scratch/readable/file
works box write /scratch/writable/file
works box write /dev/null
works box read /etc/passwd
works box read /proc/self/status
works box listing /dev
works box loopback
refused ENOENT box read "$HOME/secret"
# Rename from one directory to another, which Landlock refuses in a domain that does not handle it.
case $(uname -m) in
x86_64) renameat2=316 ;;
aarch64 | riscv64 | loongarch64) renameat2=276 ;;
*) renameat2= ;;
esac
if [ "$renameat2" ]; then
	matches text box mkdir /tmp/a -- mkdir /tmp/b -- create /tmp/a/x text -- \
		syscall $renameat2 $((-100)) @/tmp/a/x $((-100)) @/tmp/b/x 0 -- \
		read /tmp/b/x
fi

# What a descriptor has open can be opened again as it is, through /proc, and no further.
echo input >input
again() { # COMMAND...
	box "$@" <input >>output
}
for store_mode in landlock closure; do
	use "$grants" '"store": "'$store_mode'"'
	echo old >output
	works again read /dev/stdin
	equal "$(printf 'old\ninput')" "$(cat output)" 'what was read again'
	works again write /dev/stdout
	if [ $store_mode = closure ]; then
		works again write /dev/stdin
		works again read /dev/stdout
	else
		refused EACCES again write /dev/stdin
		refused EACCES again read /dev/stdout
	fi
done

# Signals and abstract sockets stay inside, as in every box (scope.sh).
if [ "$abi" -ge 6 ]; then
	use "$grants" '"store": "landlock", "network": "host"'
	background "$PROBE" listen "abstract:closurebox-landlock-$$" listens
	works "$PROBE" await listens
	works outside connect "abstract:closurebox-landlock-$$"
	refused EPERM box connect "abstract:closurebox-landlock-$$"
	stop
fi

# A kernel without Landlock, or with it switched off, or without scopes: no such box; others go on.
create_ruleset=444
for error in '38 needs Landlock of Linux 5.13' '95 Landlock is off'; do
	use "$grants" '"store": "landlock"'
	dies "${error#* }" \
		as_user "$ACTOR" refuse $create_ruleset "${error%% *}" "$launcher" directory
	use "$grants"
	works as_user "$ACTOR" refuse $create_ruleset "${error%% *}" "$launcher" directory
done
works as_user "$ACTOR" refuse $create_ruleset 7 "$launcher" directory
# Any other failure ends the launch, and so does one to put the rules in force.
dies 'scope: landlock_create_ruleset: ' \
	as_user "$ACTOR" refuse $create_ruleset 1 "$launcher" directory
dies 'restrict: landlock_restrict_self: ' \
	as_user "$ACTOR" refuse $((create_ruleset + 2)) 95 "$launcher" directory
