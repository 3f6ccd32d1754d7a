# A standard environment of the shape of nixpkgs' (mkDerivation, set-up hooks, phases, outputs),
# made of the Debian packages that the fixture built: so the same expressions are tested here and
# used there. Only what this repository's packages and tests need.
{
  # the attribute set of debian-store.nix
  packages,
  lib ? import ../set/lib.nix,
  # nixpkgs' configuration: allowBroken, allowUnfree, contentAddressedByDefault
  config ? { },
  system ? packages.bash.system,
}:
let
  inherit (builtins)
    elem
    isAttrs
    isList
    isString
    ;
  inherit (lib) getDev isFunction optionalAttrs;

  shell = "${packages.bash}/bin/bash";
  initialPath = map (name: packages.${name}) [
    "coreutils"
    "diffutils"
    "findutils"
    "gawk"
    "grep"
    "gzip"
    "make"
    "sed"
    "tar"
    "xz-utils"
  ]
  ++ [ sh ];
  # Debian's bash is not called `sh`, nixpkgs' is.
  sh = derivation {
    name = "sh";
    inherit system;
    builder = shell;
    args = [
      "-ec"
      ''
        export PATH=${packages.coreutils}/bin
        mkdir -p "$out/bin"
        ln -s ${shell} "$out/bin/bash"
        ln -s ${shell} "$out/bin/sh"
      ''
    ];
  };
  compilers = import ./cc.nix { inherit packages shell system; };

  platform = {
    inherit system;
    config = "x86_64-unknown-linux-gnu";
    isLinux = true;
    isDarwin = false;
    isx86_64 = true;
    isStatic = false;
    isMusl = false;
    canExecute = _: true;
  };

  make =
    { name, cc }:
    let
      # A derivation, whose file `setup` builders read.
      environment = derivation {
        inherit name system;
        builder = shell;
        args = [
          "-ec"
          ''
            ${packages.coreutils}/bin/mkdir "$out"
            {
              echo "# The set-up script of ${name}."
              echo "SHELL=$SHELL"
              echo "initialPath='$initialPath'"
              echo "defaultNativeBuildInputs='$defaultNativeBuildInputs'"
              echo "defaultBuildInputs="
              ${packages.coreutils}/bin/cat ${./stdenv.sh}
            } >"$out/setup"
          ''
        ];
        SHELL = shell;
        inherit initialPath;
        defaultNativeBuildInputs = [
          packages.patchelf
          ./stdenv-hooks.sh
        ]
        ++ lib.optional (cc != null) cc;
      };
      stdenv = environment // {
        inherit
          shell
          initialPath
          cc
          system
          ;
        hasCC = cc != null;
        hostPlatform = platform;
        buildPlatform = platform;
        targetPlatform = platform;
        isLinux = true;
        isDarwin = false;
        mkDerivation = mkDerivation stdenv;
        tests = { };
      };
    in
    stdenv;

  # A function takes what will come of it; attributes are what they are.
  mkDerivation =
    stdenv: value:
    let
      extensible =
        function:
        let
          arguments = function (arguments // { inherit finalPackage overrideAttrs; });
          finalPackage = simple stdenv overrideAttrs arguments;
          overrideAttrs =
            change:
            extensible (
              final:
              let
                previous = function final;
              in
              previous // apply change final previous
            );
        in
        finalPackage;
      # One argument is what was there before; with two, what will be comes first.
      apply =
        change: final: previous:
        let
          changed = change previous;
        in
        if !isFunction change then
          change
        else if isFunction changed then
          change final previous
        else
          changed;
    in
    extensible (if isFunction value then value else _: value);

  # By kind: the attributes' names, each with the attribute of those that are propagated.
  dependencyNames = [
    "depsBuildBuild"
    "nativeBuildInputs"
    "depsBuildTarget"
    "depsHostHost"
    "buildInputs"
    "depsTargetTarget"
    "depsBuildBuildPropagated"
    "propagatedNativeBuildInputs"
    "depsBuildTargetPropagated"
    "depsHostHostPropagated"
    "propagatedBuildInputs"
    "depsTargetTargetPropagated"
  ];

  dependencies =
    attributes:
    lib.genAttrs dependencyNames (
      name: map (checked attributes name) (attributes.${name} or [ ] ++ extra attributes name)
    );
  extra =
    attributes: name:
    lib.optionals (name == "nativeBuildInputs" && attributes.doCheck or false) (
      attributes.nativeCheckInputs or [ ]
    )
    ++ lib.optionals (name == "nativeBuildInputs" && attributes.doInstallCheck or false) (
      attributes.nativeInstallCheckInputs or [ ]
    );
  checked =
    attributes: name: value:
    if isList value then
      map (checked attributes name) value
    else if value == null || isString value || builtins.isPath value || lib.isDerivation value then
      getDev value
    else
      throw "Dependency is not of a valid type: ${name} for ${attributes.name or attributes.pname}";

  # What the derivation is made of.
  argument =
    stdenv: attributes:
    let
      structured = attributes.__structuredAttrs or false;
      contentAddressed =
        attributes.__contentAddressed
          or (!attributes ? outputHash && config.contentAddressedByDefault or false);
    in
    removeAttrs attributes (
      [
        "meta"
        "passthru"
        "pos"
        "env"
        "nativeCheckInputs"
        "nativeInstallCheckInputs"
        "__contentAddressed"
      ]
    )
    // {
      name = lib.strings.sanitizeDerivationName (
        attributes.name or "${attributes.pname}-${attributes.version}"
      );
      builder = attributes.realBuilder or shell;
      args =
        attributes.args or [
          "-e"
          (attributes.builder or ./stdenv-builder.sh)
        ];
      inherit stdenv;
      inherit (stdenv.buildPlatform) system;
      userHook = null;
      __ignoreNulls = true;
      __structuredAttrs = structured;
      strictDeps = attributes.strictDeps or false;
      outputs = attributes.outputs or [ "out" ];
      patches = attributes.patches or [ ];
      configureFlags = attributes.configureFlags or [ ];
      doCheck = attributes.doCheck or false;
      doInstallCheck = attributes.doInstallCheck or false;
    }
    // dependencies attributes
    // optionalAttrs contentAddressed {
      __contentAddressed = true;
      outputHashAlgo = attributes.outputHashAlgo or "sha256";
      outputHashMode = attributes.outputHashMode or "recursive";
    }
    // (if structured then { env = attributes.env or { }; } else attributes.env or { });

  simple =
    stdenv: overrideAttrs: attributes:
    let
      value = argument stdenv attributes;
      meta = checkedMeta attributes value;
    in
    lib.extendDerivation (allowed value meta) (
      {
        inherit overrideAttrs meta;
        passthru = attributes.passthru or { };
        # All inputs and nothing of the package itself.
        inputDerivation = derivation (
          removeAttrs value [
            "outputHash"
            "outputHashAlgo"
            "outputHashMode"
          ]
          // {
            outputs = [ "out" ];
            builder = shell;
            args = [
              "-c"
              ''export >"$out"''
            ];
          }
        );
      }
      // attributes.passthru or { }
    ) (derivation value);

  checkedMeta =
    attributes: value:
    let
      given = attributes.meta or { };
      outputs = value.outputs;
      has = output: elem output outputs;
      licenses = lib.toList given.license or [ ];
    in
    {
      inherit (value) name;
      # What is installed: programs, then libraries, and always the manual.
      outputsToInstall = [
        (
          if has "bin" then
            "bin"
          else if has "out" then
            "out"
          else
            builtins.head outputs
        )
      ]
      ++ lib.optional (has "man") "man";
    }
    // optionalAttrs (attributes ? version && given ? description) {
      position =
        let
          position = builtins.unsafeGetAttrPos "description" given;
        in
        if position == null then "" else "${position.file}:${toString position.line}";
    }
    // given
    // {
      broken = given.broken or false;
      unfree = builtins.any (license: isAttrs license && !license.free or true) licenses;
      unsupported = given ? platforms && !elem system given.platforms;
      insecure = given.knownVulnerabilities or [ ] != [ ];
      available =
        !(given.broken or false)
        && !(builtins.any (license: isAttrs license && !license.free or true) licenses)
        && !(given ? platforms && !elem system given.platforms);
    };

  # As in nixpkgs a package that must not be built can be looked at, but not evaluated further.
  allowed =
    value: meta:
    let
      refuse =
        why:
        throw (
          "Package ‘${value.name}’ in ${meta.position or "(unknown-file)"} ${why}, refusing to "
          + "evaluate."
        );
    in
    if meta.broken && !(config.allowBroken or false) then
      refuse "is marked as broken"
    else if meta.unfree && !(config.allowUnfree or false) then
      refuse "has an unfree license"
    else if meta.unsupported && !(config.allowUnsupportedSystem or false) then
      refuse "is not available on the requested hostPlatform"
    else if meta.insecure then
      refuse "is marked as insecure"
    else
      true;
in
make {
  name = "stdenv-linux";
  inherit (compilers) cc;
}
// {
  # for sets of packages: without a compiler; and the compiler of static programs
  noCC = make {
    name = "stdenv-linux-no-cc";
    cc = null;
  };
  static = make {
    name = "stdenv-linux-static";
    cc = compilers.musl;
  };
}
