# closurebox built by Nix; for nixpkgs' callPackage.
{
  stdenv,
  autoreconfHook,
  pkg-config,
  jansson,
  libseccomp,
  elfutils,
  libarchive,
  yajl,
  pkgsStatic ? null,
  # The runtime stub is a static program, small only with musl. For the platform the boxes run on.
  stubCC ? "${pkgsStatic.stdenv.cc}/bin/${pkgsStatic.stdenv.cc.targetPrefix}cc",
  src ? import ./source.nix,
}:
stdenv.mkDerivation {
  pname = "closurebox";
  version = "0.1.0";
  inherit src;

  strictDeps = true;
  nativeBuildInputs = [
    autoreconfHook
    pkg-config
  ];
  buildInputs = [
    jansson
    libseccomp
    elfutils
    libarchive
    yajl
  ];

  # In the environment, not among configureFlags: the command may hold blanks.
  STUB_CC = stubCC;

  enableParallelBuilding = true;

  meta = {
    description = "Compiles a store closure and a policy into a sandboxing launcher";
    mainProgram = "closurebox";
    platforms = [ "x86_64-linux" ];
  };
}
