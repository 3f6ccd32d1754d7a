#!/bin/sh
# The program's environment: the caller's but for what a box has no use for, or what a list lets
# pass; then what the policy takes away, sets and puts before.
set -eu
. "$srcdir/tests/live/lib.sh"

# with NAME=VALUE...: the box in exactly this environment
with() {
	as_user "$PROBE" with-environment $# "$@" "$launcher" environment
}
# environment WANTED CALLER'S-VARIABLE...: those of the program, but for the few that all have
environment() {
	wanted=$1
	shift
	works with "$@"
	grep -vE '^(HOME|PATH|PWD)=' said | sort >found
	printf '%s' "${wanted:+$wanted
}" | sort >wanted
	diff -u wanted found >difference || failed "$1...: $(cut -c 1-200 difference)"
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

# What is no variable does not pass, by whatever rule; all the rest does, as the control.
use '' '"environment": { "unset": ["C*"] }'
environment 'A=1
=x
B=2' A=1 LD_PRELOAD =x '' NONE B=2 C
use '' '"environment": { "inherit": ["*", "NONE"] }'
environment 'A=1
B=2' A=1 NONE '' B=2

# A variable the policy needs must be there.
use '' '"environment": { "set": { "A": "${NEEDED}" } }'
dies 'set A: needs $NEEDED, which is not set' with B=1
works with NEEDED=1

# Of the caller's only what matches a pattern; each as often as the caller has it.
use '' '"environment": { "inherit": ["LANG", "LC_*", "*_END", "A*Z*9"] }'
environment 'LANG=x
LC_=y
LC_ALL=C=D
THE_END=
AZ9=1
AxxZyy9=2' LANG=x LANGUAGE=no xLANG=no LC_=y LC_ALL=C=D LC=no THE_END= THE_ENDS=no \
	AZ9=1 AxxZyy9=2 zZ9=no value=LANG no=*_END
use '' '"environment": { "inherit": ["*A*", "A"] }'
environment 'A=1
A=2
BAB=3' A=1 A=2 BAB=3 B=4
use '' '"environment": { "inherit": [] }'
environment '' A=1 B=2
use '' '"environment": { "inherit": ["*"], "unset": ["A*", "*B"], "set": { "AC": "${AC:-}-set" } }'
environment 'AC=-set
D=4' A=1 AA=2 CB=3 D=4
environment 'AC=5-set' AC=5

# A preset keeps from the program what names code to load and sockets of the session. The control is
# the same without the list; a policy can say that one is to pass.
denied='LD_PRELOAD=/x.so LD_LIBRARY_PATH=/x LD_AUDIT=/x QT_PRELOAD=/x GLIBC_TUNABLES=x GCONV_PATH=/x
	PYTHONPATH=/x PERL5LIB=/x NODE_OPTIONS=x BASH_ENV=/x BASH_FUNC_f%%=() SSH_AUTH_SOCK=/x
	DBUS_SESSION_BUS_ADDRESS=x DISPLAY=:0 WAYLAND_DISPLAY=x WAYLAND_SOCKET=3 XAUTHORITY=/x
	PULSE_SERVER=x NOTIFY_SOCKET=/x LISTEN_FDS=1 LISTEN_PID=1 TMPDIR=/x XDG_RUNTIME_DIR=/x'
use
# shellcheck disable=SC2086
environment 'XLD_PRELOADED=2
Y=1' $denied Y=1 XLD_PRELOADED=2
use '{ "proc": "/proc" }' '"extends": [], "environment": { "inherit": "all" }'
# shellcheck disable=SC2086
environment "$(printf '%s\n' $denied Y=1)" $denied Y=1
use '' '"environment": { "set": { "TMPDIR": "$TMPDIR" } }'
environment 'TMPDIR=/x' TMPDIR=/x DISPLAY=:0

# What a bind needs passes; but not against a policy's own word.
use '{ "bind": "$XDG_RUNTIME_DIR/x", "optional": true },
	{ "bind": "${WAYLAND_SOCKET:-$PULSE_SERVER}", "optional": true }'
environment 'PULSE_SERVER=/p
WAYLAND_SOCKET=/w
XDG_RUNTIME_DIR=/r' XDG_RUNTIME_DIR=/r PULSE_SERVER=/p WAYLAND_SOCKET=/w DISPLAY=:0
use '{ "bind": "$XDG_RUNTIME_DIR/x", "optional": true }' \
	'"environment": { "unset": ["XDG_RUNTIME_DIR"] }'
environment '' XDG_RUNTIME_DIR=/r
use '{ "bind": "$XDG_RUNTIME_DIR/x", "optional": true }' '"environment": { "inherit": ["A"] }'
environment 'A=1' XDG_RUNTIME_DIR=/r A=1

# Prefixes go before what the program has otherwise: the caller's, or what is set.
use '' '"environment": { "inherit": ["A*"], "set": { "SET": "s" },
	"prefix": { "A": ["/x", "/y-$B"], "SET": ["/z"], "NEW": ["$B"], "C": ["/c"] } }'
environment 'A=/x:/y-b:caller:2
SET=/z:s
NEW=b
C=/c' A=caller:2 B=b C=not-inherited
environment 'A=/x:/y-b
SET=/z:s
NEW=b
C=/c' A= B=b
environment 'A=/x:/y-b:1
SET=/z:s
NEW=b
C=/c' A=1 A=2 B=b
dies 'prefix A: needs $B, which is not set' with A=1

# More than any limit of a buffer: a long value, set and put before a long one.
long=$(head -c 60000 /dev/zero | tr '\0' x)
use '' '"environment": { "set": { "S": "${L}y" }, "prefix": { "P": ["$L", "$L"] } }'
environment "L=$long
M=$long
S=${long}y
P=$long:$long:p" "L=$long" "M=$long" P=p
