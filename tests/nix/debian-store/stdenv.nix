# A standard environment of the shape of nixpkgs' (mkDerivation, phases, nativeBuildInputs and
# buildInputs), made of the Debian packages that the fixture built: so the same expressions are
# tested here and used there. Only what this repository's packages need.
{
  # the attribute set of debian-store.nix
  packages,
  system ? builtins.currentSystem,
}:
let
  shell = "${packages.bash}/bin/bash";
  initialPath = map (name: packages.${name}) [
    "coreutils"
    "diffutils"
    "findutils"
    "gawk"
    "grep"
    "gzip"
    "make"
    "patchelf"
    "sed"
    "tar"
    "xz-utils"
  ];

  # gcc and its parts are separate objects here; -B tells it where they are. What it links must name
  # the loader of the store, since a build has no /lib64.
  triplet = "x86_64-linux-gnu";
  parts = [
    "${packages.cpp-12}/lib/gcc/${triplet}/12"
    "${packages.gcc-12}/lib/gcc/${triplet}/12"
    "${packages.libgcc-12-dev}/lib/gcc/${triplet}/12"
    "${packages.libc6-dev}/lib/${triplet}"
    "${packages.libc6}/lib/${triplet}"
    "${tools}"
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
  # Both by their short names: gcc calls `ld`, configure looks for `ar`.
  tools = run "binutils" ''
    mkdir $out
    for tool in ${packages.binutils-x86-64-linux-gnu}/bin/*; do
      ln -s $tool $out/''${tool##*/${triplet}-}
    done
  '';
  cc = run "cc" ''
    mkdir -p $out/bin
    echo '#!${shell}
    exec ${packages.gcc-12}/bin/${triplet}-gcc-12 ${toString flags} "$@"' > $out/bin/gcc
    chmod +x $out/bin/gcc
    ln -s gcc $out/bin/cc
    echo '#!${shell}
    export REALGCC=''${0%/*}/gcc
    exec ${packages.musl-tools}/bin/musl-gcc "$@"' > $out/bin/musl-gcc
    chmod +x $out/bin/musl-gcc
    for tool in ${tools}/*; do ln -s $tool $out/bin/; done
  '';
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

  # An input with what it declares to need, as nixpkgs' propagatedBuildInputs do.
  closure =
    inputs:
    builtins.attrValues (
      builtins.listToAttrs (
        map (value: {
          name = builtins.unsafeDiscardStringContext "${value}";
          inherit value;
        }) (builtins.concatMap (input: [ input ] ++ input.declared or [ ]) inputs)
      )
    );

  mkDerivation =
    attributes:
    let
      given = removeAttrs attributes [
        "meta"
        "passthru"
      ];
      result = derivation (
        given
        // {
          name = attributes.name or "${attributes.pname}-${attributes.version}";
          inherit system shell initialPath;
          builder = shell;
          args = [
            "-e"
            ./stdenv.sh
          ];
          cc = attributes.cc or cc;
          nativeBuildInputs = attributes.nativeBuildInputs or [ ];
          buildInputs = closure (attributes.buildInputs or [ ]);
        }
      );
    in
    result
    // {
      meta = attributes.meta or { };
      passthru = attributes.passthru or { };
      overrideAttrs = change: mkDerivation (attributes // change attributes);
    }
    // attributes.passthru or { };
in
{
  inherit
    mkDerivation
    shell
    initialPath
    cc
    ;
  hostPlatform = { inherit system; };
  buildPlatform = { inherit system; };
  # `configure` is already there: whoever runs the tests has made it, and autoconf calls programs
  # through /bin/sh, which the build sandbox does not have.
  autoreconfHook = null;
}
