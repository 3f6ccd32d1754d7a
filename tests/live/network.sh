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
