# The builder of every package of stdenv.nix that brings none of its own.
# shellcheck shell=bash disable=SC1091,SC2154
[ ! -e "$NIX_BUILD_TOP/.attrs.sh" ] || . "$NIX_BUILD_TOP/.attrs.sh"
. "$stdenv/setup"
genericBuild
