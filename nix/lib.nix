# The library: functions that put finished packages into boxes.
#
# With nixpkgs:     import ./nix/lib.nix { inherit stdenv closurebox; }
# With Nix alone:   import ./nix/lib.nix { inherit system shell tools closurebox; }
{
  # the package that holds bin/closurebox
  closurebox,
  # nixpkgs' standard environment, or nothing
  stdenv ? null,
  # Without one: the system to build on, a POSIX shell, and packages whose bin directories hold
  # mkdir and ln.
  system ? builtins.currentSystem,
  shell ? null,
  tools ? [ ],
}:
let
  # A derivation whose builder is a shell script; the same in both worlds.
  build =
    {
      script,
      meta,
      passthru,
      ...
    }@attributes:
    let
      environment = removeAttrs attributes [
        "script"
        "meta"
        "passthru"
      ];
    in
    if stdenv != null then
      stdenv.mkDerivation (
        environment
        // {
          inherit meta passthru;
          buildCommand = "source ${script}";
        }
      )
    else
      derivation (
        environment
        // {
          inherit system;
          builder = shell;
          args = [
            "-e"
            script
          ];
          PATH = builtins.concatStringsSep ":" (map (tool: "${tool}/bin") tools);
        }
      )
      // passthru
      // {
        inherit meta passthru;
      };

  # The store objects that a text names, each once. `split` drops the context, which says what must
  # be built first; every path gets the whole of it back.
  storePathsIn =
    text:
    let
      pattern = "(${builtins.storeDir}/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]+)";
      found = builtins.concatLists (builtins.filter builtins.isList (builtins.split pattern text));
      context = builtins.getContext text;
    in
    map (path: builtins.appendContext path context) (
      builtins.attrNames (
        builtins.listToAttrs (
          map (name: {
            inherit name;
            value = null;
          }) found
        )
      )
    );

  # The output that holds the programs.
  programsOf =
    package: if builtins.elem "bin" (package.outputs or [ ]) then package.bin else package;

  wrap =
    {
      # a derivation with programs in bin
      package,
      # What the box may have beyond the package's closure: the policy language as an attribute set.
      # Its version is filled in.
      policy ? { },
    }:
    let
      policyText = builtins.toJSON ({ closurebox = 1; } // policy);
      # What the policy names must be in the box with all it needs.
      roots = [ "${programsOf package}" ] ++ storePathsIn policyText;
      graphs = builtins.genList (i: "graph-${toString i}") (builtins.length roots);
    in
    build {
      script = ./wrap.sh;
      inherit (package) name;
      closurebox = "${closurebox}";
      package = "${programsOf package}";
      mainProgram =
        package.meta.mainProgram or package.pname or (builtins.parseDrvName package.name).name;
      policy = policyText;
      passAsFile = [ "policy" ];
      inherit graphs roots;
      # The unstructured form: the structured one takes quadratic time (NixOS/nix#11791).
      exportReferencesGraph = builtins.concatLists (
        builtins.genList (i: [
          (builtins.elemAt graphs i)
          (builtins.elemAt roots i)
        ]) (builtins.length roots)
      );
      # A launcher is finished: its descriptor is a section that no tool needs to touch.
      dontStrip = true;
      dontPatchELF = true;
      preferLocalBuild = true;

      # Of the original's outputs only the programs are here.
      meta = removeAttrs (package.meta or { }) [ "outputsToInstall" ];
      passthru = (package.passthru or { }) // {
        unwrapped = package;
        inherit policy;
      };
    };
in
{
  inherit wrap;
}
