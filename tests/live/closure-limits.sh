#!/bin/sh
# What is looked for at launch has bounds: what is required beyond them ends the launch, and what is
# optional is let go; and with few means there is an error or the right box, never another one.
set -eu
. "$srcdir/tests/live/lib.sh"
. "$srcdir/tests/live/closure.sh"

# Roots that refer to nothing.
cat >alone <<'end'
#!/bin/sh
shift 2
for root; do
	case $root in
	/nix/store/*) printf '%s\n\n' "$root" ;;
	esac
done
end
chmod 755 alone
helper_is /scratch/alone
# shellcheck disable=SC3045 # dash and bash have it
[ "$(ulimit -n)" -ge 4096 ] || ulimit -n 4096 || skip 'fewer than 4096 open files'
target=$(object target)
too_much='leads to too many things'
grant() { # PATH [OPTIONAL]
	use "{ \"bind\": \"$1\", \"closure\": true${2:+, \"optional\": true} }" "$files"
}
required_dies() { # PATH WHERE: but optional there is a box
	grant "$1"
	dies "closure $2" box directory
	grep -q "$too_much" said || failed "no reason, but: $(cat said)"
	grant "$1" optional
	works box directory
}

# Files do not count; links and directories do, 16384 of them.
mkdir files-only many
seq 17000 | split -a 4 -l 1 - files-only/
ln -s "$target" files-only/link
grant /scratch/files-only
has "$target"
prints target box read /scratch/files-only/link/name
(cd files-only && ln -s -t ../many -- *)
echo text >many/file
required_dies /scratch/many /scratch/many
prints text box read /scratch/many/file
# The control: some fewer.
find many -name '*' -type l | head -n 700 | xargs rm
grant /scratch/many
prints text box read /scratch/many/file

# Sixteen levels.
deep=/scratch/levels
mkdir levels
for _ in $(seq 15); do
	deep=$deep/d
	mkdir $deep
done
ln -s "$target" $deep/link
grant /scratch/levels
has "$target"
mkdir $deep/d
other=$(object other)
ln -s "$other" $deep/d/link
grant /scratch/levels
has "$target" "$other"
mkdir $deep/d/d
ln -s "$dangling" $deep/d/d/link
required_dies /scratch/levels $deep/d
has "$target" "$other"
prints target box read $deep/link/name
prints other box read $deep/d/link/name
rm -r $deep/d/d

# Few open files: each number is enough, or is said to be too small.
write_closures files "$target" "$other"
grant /scratch/levels
enough='' small=''
for n in $(seq 10 2 40); do
	code=0
	as_user sh -c 'ulimit -n "$1"; shift; exec "$@"' sh "$n" "$launcher" \
		read $deep/link/name -- read $deep/d/link/name >said 2>&1 || code=$?
	case $code:$(cat said) in
	"0:target
other") enough=$n ;;
	125:*'Too many open files'*) small=$n ;;
	*) failed "with $n open files it ended with $code: $(cat said)" ;;
	esac
done
[ "$enough" ] || failed 'no control: it was never enough'
[ "$small" ] || failed 'no control: it was always enough'
[ "$small" -lt "$enough" ] || failed "$small is too small, but $enough is enough"

# A small stack.
grant /scratch/levels
for size in 128 8192; do
	works as_user sh -c 'ulimit -s "$1"; shift; exec "$@"' sh $size "$launcher" \
		read $deep/d/link/name
done

# More than 1024 roots, and more than 4096 links on the way to one.
awk -v store=$store 'BEGIN {
	for (i = 0; i < 1100; i++)
		printf "%s/%032d-x%d\n", store, i, i
}' >roots
xargs mkdir <roots
mkdir all
xargs ln -s -t all <roots
required_dies /scratch/all "$store/"
works box listing "$store"
equal 1024 "$(grep -c -- '-x[0-9]*$' said)" 'roots that are in the box'
use '' "$files, \"path-variables\": [\"XDG_DATA_DIRS\"]"
XDG_DATA_DIRS=$(paste -s -d : roots)
export XDG_DATA_DIRS
works box environment
equal "XDG_DATA_DIRS=$(head -n 1024 roots | paste -s -d :)" "$(grep ^XDG_DATA_DIRS= said)" \
	'what is left of 1100 roots'
pieces=$(path_of pieces)
mkdir "$pieces" hop lead
seq 4200 | split -a 4 -l 1 - "$pieces/"
ln -s -t hop "$pieces"/*
(cd lead && ln -s -t . ../hop/*)
required_dies /scratch/lead /scratch/hop/
works box listing /scratch/hop
# (one is the directory that ".." leaves)
equal 4095 "$(wc -l <said)" 'links that are in the box'
use '' "$files, \"path-variables\": [\"XDG_DATA_DIRS\"]"
XDG_DATA_DIRS=$(printf '%s:' hop/* | sed 's|hop/|/scratch/&|g;s/:$//')
works box environment
equal "XDG_DATA_DIRS=$(echo "$XDG_DATA_DIRS" | cut -d : -f -4096)" \
	"$(grep ^XDG_DATA_DIRS= said)" 'what is left of 4200 links'
unset XDG_DATA_DIRS

# An object of many roots is there once: fifty closures that share 2000 objects.
awk -v store=$store 'BEGIN {
	for (i = 0; i < 2000; i++)
		printf "%s/%032d-shared%d\n", store, 10000 + i, i
}' >shared
xargs mkdir <shared
head -n 50 roots | while read -r root; do
	{
		cat shared
		echo "$root"
	} >"files/${root##*/}"
done
use '' "$files, \"path-variables\": [\"XDG_DATA_DIRS\"]"
XDG_DATA_DIRS=$(head -n 50 roots | paste -s -d :)
export XDG_DATA_DIRS
works box listing "$store"
equal 2000 "$(grep -c -- '-shared' said)" 'the shared objects'
