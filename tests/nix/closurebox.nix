# closurebox built by Nix from this source tree, with Debian's compilers in place of nixpkgs.
{
  # where debian-store/build wrote its packages
  store,
}:
let
  packages = import store { };
  stdenv = import ./debian-store/stdenv.nix { inherit packages; };
in
rec {
  inherit packages stdenv;
  closurebox = import ../../nix/package.nix {
    inherit stdenv;
    inherit (stdenv) autoreconfHook;
    pkg-config = packages.pkgconf;
    jansson = packages.libjansson-dev;
    libseccomp = packages.libseccomp-dev;
    elfutils = packages.libelf-dev;
    libarchive = packages.libarchive-dev;
    yajl = packages.libyajl-dev;
    stubCC = "${stdenv.cc}/bin/musl-gcc";
  };
}
