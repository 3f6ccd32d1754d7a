# Makes the builder's own tools, run by a static busybox inside the Nix sandbox: busybox, and perl
# and patchelf with their libraries, all from Debian's archives.
#
# The tools come in as store objects, not as host paths let into the sandbox (`sandbox-paths`) or
# with the sandbox off: then a build is the same on every host, cannot pick up a host library by
# mistake, and needs no setting of Nix that only root may change.
set -eu

$busybox mkdir -p "$out/bin" "$out/lib" unpacked
$busybox cp "$busybox" "$out/bin/busybox"
for applet in sh ar tar rm; do
	$busybox ln -s busybox "$out/bin/$applet"
done
export PATH=$out/bin:/no-such-path
alias cp="busybox cp" find="busybox find"

for archive in $archives; do
	ar p "$archive" data.tar.xz | tar xJ -C unpacked --no-same-permissions
done

find unpacked -path '*/lib/x86_64-linux-gnu/*.so*' -not -path '*/perl-base/*' \
	-exec busybox cp -P {} "$out/lib/" \;
cp unpacked/usr/bin/patchelf unpacked/usr/bin/perl "$out/bin/"
cp -r unpacked/usr/lib/x86_64-linux-gnu/perl-base "$out/lib/perl"

# patchelf cannot rewrite the file it runs from, and needs its libraries named once by hand.
loader=$out/lib/ld-linux-x86-64.so.2
for program in patchelf perl; do
	cp "$out/bin/$program" copy
	busybox chmod u+w copy
	"$loader" --library-path "$out/lib" "$out/bin/patchelf" \
		--set-interpreter "$loader" --force-rpath --set-rpath "$out/lib" copy
	busybox mv -f copy "$out/bin/$program"
done
