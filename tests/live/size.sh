#!/bin/sh
# The sizes that the architecture promises: of the stub, of a launcher, and of what waits in memory.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
kib() { # FILE
	echo $((($(stat -c %s "$1") + 1023) / 1024))
}

at_most() { # LIMIT VALUE WHAT
	[ "$2" -le "$1" ] || fail "$3: $2 KiB, more than $1"
	echo "$3: $2 KiB"
}

# Clang makes it a tenth larger than GCC.
case $STUB_CC in
*clang*) at_most 44 "$(kib "$STUB")" stub ;;
*) at_most 40 "$(kib "$STUB")" stub ;;
esac

# 400 objects that refer to one another, with names as long as they are in nixpkgs.
awk 'BEGIN {
	alphabet = "0123456789abcdfghijklmnpqrsvwxyz"
	srand(1)
	for (i = 0; i < 400; i++) {
		hash = ""
		for (j = 0; j < 32; j++)
			hash = hash substr(alphabet, int(rand() * 32) + 1, 1)
		name[i] = sprintf("/nix/store/%s-%s-%d.%d.%d%s", hash,
			substr("gobject-introspection-wrapped", 1, 4 + i % 26), i % 7, i % 30,
			i % 4, i % 3 ? "" : "-lib")
	}
	for (i = 0; i < 400; i++) {
		printf "%s\n\n%d\n", name[i], i < 399
		if (i < 399)
			print name[i + 1]
	}
	print name[0] >"first"
}' >large
"$CLOSUREBOX" compile --graph large --program "$(cat first)/bin/program" --stub "$STUB" -o box
[ "$("$CLOSUREBOX" inspect --steps box | grep -c '^root  *object ')" = 400 ] ||
	fail 'not 400 objects'
at_most 96 "$(kib box)" 'launcher of 400 paths'

# A closure of 10,000 paths starts (bubblewrap takes no more than 9000 arguments).
awk -v store=$store 'BEGIN {
	for (i = 0; i < 10000; i++)
		printf "%s/%032d-one-of-many\n", store, i
}' >paths
xargs mkdir <paths
awk -v object=$object 'BEGIN { print object "\n\n10000" }
	{ print; rest = rest $0 "\n\n0\n" }
	END { printf "%s", rest }' paths >many
"$CLOSUREBOX" compile --graph many --program $program --stub "$STUB" -o box
ends 0 ./box
said "started as $program"
xargs rmdir <paths

# What launcher and init have for themselves while they wait.
private() { # PROCESS
	awk '/^Private_(Clean|Dirty):/ { sum += $2 } END { print sum + 0 }' "/proc/$1/smaps_rollup"
}
compile launcher
./launcher wait >said &
launcher=$!
soon grep -q ready said
sum=$(private $launcher)
who=launcher
# Init is for nobody to look into but root.
init=$(cat /proc/$launcher/task/$launcher/children)
if of_init=$(private $init 2>/dev/null) && [ "$of_init" -gt 0 ]; then
	sum=$((sum + of_init))
	who='launcher and init'
fi
kill $launcher
wait $launcher 2>/dev/null || :
at_most 100 $sum "private memory of $who"
