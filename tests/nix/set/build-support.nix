# The set's functions that make packages: the standard environments, callPackage, trivial builders,
# set-up hooks; with nixpkgs' names and arguments.
{ debian, built }:
final: _:
let
  inherit (final) lib;
  stdenv = import ../debian-store/stdenv.nix {
    packages = debian;
    inherit lib;
    inherit (final) config;
  };
  builtClosurebox = final.stdenvNoCC.mkDerivation {
    pname = "closurebox";
    version = "0.1.0";
    buildCommand = ''
      mkdir "$out"
      ln -s ${builtins.storePath built}/* "$out"
    '';
    meta.mainProgram = "closurebox";
  };
in
{
  inherit stdenv;
  stdenvNoCC = stdenv.noCC;
  pkgsStatic = {
    stdenv = stdenv.static;
  };
  inherit (stdenv) system hostPlatform buildPlatform;
  pkgs = final;
  buildPackages = final;

  newScope = scope: lib.callPackageWith (final // scope);
  callPackage =
    value: arguments:
    # Tests of other things do not want to build closurebox anew after each change of its sources.
    if built != null && builtins.isPath value && value == ../../../nix/package.nix then
      lib.makeOverridable (_: builtClosurebox) arguments
    else
      final.newScope { } value arguments;
  callPackages = lib.callPackagesWith final;

  runCommandWith =
    {
      stdenv ? final.stdenvNoCC,
      runLocal ? false,
      derivationArgs ? { },
      name,
    }:
    buildCommand:
    stdenv.mkDerivation (
      {
        inherit buildCommand name;
        enableParallelBuilding = true;
        passAsFile = [ "buildCommand" ] ++ derivationArgs.passAsFile or [ ];
      }
      // lib.optionalAttrs runLocal {
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      // removeAttrs derivationArgs [ "passAsFile" ]
    );
  runCommand =
    name: derivationArgs:
    final.runCommandWith {
      inherit name derivationArgs;
    };
  runCommandLocal =
    name: derivationArgs:
    final.runCommandWith {
      inherit name derivationArgs;
      runLocal = true;
    };
  runCommandCC =
    name: derivationArgs:
    final.runCommandWith {
      inherit name derivationArgs;
      inherit (final) stdenv;
    };

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      derivationArgs ? { },
    }:
    final.runCommandLocal name
      (
        {
          inherit
            text
            executable
            checkPhase
            meta
            passthru
            ;
          passAsFile = [ "text" ];
        }
        // derivationArgs
      )
      ''
        target=$out${lib.escapeShellArg destination}
        mkdir -p "$(dirname "$target")"
        cp "$textPath" "$target"
        [ -z "$executable" ] || chmod +x "$target"
        eval "$checkPhase"
      '';
  writeText = name: text: final.writeTextFile { inherit name text; };
  writeScript =
    name: text:
    final.writeTextFile {
      inherit name text;
      executable = true;
    };
  writeShellScript =
    name: text: final.writeScript name "#!${final.runtimeShell}\n${text}";
  writeShellScriptBin =
    name: text:
    final.writeTextFile {
      inherit name;
      executable = true;
      destination = "/bin/${name}";
      text = "#!${final.runtimeShell}\n${text}";
      meta.mainProgram = name;
    };
  writeTextDir =
    path: text:
    final.writeTextFile {
      inherit text;
      name = baseNameOf path;
      destination = "/${path}";
    };
  runtimeShell = "${final.bash}/bin/bash";

  symlinkJoin =
    {
      name,
      paths,
      postBuild ? "",
      ...
    }@arguments:
    final.runCommand name
      (
        removeAttrs arguments [
          "name"
          "postBuild"
        ]
        // {
          passAsFile = [ "paths" ];
        }
      )
      ''
        mkdir -p "$out"
        for path in $(<"$pathsPath"); do
          cp -rsn --no-preserve=mode "$path/." "$out"
        done
        ${postBuild}
      '';
  linkFarm =
    name: entries:
    final.runCommand name { } ''
      mkdir -p "$out"
      ${lib.concatMapStrings
        (entry: ''
          mkdir -p "$(dirname "$out/"${lib.escapeShellArg entry.name})"
          ln -s ${lib.escapeShellArg "${entry.path}"} "$out/"${lib.escapeShellArg entry.name}
        '')
        (
          if lib.isList entries then
            entries
          else
            lib.mapAttrsToList (name: path: { inherit name path; }) entries
        )
      }
    '';

  # Several packages as one tree: the outputs that are to be installed, and of two files at one
  # place that of the package with the lower priority number.
  buildEnv = lib.makeOverridable (
    {
      name,
      paths,
      pathsToLink ? [ "/" ],
      extraOutputsToInstall ? [ ],
      ignoreCollisions ? false,
      extraPrefix ? "",
      postBuild ? "",
      passthru ? { },
      meta ? { },
      ...
    }:
    let
      outputs =
        package:
        (
          if !package.outputSpecified or false && package ? meta.outputsToInstall then
            map (output: package.${output}) package.meta.outputsToInstall
          else
            [ package ]
        )
        ++ map (output: package.${output}) (
          lib.filter (output: package ? ${output}) extraOutputsToInstall
        );
      lines =
        package:
        map (output: "${toString (package.meta.priority or 5)} ${output}\n") (outputs package);
    in
    final.runCommand name
      {
        inherit
          pathsToLink
          ignoreCollisions
          extraPrefix
          passthru
          meta
          ;
        chosen = lib.concatStrings (lib.concatMap lines paths);
        passAsFile = [ "chosen" ];
      }
      ''
        source ${./build-env.sh}
        ${postBuild}
      ''
  );

  makeSetupHook =
    {
      name,
      propagatedBuildInputs ? [ ],
      substitutions ? { },
      meta ? { },
      passthru ? { },
    }:
    script:
    final.runCommand name
      (
        substitutions
        // {
          inherit propagatedBuildInputs meta passthru;
          strictDeps = true;
          # The variables of a hook would be those of its own build.
          preferLocalBuild = true;
        }
      )
      ''
        mkdir -p "$out/nix-support"
        cp ${script} "$out/nix-support/setup-hook"
        recordPropagatedDependencies
        substituteAll ${script} "$out/nix-support/setup-hook"
      '';

  makeWrapper = final.makeSetupHook {
    name = "make-shell-wrapper-hook";
    substitutions.shell = final.runtimeShell;
  } ./hooks/make-wrapper.sh;
  makeShellWrapper = final.makeWrapper;
  wrapGAppsHook3 = final.makeSetupHook {
    name = "wrap-gapps-hook";
    propagatedBuildInputs = [ final.makeWrapper ];
  } ./hooks/wrap-gapps-hook.sh;
  wrapGAppsHook = final.wrapGAppsHook3;
  wrapGAppsHook4 = final.wrapGAppsHook3;
  autoreconfHook = final.makeSetupHook { name = "autoreconf-hook"; } ./hooks/autoreconf.sh;
}
