# Shows pkg-config the descriptions that the inputs bring.
# shellcheck shell=bash

_pkgConfig() { # PACKAGE
	addToSearchPath PKG_CONFIG_PATH "$1/lib/pkgconfig"
	addToSearchPath PKG_CONFIG_PATH "$1/share/pkgconfig"
}
addEnvHooks "${targetOffset:?}" _pkgConfig
