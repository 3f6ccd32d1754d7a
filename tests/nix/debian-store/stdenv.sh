# The builder of stdenv.nix: sets up the search paths, then either buildCommand or the phases.
# The names of phases, hooks and variables are those of nixpkgs' stdenv.
triplet=x86_64-linux-gnu
PATH=
for input in $nativeBuildInputs $cc $initialPath; do
	PATH=$PATH${PATH:+:}$input/bin
done
export PATH SHELL=$shell CONFIG_SHELL=$shell HOME=/homeless-shelter

for input in $buildInputs; do
	[ ! -d $input/include ] || CPPFLAGS="${CPPFLAGS-} -I$input/include"
	[ ! -d $input/lib/$triplet/pkgconfig ] ||
		export PKG_CONFIG_PATH=$input/lib/$triplet/pkgconfig:${PKG_CONFIG_PATH-}
	[ ! -d $input/lib/$triplet ] ||
		LDFLAGS="${LDFLAGS-} -L$input/lib/$triplet -Wl,-rpath,$input/lib/$triplet"
done
export CPPFLAGS LDFLAGS

runHook() {
	eval "${!1-}"
}

unpackPhase() {
	case $src in
	*.tar.*) mkdir source && tar -xf $src -C source --strip-components=1 ;;
	# With their times, all equal, or make would want to regenerate configure.
	*) cp -r --preserve=timestamps $src source && chmod -R u+w source ;;
	esac
	cd source
}

configurePhase() {
	$shell ./configure --prefix=$out ${configureFlags-}
}

buildPhase() {
	make -j2 ${makeFlags-}
}

installPhase() {
	make install ${makeFlags-}
}

# Neither a library directory that turned out not to be needed nor the headers named in debugging
# information may become references.
fixupPhase() {
	for file in $(find $out -type f -perm -100); do
		patchelf --shrink-rpath $file 2>/dev/null || true
		[ -n "${dontStrip-}" ] || strip -S $file 2>/dev/null || true
	done
}

if [ -n "${buildCommand-}" ]; then
	eval "$buildCommand"
	exit
fi
for phase in unpack preConfigure configure build install fixup; do
	case $phase in
	preConfigure) runHook preConfigure ;;
	*) ${phase}Phase ;;
	esac
done
runHook postFixup
