# Stands for nixpkgs' hook that runs autoreconf. Autoconf calls programs through /bin/sh, which a
# build here does not have: so whoever runs the tests has made `configure` already.
# shellcheck shell=bash

autoreconfPhase() {
	[ -x ./configure ] || die "no configure in the sources (run ./bootstrap)"
}
if [ -z "${dontUseAutoreconf-}" ]; then
	appendToVar preConfigurePhases autoreconfPhase
fi
