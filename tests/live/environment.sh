#!/bin/sh
# The program's environment is the caller's, but for PATH, HOME and the names of directories.
set -eu
. "$srcdir/tests/live/lib.sh"

# with NAME=VALUE...: the box in exactly this environment
with() {
	as_user "$PROBE" with-environment $# "$@" "$launcher" environment
}
use
works with A=1 B= 'C=x y=z' PATH=/usr/bin:/bin HOME=/somewhere A_TOKEN=t PATHS=p
sort said >found
sort >wanted <<end
A=1
B=
C=x y=z
A_TOKEN=t
PATHS=p
HOME=/somewhere
PATH=$program/bin
PWD=/somewhere
end
diff -u wanted found || failed 'another environment than expected'

# The policy's variables come last, once each.
use '' '"environment": { "set": { "A": "new", "B": "${A}-${MISSING:-none}" }, "unset": [ "C" ] }'
works with A=1 A=2 B=3 C=4 C=5 D=6
sort said >found
sort >wanted <<end
A=new
B=1-none
D=6
HOME=/home
PATH=$program/bin
PWD=/home
end
diff -u wanted found || failed 'another environment than the policy says'

# A variable the policy needs must be there.
use '' '"environment": { "set": { "A": "${NEEDED}" } }'
dies A with B=1
works with NEEDED=1
