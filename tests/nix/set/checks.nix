# What set.sh looks at: packages whose builders report, and values of the evaluator, which are the
# same in nixpkgs.
{
  store ? null,
  # `default.nix` or `nixpkgs.nix`
  world ? ./default.nix,
}:
let
  config = { };
  pkgs = import world {
    inherit store config;
    generated = 3;
    overlays = [
      (final: prev: {
        overlaid = prev.hello.overrideAttrs (_: {
          pname = "overlaid";
        });
        late = final.early;
        early = 1;
      })
      (_: _: { early = 2; })
    ];
  };
  inherit (pkgs) lib stdenv stdenvNoCC;
  fails = value: !(builtins.tryEval (builtins.deepSeq value value)).success;

  # Tells when it is run, by whom.
  hook =
    name: attributes:
    pkgs.makeSetupHook ({ inherit name; } // attributes) (
      builtins.toFile "${name}.sh" ''
        echo "${name} host=$hostOffset target=$targetOffset" >>"$NIX_BUILD_TOP/order"
        preFixupHooks+=('echo ${name} preFixup >>"$NIX_BUILD_TOP/order"')
        fixupOutputHooks+=(
          'echo ${name} fixupOutput "''${prefix#*-}" >>"$NIX_BUILD_TOP/order"'
        )
        postFixupHooks+=(${name}Last)
        ${name}Last() { echo "${name} postFixup" >>"$NIX_BUILD_TOP/order"; }
        ${name}Env() { echo "${name} env ''${1#*-}" >>"$NIX_BUILD_TOP/env"; }
        addEnvHooks "$targetOffset" ${name}Env
        preFixupPhases+=" ${name}Phase"
        ${name}Phase() { echo "${name} phase" >>"$NIX_BUILD_TOP/order"; }
      ''
    );
