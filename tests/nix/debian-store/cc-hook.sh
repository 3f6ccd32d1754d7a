# The set-up hook of the compiler: names it, and shows it the headers and libraries of the inputs.
# shellcheck shell=bash

export CC=gcc AR=ar AS=as LD=ld NM=nm OBJCOPY=objcopy OBJDUMP=objdump RANLIB=ranlib READELF=readelf
export SIZE=size STRINGS=strings STRIP=strip
export NIX_CFLAGS_COMPILE NIX_LDFLAGS

_ccFlags() { # PACKAGE
	[ ! -d "$1/include" ] || NIX_CFLAGS_COMPILE="${NIX_CFLAGS_COMPILE-} -isystem $1/include"
	[ ! -d "$1/lib" ] || NIX_LDFLAGS="${NIX_LDFLAGS-} -L$1/lib -Wl,-rpath,$1/lib"
}
# Those for the platform that the compiler compiles for.
addEnvHooks "${targetOffset:?}" _ccFlags
