#!/bin/sh
# Signals and abstract sockets stay in the box, those too that no namespace keeps in: signals to the
# process group that box and caller are in, and the sockets of a network that is the host's.
set -eu
. "$srcdir/tests/live/lib.sh"

abi=$(landlock_abi)
[ "$abi" -ge 6 ] || skip "this kernel's Landlock is ABI $abi; scopes are new in ABI 6 (Linux 6.12)"

# A listener on an abstract name, which nothing but the network namespace or the scope hides.
address=closurebox-scope-$$
background "$PROBE" listen "abstract:$address" listens
works "$PROBE" await listens
works outside connect "abstract:$address"
use '' '"network": "host"'
refused EPERM box connect "abstract:$address"
use '' '"network": "host", "system-calls": { "base": "none" }'
refused EPERM box connect "abstract:$address"
stop
# What is no abstract socket it can reach.
background "$PROBE" listen tcp:0 port
works "$PROBE" await port
works box connect "tcp:$(cat port)"
stop

# What a bystander in the process group of the command hears.
heard() { # COMMAND...
	as_user setsid sh -c '
		trap "" USR1
		"$ACTOR" catch 0 USR1 TERM >bystander &
		until grep -q ready bystander; do sleep 0.02; done
		"$@" >said 2>&1 || echo "$* ended with $?"
		kill -TERM $!
		wait $!' sh "$@"
	grep -v ready bystander || :
}
equal "$(printf 'caught 10\ncaught 15')" "$(heard "$PROBE" syscall kill 0 10)" 'the control'
for share in '' '"share": ["pid"], '; do
	use '' "$share"'"system-calls": { "base": "none" }'
	equal 'caught 15' "$(heard "$launcher" syscall kill 0 10)" 'a signal to the group'
done

# Inside they work: from the program to init and to itself.
use
works box syscall kill 1 0 -- syscall kill 2 0
