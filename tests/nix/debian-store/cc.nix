# Compilers for stdenv.nix: Debian's gcc as nixpkgs' wrapped one looks (its parts, set-up hook and
# variables), and musl's for static programs.
{
  packages,
  # absolute path of a bash
  shell,
  system,
}:
let
  # gcc and its parts are separate objects here; -B tells it where they are. What it links must name
  # the loader of the store, since a build has no /lib64.
  triplet = "x86_64-linux-gnu";
  parts = [
    "${packages.cpp-12}/lib/gcc/${triplet}/12"
    "${packages.gcc-12}/lib/gcc/${triplet}/12"
    "${packages.libgcc-12-dev}/lib/gcc/${triplet}/12"
    "${packages.libc6-dev}/lib/${triplet}"
    "${packages.libc6}/lib/${triplet}"
    "${bintools}/bin"
  ];
  flags =
    map (directory: "-B${directory}/") parts
    ++ map (directory: "-idirafter ${directory}") [
      "${packages.libc6-dev}/include"
      "${packages.libc6-dev}/include/${triplet}"
      "${packages.linux-libc-dev}/include"
      "${packages.linux-libc-dev}/include/${triplet}"
      "${packages.libcrypt-dev}/include"
    ]
    ++ [
      "-Wl,--dynamic-linker,${packages.libc6}/lib/${triplet}/ld-linux-x86-64.so.2"
      "-Wl,-rpath,${packages.libc6}/lib/${triplet}"
    ];
  run =
    name: script:
    derivation {
      inherit name system;
      builder = shell;
      args = [
        "-ec"
        script
      ];
      PATH = "${packages.coreutils}/bin";
    };

  # By their short names: gcc calls `ld`, configure looks for `ar`.
  bintools = run "binutils" ''
    mkdir -p "$out/bin"
    for tool in ${packages.binutils-x86-64-linux-gnu}/bin/*; do
      ln -s "$tool" "$out/bin/''${tool##*/${triplet}-}"
    done
  '';
  gcc = ''exec ${packages.gcc-12}/bin/${triplet}-gcc-12 ${toString flags}'';
in
{
  cc =
    run "gcc-wrapper-12" ''
      mkdir -p "$out/bin" "$out/nix-support"
      # Libraries are found by the directories of the inputs; patchelf then drops what is not used.
      echo '#!${shell}
      ${gcc} $NIX_CFLAGS_COMPILE "$@" $NIX_LDFLAGS' >"$out/bin/gcc"
      chmod +x "$out/bin/gcc"
      ln -s gcc "$out/bin/cc"
      ln -s ${bintools}/bin/* "$out/bin"
      cp ${./cc-hook.sh} "$out/nix-support/setup-hook"
    ''
    // {
      targetPrefix = "";
      isGNU = true;
      isClang = false;
      cc = packages.gcc-12 // {
        lib = packages.libgcc-s1;
      };
      libc = packages.libc6;
      inherit bintools;
    };

  musl =
    let
      targetPrefix = "x86_64-unknown-linux-musl-";
    in
    run "musl-gcc-wrapper" ''
      mkdir -p "$out/bin" "$out/libexec"
      # The same gcc, without the libraries of a build for glibc.
      echo '#!${shell}
      ${gcc} "$@"' >"$out/libexec/gcc"
      echo '#!${shell}
      export REALGCC='"$out"'/libexec/gcc
      exec ${packages.musl-tools}/bin/musl-gcc "$@"' >"$out/bin/${targetPrefix}gcc"
      chmod +x "$out/libexec/gcc" "$out/bin/${targetPrefix}gcc"
      ln -s ${targetPrefix}gcc "$out/bin/${targetPrefix}cc"
    ''
    // {
      inherit targetPrefix bintools;
      libc = packages.musl;
    };
}
