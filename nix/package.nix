# closurebox built by Nix; for nixpkgs' callPackage.
{
  lib,
  stdenv,
  autoreconfHook,
  pkg-config,
  jansson,
  libseccomp,
  elfutils,
  yajl,
  zlib,
  zstd,
  pkgsStatic ? null,
  # Makes the static programs, for the platform that boxes run on: the runtime stub, which has no
  # libc, and closurebox-closure, which has a static one.
  stubCC ? "${pkgsStatic.stdenv.cc}/bin/${pkgsStatic.stdenv.cc.targetPrefix}cc",
  # What closurebox-closure, static as well, reads Nix's database with; without it, it asks only the
  # daemon.
  staticSqlite ? pkgsStatic.sqlite or null,
  src ? import ./source.nix,
}:
stdenv.mkDerivation (
  {
    pname = "closurebox";
    version = "0.1.0";
    inherit src;

    # What launchers start for paths that are known only at launch has an output of its own: it is
    # all of closurebox that they need.
    outputs = [
      "out"
      "closure"
    ];

    strictDeps = true;
    nativeBuildInputs = [
      autoreconfHook
      pkg-config
    ];
    buildInputs = [
      jansson
      libseccomp
      elfutils
      yajl
      zlib
      zstd
    ];

    configureFlags = [ (if staticSqlite == null then "--without-sqlite" else "--with-sqlite") ];

    # In the environment, not among configureFlags: the command may hold blanks.
    STUB_CC = stubCC;

    enableParallelBuilding = true;

    postInstall = ''
      program=libexec/closurebox/closurebox-closure
      moveToOutput "$program" "$closure"
      mkdir -p "$out/''${program%/*}"
      ln -s "$closure/$program" "$out/$program"
    '';

    meta = {
      description = "Compiles a store closure and a policy into a sandboxing launcher";
      mainProgram = "closurebox";
      platforms = [ "x86_64-linux" ];
    };
  }
  // (
    if staticSqlite == null then
      { }
    else
      {
        SQLITE_CFLAGS = "-I${lib.getDev staticSqlite}/include";
        SQLITE_LIBS = "-L${lib.getLib staticSqlite}/lib -lsqlite3 -lm";
      }
  )
)
