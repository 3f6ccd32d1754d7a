#!/bin/sh
# The box's network: a loopback of its own, nothing else, and no socket of the host.
set -eu
. "$srcdir/tests/live/lib.sh"

use
interfaces() {
	"$@" read /proc/net/dev | sed -n 's/^ *\([^ :]*\):.*/\1/p'
}
prints lo interfaces box
works box loopback

background "$PROBE" listen tcp:0 port
works "$PROBE" await port
works outside connect "tcp:$(cat port)"
refused ECONNREFUSED box connect "tcp:$(cat port)"
stop

name=closurebox-live-$$
background "$PROBE" listen "abstract:$name" listens
works "$PROBE" await listens
works outside connect "abstract:$name"
refused ECONNREFUSED box connect "abstract:$name"
stop

# A socket with a path is a file like others: there if granted.
use '{ "bind": "/scratch/sockets" }'
mkdir sockets
background "$PROBE" listen unix:/scratch/sockets/socket bound
works "$PROBE" await bound
works outside connect unix:/scratch/sockets/socket
works box connect unix:/scratch/sockets/socket
use
refused ENOENT box connect unix:/scratch/sockets/socket
stop

# The host's network, as far as the kernel has it for an ordinary user.
use '' '"network": "host"'
equal "$(interfaces outside)" "$(interfaces box)" "interfaces of the host's network"
background "$PROBE" listen tcp:0 host-port
works "$PROBE" await host-port
works box connect "tcp:$(cat host-port)"
stop
background "$PROBE" listen unix:/scratch/sockets/another another
works "$PROBE" await another
works outside connect unix:/scratch/sockets/another
refused ENOENT box connect unix:/scratch/sockets/another
stop

# Blocked, the network is the host's, and the program gets sockets of AF_UNIX alone.
blocked='"network": "blocked"'
if [ "$(landlock_abi)" -lt 6 ]; then
	use '' "$blocked"
	dies 'or of 6.12 to block a network' box directory
	echo "no Landlock that keeps abstract sockets in: a blocked network was not tried"
	exit $failures
fi
inet=2 inet6=10 stream=1
others="0 $inet $inet6 16 17 38 40" # AF_UNSPEC, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK
background "$PROBE" listen tcp:0 blocked-port
works "$PROBE" await blocked-port
for network in host blocked; do
	use '' "\"network\": \"$network\""
	if [ $network = host ]; then
		works box connect "tcp:$(cat blocked-port)"
		works box syscall socket $inet $stream 0 -- syscall socket 16 3 0
		continue
	fi
	for more in '' ', "store": "landlock"' ', "system-calls": { "base": "none" }' \
		', "nested-sandbox": true' ', "share": ["pid"]' \
		', "system-calls": { "base": "strict", "allow": ["@known"] }'; do
		use '' "$blocked$more"
		refused EAFNOSUPPORT box connect "tcp:$(cat blocked-port)"
		for family in $others; do
			refused EAFNOSUPPORT box syscall socket $family $stream 0
			refused EAFNOSUPPORT box syscall socketpair $family $stream 0 0
		done
		refused EAFNOSUPPORT box syscall socket $((1 << 32 | inet)) $stream 0
		works box syscall socket 1 $stream 0
		refused EFAULT box syscall socketpair 1 $stream 0 0
		for call in setup enter register; do
			refused ENOSYS box syscall io_uring_$call $((-1)) 0 0 0 0 0
		done
	done
done
# A network that the program makes is another one, and the filter and the scope stay.
use '' "$blocked"', "nested-sandbox": true'
new_user=0x10000000 new_net=0x40000000
works box syscall unshare $((new_user | new_net))
refused EAFNOSUPPORT box syscall unshare $((new_user | new_net)) -- syscall socket $inet $stream 0
use '' "$blocked"
refused EPERM box syscall unshare $((new_user | new_net))
stop

# Abstract sockets of the host: the scope alone keeps them out. The control is a scope without them.
background "$PROBE" listen "abstract:$name" listens-again
works "$PROBE" await listens-again
socket='{ "bind": "/tmp/.X11-unix", "optional": true }'
use "$socket" '"network": "host", "accept-risk": ["x11"]'
works box connect "abstract:$name"
for more in '' ', "store": "landlock"' ', "system-calls": { "base": "none" }' \
	', "accept-risk": ["x11"]' ', "nested-sandbox": true'; do
	use '' "$blocked$more"
	refused EPERM box connect "abstract:$name"
done
use '' "$blocked"', "nested-sandbox": true'
refused EPERM box syscall unshare $new_user -- connect "abstract:$name"
stop

