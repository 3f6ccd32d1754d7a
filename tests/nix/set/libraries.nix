# What nix/package.nix builds closurebox with.
{ debian }:
final: prev:
let
  triplet = "x86_64-linux-gnu";

  # A library in two outputs, as nixpkgs splits it, of links to Debian's: in `out` only that
  # library, so that what is linked with it refers to nothing else of the development package.
  library =
    pname: package:
    final.stdenvNoCC.mkDerivation {
      inherit pname;
      version = (builtins.parseDrvName package.name).version;
      outputs = [
        "out"
        "dev"
      ];
      objects = [ package ] ++ package.declared;
      buildCommand = ''
        mkdir -p "$out/lib" "$dev/lib/pkgconfig"
        ln -s ${package}/include "$dev/include"
        for object in $objects; do
          for file in "$object"/lib/${triplet}/pkgconfig/*.pc; do
            ln -sf "$file" "$dev/lib/pkgconfig/"
          done
        done
        for link in ${package}/lib/${triplet}/*.so; do
          target=$(readlink -f "$link")
          stem=''${link##*/}
          for file in "''${target%/*}/$stem"*; do
            ln -s "$file" "$out/lib/"
          done
          ln -sf "$target" "$out/lib/$stem"
        done
        _multioutPropagateDev
      '';
    };
in
{
  jansson = library "jansson" debian.libjansson-dev;
  libseccomp = library "libseccomp" debian.libseccomp-dev;
  elfutils = library "elfutils" debian.libelf-dev;
  yajl = library "yajl" debian.libyajl-dev;
  zlib = library "zlib" debian.zlib1g-dev;
  zstd = library "zstd" debian.libzstd-dev;

  # Not for musl, as nixpkgs' is; the compiler of the set takes it.
  pkgsStatic = prev.pkgsStatic // {
    sqlite = final.stdenvNoCC.mkDerivation {
      pname = "sqlite-static";
      version = (builtins.parseDrvName debian.libsqlite3-dev.name).version;
      outputs = [
        "bin"
        "dev"
        "out"
      ];
      buildCommand = ''
        mkdir -p "$bin/bin" "$dev" "$out/lib"
        ln -s ${debian.libsqlite3-dev}/include "$dev/include"
        ln -s ${debian.libsqlite3-dev}/lib/${triplet}/libsqlite3.a "$out/lib/"
      '';
    };
  };

  pkg-config = final.stdenvNoCC.mkDerivation {
    pname = "pkg-config";
    version = (builtins.parseDrvName debian.pkgconf.name).version;
    setupHook = ./hooks/pkg-config.sh;
    dontUnpack = true;
    installPhase = ''
      mkdir -p "$out/bin"
      ln -s ${debian.pkgconf}/bin/* "$out/bin/"
    '';
    meta.mainProgram = "pkg-config";
  };
}
