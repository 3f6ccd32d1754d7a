#!/bin/sh
# A launcher opens what its descriptor names and what its namespaces need, and nothing else.
set -eu
. "$srcdir/tests/live/lib.sh"

command -v strace >/dev/null || skip 'strace is missing'
mkdir granted
use '{ "bind": "/scratch/granted" }, { "bind": "/nonexistent", "optional": true }'
as_user strace -f -o control cat /dev/null 2>said || skip "strace cannot trace here: $(cat said)"
grep -q 'open.*/dev/null' control || failed 'strace does not show what cat opens'

# trace COMMAND...: the launcher's calls to the file `calls`, up to the start of the box's program.
# Without capabilities strace could not read the names: init lets nobody look into its memory.
trace() {
	[ "$WORLD" = 0 ] || set -- setpriv --ambient-caps=-all --inh-caps=-all "$@"
	strace -f -o all -s 4096 \
		-e trace=%file,fchdir,openat2,open_tree,open_by_handle_at "$@" >said 2>&1 ||
		failed "$* under strace: $(cat said)"
	sed 's/^[0-9]* *//' all |
		sed -n '/^execve("\/scratch\/launcher-/,/^execve("\/nix\/store/p' >calls
	[ "$(grep -c '^execve(' calls)" = 2 ] ||
		failed "strace saw other starts: $(grep execve all)"
}

# Host's files by their names: neither below a directory's descriptor nor in the new root.
names() { # CALL
	sed -nE "s/^$1\((AT_FDCWD, )?\"([^\"]+)\".*/\2/p" calls | sort -u
}

trace "$launcher" directory
sort -u >wanted <<end
/proc/self/cwd
/proc/self/gid_map
/proc/self/setgroups
/proc/self/uid_map
/proc/sys/user/max_user_namespaces
end
{
	names open
	names openat | grep '^/'
} | sort -u >found
diff -u wanted found || failed 'other files are opened'
objects() { # KIND
	"$CLOSUREBOX" inspect --steps "$launcher" |
		sed -nE "s|^root +object +$1 \"([^\"]+)\".*|\1|p"
}
names open_tree | grep '^/' | sort -u >found
sort -u >wanted <<end
/scratch/granted
/nonexistent
$store
$("$CLOSUREBOX" inspect --steps "$launcher" |
	sed -nE 's|^root +bind .*"(/dev/[a-z]+)" "/dev/.*|\1|p')
$(objects file)
end
sed -i '/^$/d' wanted
diff -u wanted found || failed 'other files are bound'
# From a copy of the store in which no link is followed.
names mount | sed "s|^/proc/self/task/store/|$store/|" | sort -u >found
objects directory | sort -u >wanted
diff -u wanted found || failed 'other directories are bound'

# Everything else is opened below a descriptor: without following links, or inside the new root.
grep -E '^openat\([0-9]' calls | grep -v O_NOFOLLOW && failed 'a link would be followed'
grep '^openat2(' calls | grep -v RESOLVE_IN_ROOT && failed 'a path is resolved on the host'
grep '^openat2(' calls | grep -v RESOLVE_NO_MAGICLINKS && failed 'a magic link would be followed'
# A static glibc asks for its own name before main; that opens nothing.
grep -E '^(open_by_handle_at|readlink|access|stat|lstat)\(.*"/' calls |
	grep -v '^readlink("/proc/self/exe"' && failed 'other calls name files'
changes='mkdir|mknod|unlink|rmdir|rename|creat|chmod|chown|link'
grep -E "^($changes)[a-z0-9]*\((AT_FDCWD, )?\"/" calls &&
	failed 'something is made by a path of the host'
# The box's store is the working directory from here on, until it is the box's root.
[ "$(grep -c '^fchdir(' calls)" = 2 ] || failed 'the working directory is another'
sed '/^fchdir(/,$d' calls >before
grep -E "^($changes)[a-z0-9]*\((\"[^\"]*\", )?(AT_FDCWD|\"[^\"]*\"\))" before &&
	failed "something is made in the caller's directory"
grep -E '^symlink\(' calls && failed 'a link is made on the host'

# With standard input closed, one more.
trace "$PROBE" with-descriptor 0 closed - "$launcher" directory
{
	names open
	names openat
} | grep -qx /dev/null || failed 'standard input is left closed'

# Nor is a library looked for.
trace env LD_LIBRARY_PATH=/scratch/granted LD_PRELOAD=/x.so "$launcher" directory
grep -E '"/etc/|"/x.so' calls && failed 'the launcher looks for libraries'
:
