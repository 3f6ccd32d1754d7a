#!/bin/sh
# A walk over all the box shows: nothing can be written to, no socket, no device but the declared.
set -eu
. "$srcdir/tests/live/lib.sh"

use
works box walk /
# A process may tell the kernel about itself (proc_pid(5)). There are two: the walker and init,
# whose files a boxed root can open, but not those that lead somewhere (see proc.sh).
grep -vE '^writable /proc/[0-9]+/(task/[0-9]+/)?(attr/[a-z]+|[a-z_]+)$' said | sort >found
! grep -E '/proc/1/(task/1/)?mem$' said || failed "init's memory is writable"
# Root's /proc is read-only.
[ "$WORLD" = 0 ] || [ "$(grep -c '^writable /proc/[0-9]*/comm$' said)" -ge 1 ] ||
	failed 'the walk left out /proc'

cat >declared <<end
device /dev/full 1:7
device /dev/null 1:3
device /dev/pts/ptmx 5:2
device /dev/random 1:8
device /dev/tty 5:0
device /dev/urandom 1:9
device /dev/zero 1:5
writable /dev/full
writable /dev/null
writable /dev/pts/ptmx
writable /dev/random
writable /dev/shm
writable /dev/tty
writable /dev/urandom
writable /dev/zero
writable $HOME
writable /tmp
end
# Root's own, but the file system lets nobody make anything in it.
[ "$WORLD" != 0 ] || echo 'writable /dev/pts' >>declared
sort -o declared declared
refused EACCES box create /dev/pts/new
diff -u declared found || failed 'the box shows other things than declared'

# The walker finds such things where they are.
mkdir seen
works outside create seen/file
cp "$PROBE" seen/set-id
chmod 4555 seen/set-id
mkfifo seen/fifo
background "$PROBE" listen unix:/scratch/seen/socket ready
works "$PROBE" await ready
works outside walk /scratch/seen
stop
for line in 'writable /scratch/seen/file' 'set-id /scratch/seen/set-id' \
	'fifo /scratch/seen/fifo' 'socket /scratch/seen/socket'; do
	grep -qx "$line" said || failed "the walker did not see '$line'"
done
matches 'device /dev/null 1:3' outside walk /dev/null
