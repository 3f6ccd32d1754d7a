# The builder of scan.nix. What `found` is called for Nix finds, what `lost` is called for it does
# not; the test reads these words.
# shellcheck shell=sh disable=SC2154 # from the environment
mkdir -p "$out/tree"
cd "$out/tree" || exit
# shellcheck disable=SC2086 # one a word
set -- $subjects
take() {
	hash=${1##*/}
	hash=${hash%%-*}
	head=${hash%"${hash#????????????????}"}
	tail=${hash#"$head"}
}

take "$1"; shift # found: the bare hash
printf %s "$hash" >bare
take "$1"; shift # found: inside of a longer run of the alphabet
printf 'zzz%szzz' "$hash" >run
take "$1"; shift # found: behind bytes that begin like it
printf '%s%s' "$head" "$hash" >again
take "$1"; shift # found: the target of a link
ln -s "../$hash-nowhere/file" link
take "$1"; shift # found: the name of a file
: >"name-$hash"
take "$1"; shift # found: the name of a directory
mkdir "$hash"
take "$1"; shift # found: the name of a link
ln -s nowhere "lib$hash.so"
take "$1"; shift # found: the second name of a file
ln bare "other-$hash"
take "$1"; shift # found: across 64 KiB, which Nix reads at once
head -c 65520 /dev/zero >64K
printf %s "$hash" >>64K
take "$1"; shift # found: across 256 KiB, which we read at once
head -c 262120 /dev/zero | tr '\0' a >256K
printf %s "$hash" >>256K
take "$1"; shift # found: behind a hole
truncate -s 3M hole
printf %s "$hash" >>hole
take "$1"; shift # found: among bytes of all values, UTF-8 or not
printf '\377\200%s\001\377' "$hash" >binary
take "$1"; shift # found: in a file that may be executed
printf '#!%s' "$hash" >script
chmod +x script

take "$1"; shift # lost: one character short
printf 'u%su' "${hash%?}" >short
take "$1"; shift # lost: in two lines
printf '%s\n%s' "$head" "$tail" >lines
take "$1"; shift # lost: a part in the name, a part in the contents
printf %s "$tail" >"$head"
take "$1"; shift # lost: parts in two files
printf %s "$head" >half-1
printf %s "$tail" >half-2
take "$1"; shift # lost: a part in the name of a link, a part in its target
ln -s "$tail" "$head"
take "$1"; shift # lost: around a hole
printf %s "$head" >around
truncate -s 1M around
printf %s "$tail" >>around
take "$1"; shift # lost: in upper case
printf %s "$hash" | tr a-z A-Z >upper
take "$1"; shift # lost: in two bytes a character
printf %s "$hash" | od -An -v -tx1 | tr -d ' \n' >hexadecimal

echo "$out" >self