# A socket with a path is a file, here too.
use '{ "bind": "/scratch/sockets" }' "$blocked"
rm -f sockets/socket
background "$PROBE" listen unix:/scratch/sockets/socket bound-again
works "$PROBE" await bound-again
works box connect unix:/scratch/sockets/socket
use '' "$blocked"
refused ENOENT box connect unix:/scratch/sockets/socket
stop

# What is not promised: the host's tables are seen, and a name that the box takes is the host's.
equal "$(interfaces outside)" "$(interfaces box)" "interfaces where the network is blocked"
# None of it is changed: the right to is asked for first (SIOCSIFFLAGS, of an interface that is
# not there). The control has a network of its own.
set_flags=0x8914
refused ENODEV as_some_root syscall socket 1 $stream 0 -- syscall ioctl 3 $set_flags @none-such-0
refused EPERM box syscall socket 1 $stream 0 -- syscall ioctl 3 $set_flags @none-such-0
use '{ "bind": "/scratch/sockets", "access": "read-write" }' "$blocked"
background "$launcher" listen "abstract:$name" /scratch/sockets/taken
works "$PROBE" await sockets/taken
works outside connect "abstract:$name"
stop

# Ways past the number of a system call: queues of io_uring, and socketcall of i386.
mkdir tools
cp "$CALLS" tools/calls
calls() { # ARGUMENT...
	box exec /scratch/tools/calls "$@"
}
tools='{ "bind": "/scratch/tools", "execute": true }'
ring='"system-calls": { "base": "none" }'
if outside exec "$CALLS" ring $inet; then
	use "$tools" '"network": "host", '"$ring"
	works calls ring $inet
else
	echo 'no control for io_uring: this kernel refuses it'
fi
use "$tools" "$blocked, $ring"
refused ENOSYS calls ring $inet
refused ENOSYS calls ring 1
i386='"system-calls": { "architectures": ["native", "i386"] }'
if [ "$(uname -m)" = x86_64 ] && outside exec "$CALLS" i386 socketcall 1 $inet $stream; then
	use "$tools" '"network": "host", '"$i386"
	works calls i386 socketcall 1 $inet $stream
	works calls i386 make 359 $inet $stream 0
	for base in default none; do
		use "$tools" "$blocked, \"system-calls\": { \"base\": \"$base\",
			\"architectures\": [\"native\", \"i386\"] }"
		refused ENOSYS calls i386 socketcall 1 $inet $stream
		refused ENOSYS calls i386 socketcall 1 1 $stream
		refused ENOSYS calls i386 socketcall 8 $inet $stream
		refused EBADF calls i386 socketcall 3 99 0 0
		refused EAFNOSUPPORT calls i386 make 359 $inet $stream 0
		refused EAFNOSUPPORT calls i386 make 360 $inet $stream 0
		works calls i386 make 359 1 $stream 0
	done
else
	echo 'no control for socketcall: this kernel has no calls of i386'
fi

# Where the kernel has no scope, as one without Landlock (ENOSYS), an older one (E2BIG), or where it
# is off, nothing is started. The control is a network of the box's own.
create_ruleset=444
for error in 38 7 95; do
	use
	works as_user "$ACTOR" refuse $create_ruleset $error "$launcher" directory
	for store_mode in closure landlock; do
		use '' "$blocked, \"store\": \"$store_mode\""
		dies 'landlock_create_ruleset: ' \
			as_user "$ACTOR" refuse $create_ruleset $error "$launcher" directory
	done
done
for error in 38 7; do
	use '' "$blocked"
	dies 'scope: landlock_create_ruleset: ' \
		as_user "$ACTOR" refuse $create_ruleset $error "$launcher" directory
	grep -q 'or of 6.12 to block a network' said || failed "no word of that kernel: $(cat said)"
done
# So it is where Landlock is older than its scopes. The control goes on without them. Who answers in
# the kernel's place keeps the world's rights, to read what is asked.
old_landlock() { # PROBE-ARGUMENT...
	if [ "$WORLD" = 0 ]; then
		"$ACTOR" landlock-5 "$launcher" "$@"
	else
		"$ACTOR" landlock-5 "$(command -v setpriv)" --ambient-caps=-all --inh-caps=-all \
			"$launcher" "$@"
	fi
}
for store_mode in closure landlock; do
	use '' "\"network\": \"host\", \"store\": \"$store_mode\""
	works old_landlock directory
	use '' "$blocked, \"store\": \"$store_mode\""
	dies 'needs Landlock of Linux 5.13, or of 6.12 to block a network' old_landlock directory
	works box directory
done