in
{
  inherit pkgs;

  # In which order everything is run.
  order = stdenvNoCC.mkDerivation {
    pname = "order";
    version = "1";
    outputs = [
      "out"
      "dev"
    ];
    strictDeps = true;
    nativeBuildInputs = [
      (hook "native" { propagatedBuildInputs = [ (hook "propagated" { }) ]; })
    ];
    buildInputs = [ (hook "host" { }) ];
    dontUnpack = true;
    preInstall = ''echo "preInstall variable" >>"$NIX_BUILD_TOP/order"'';
    installPhase = ''
      runHook preInstall
      mkdir -p "$out/bin" "$out/include"
      cp ${builtins.toFile "script" "#!/bin/sh\n#!/bin/sh\n"} "$out/bin/script"
      chmod +x "$out/bin/script"
    '';
    # Whoever adds itself now is the last; in postFixup it is too late.
    preFixup = ''
      echo "preFixup variable" >>"$NIX_BUILD_TOP/order"
      atLast() {
        cp "$NIX_BUILD_TOP/order" "$out/order"
        sort -u "$NIX_BUILD_TOP/env" >"$out/env"
        case $- in *e*) echo errexit ;; esac >"$out/options"
        case $- in *u*) echo nounset ;; esac >>"$out/options"
        shopt nullglob inherit_errexit | tr '\t' ' ' >>"$out/options" || true
        set -o | grep pipefail | tr -s '\t ' ' ' >>"$out/options"
      }
      postFixupHooks+=(atLast)
    '';
    postFixup = ''
      echo "postFixup variable" >>"$NIX_BUILD_TOP/order"
      # By then scripts have their interpreter, and files are in their outputs.
      head -c 14 "$out/bin/script" >>"$NIX_BUILD_TOP/order"
      echo "$outputBin $outputDev $outputMan $outputLib" >>"$NIX_BUILD_TOP/order"
      postFixupHooks+=('echo "too late" >>"$NIX_BUILD_TOP/order"')
    '';
  };

  inherit (pkgs.specimens)
    compiled
    structured
    wrapped
    gapps
    siblings
    contentAddressed
    source
    ;
  # The same without the hooks that drop debugging information and directories of libraries.
  raw = pkgs.specimens.compiled.overrideAttrs (_: {
    dontStrip = true;
    dontPatchELF = true;
  });
  # A builder of its own, that uses the set-up script.
  ownBuilder = stdenvNoCC.mkDerivation {
    name = "own-builder";
    text = "a text";
    builder = builtins.toFile "builder.sh" ''
      source "$stdenv/setup"
      install -D /dev/null "$out/share/file"
      substitute ${builtins.toFile "input" "@text@ @other@\n"} "$out/text" \
        --subst-var text --replace-fail @other@ other
    '';
  };
  environment = pkgs.buildEnv {
    name = "environment";
    paths = [
      pkgs.specimens.siblings
      pkgs.specimens.manifold
      (lib.setPrio 4 (
        pkgs.writeTextFile {
          name = "preferred";
          text = "preferred";
          destination = "/bin/older";
        }
      ))
    ];
  };
  collision = pkgs.buildEnv {
    name = "collision";
    paths = [
      pkgs.specimens.siblings
      (pkgs.writeTextFile {
        name = "other";
        text = "other";
        destination = "/bin/older";
      })
    ];
  };

  values =
    let
      final = stdenv.mkDerivation (finalAttrs: {
        pname = "final";
        version = "1";
        shown = "is ${finalAttrs.version}";
        passthru.again = finalAttrs.finalPackage.version;
      });
      changed =
        ((final.overrideAttrs { version = "2"; }).overrideAttrs (old: {
          shown = old.shown + "!";
        })).overrideAttrs
          (new: old: { other = new.version + old.version; });
      greeter = pkgs.specimens.greeter.override { greeting = "hello"; };
      named = name: value: stdenvNoCC.mkDerivation { ${name} = value; name = "named"; };
      inherit (pkgs.specimens) manifold broken unfree;
    in
    {
      final = {
        inherit (final) name shown again;
      };
      changed = {
        inherit (changed)
          name
          shown
          again
          other
          ;
      };
      override = [
        greeter.greeting
        ((greeter.overrideAttrs (_: { version = "9"; })).override { greeting = "both"; }).greeting
        ((greeter.overrideAttrs (_: { version = "9"; })).override { greeting = "both"; }).version
        (lib.functionArgs greeter.override)
      ];
      outputs = {
        inherit (manifold) outputs outputName type;
        all = map (output: output.outputName) manifold.all;
        install = manifold.meta.outputsToInstall;
        installByDefault = pkgs.specimens.compiled.meta.outputsToInstall;
        chosen = map (output: output.outputName) [
          (lib.getBin manifold)
          (lib.getLib manifold)
          (lib.getDev manifold)
          (lib.getMan manifold)
        ];
        specified = manifold.dev.outputSpecified or false;
        default = manifold.outPath == manifold.bin.outPath;
      };
      refused = map fails [
        broken.outPath
        broken.drvPath
        unfree.outPath
        pkgs.specimens.unsupported.outPath
        pkgs.specimens.throwing
      ];
      looked = [
        broken.name
        broken.meta.broken
        broken.meta.available
        unfree.meta.unfree
        pkgs.specimens.data.meta.available
      ];
      dependencies = {
        # The development output of what is asked for as a package.
        inputs =
          let
            inputs = (named "buildInputs" [ manifold manifold.lib null ]).buildInputs;
          in
          map (output: output.outputName or null) inputs;
        wrong = fails (named "buildInputs" [ 1 ]).drvPath;
      };
      overlays = [
        pkgs.late
        pkgs.overlaid.pname
        (pkgs.extend (_: previous: { early = previous.early + 1; })).late
      ];
      scope = [
        pkgs.specimens.nested.inner.text
        pkgs.specimens.nested.recurseForDerivations
        (lib.length (lib.attrNames pkgs.generated))
      ];
      textIsPackage = lib.isDerivation (pkgs.writeText "x" "y");
      kept = [
        pkgs.specimens.messenger.meta.priority
        pkgs.specimens.compiled.tests.version
        pkgs.specimens.compiled.passthru.tests.version
      ];
    };
}
