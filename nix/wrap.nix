# Puts the programs of a finished package into boxes: a package like it whose programs are links to
# one launcher, and whose other files are links to the original's.
{
  # nixpkgs' library
  lib,
  # a standard environment; nothing is compiled in it
  stdenvNoCC,
  # the package that holds bin/closurebox
  closurebox,
  # the library that this belongs to
  closureboxLib,
  ...
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatStringsSep
    elem
    elemAt
    filter
    genList
    head
    isList
    isString
    length
    listToAttrs
    map
    match
    ;

  # The store objects that a text names.
  storePathsIn =
    text:
    let
      paths = import ./store-paths.nix { inherit lib; } text;
    in
    if builtins.hasContext text then
      paths.known ++ paths.others ++ paths.placeholders
    else if paths.others == [ ] then
      [ ]
    else
      mereText "policy" (head paths.others);
  mereText =
    option: path:
    throw (
      "closurebox wrap: ${option}: '${path}' is a mere text, so that nothing says what makes "
      + "it; expected the package itself, as in \"\${pkgs.hello}\""
    );
  # What else is to be in the box, as the text that names it.
  rootOf =
    root:
    if !(isString root || builtins.typeOf root == "path" || root ? outPath) then
      throw "closurebox wrap: extraRoots: expected packages, or texts that name store paths"
    else if builtins.hasContext "${root}" then
      "${root}"
    else
      mereText "extraRoots" "${root}";

  # A list that an argument must be.
  listOf =
    option: value:
    if isList value then
      value
    else
      throw "closurebox wrap: ${option}: expected a list, not a ${builtins.typeOf value}";
  # What the builder reads as lines.
  linesOf =
    option: values:
    concatStringsSep "\n" (
      map (
        value:
        if isString value && value != "" && match "[^\n]*" value != null then
          value
        else
          throw "closurebox wrap: ${option}: expected names, each a text of one line"
      ) (listOf option values)
    );
  # A program's new name stands in the directory of the old one.
  newName =
    value:
    if isString value && match "[^./\n][^/\n]*" value != null then
      value
    else
      throw "closurebox wrap: rename: expected names without '/' that do not begin with '.'";

  # The outputs of a package by name; with what nixpkgs itself would install of one that does not
  # say.
  outputsOf = package: package.outputs or [ "out" ];
  programOutputs = [
    "bin"
    "out"
  ];
  isOther = output: !(elem output programOutputs);
  installedOf =
    package:
    let
      outputs = outputsOf package;
    in
    filter (output: isOther output && elem output outputs) (
      package.meta.outputsToInstall or [ "man" ]
    );

  # As lib.getExe knows it.
  mainProgramOf = package: package.meta.mainProgram or (lib.getName package);

  wrapWith =
    {
      # a derivation
      package,
      # What the box may have beyond the package's closure: an attribute set in the policy language,
      # a JSON file of it, what `when` returns, or a list of these.
      policy ? { },
      # The programs to wrap, by name or by path in the package; null: all of `bin` and `sbin`, and
      # those elsewhere that the package's own desktop files, services and their like start.
      programs ? null,
      # What else, with all it needs, is in the box: packages, or texts that name store paths.
      extraRoots ? [ ],
      # New names of programs, by the old name or by the path in the package.
      rename ? { },
      # Files, by path in the package or by pattern, which may start programs without the box.
      allowUnwrapped ? [ ],
      # Is a package without programs a mistake? Else it comes out as it is.
      requirePrograms ? true,
    }@arguments:
    let
      outputs = outputsOf package;
      installed = installedOf package;

      # The directories that make up `out`; of files that several have, the first one's.
      sources =
        let
          found = filter (output: elem output outputs) programOutputs;
        in
        if found == [ ] then
          [ "${package}" ]
        else
          map (output: "${package.${output} or package}") found;
      roots = sources ++ map rootOf (listOf "extraRoots" extraRoots);
      policyLines = closureboxLib.policyLines policy;
      policyRoots = storePathsIn policyLines;
      allRoots = roots ++ policyRoots;

      drv = stdenvNoCC.mkDerivation {
        inherit (package) name;
        outputs = [
          "out"
          "launcher"
        ]
        ++ installed;
        # With structured attributes the graphs' sizes take quadratic time (NixOS/nix#11791).
        __structuredAttrs = false;
        exportReferencesGraph = concatLists (
          genList (i: [
            "graph-${toString i}"
            (elemAt allRoots i)
          ]) (length allRoots)
        );
        inherit
          sources
          roots
          policyRoots
          policyLines
          ;
        passAsFile = [ "policyLines" ];
        closurebox = "${closurebox}";
        selectPolicies = ./select-policies.sh;
        launchFiles = ./launch-files.sh;
        wrapTree = ./wrap-tree.sh;
        wrapCheck = ./wrap-check.sh;
        buildCommand = "source ${./wrap.sh}";

        mainProgram = mainProgramOf package;
        packageName = lib.getName package;
        boxName =
          let
            name = lib.getName package;
          in
          if
            builtins.stringLength name < 256 && match "[^./[:cntrl:]][^/[:cntrl:]]*" name != null
          then
            builtins.toJSON name
          else
            "";
        allPrograms = programs == null;
        programs =
          if programs == null then
            ""
          else if programs == [ ] then
            throw "closurebox wrap: programs: an empty list; expected names, or null for all"
          else
            linesOf "programs" programs;
        # The old name, then the new one.
        rename = linesOf "rename" (
          concatLists (
            attrValues (
              builtins.mapAttrs (old: new: [
                old
                (newName new)
              ]) (
                if builtins.isAttrs rename then
                  rename
                else
                  throw "closurebox wrap: rename: expected an attribute set of names"
              )
            )
          )
        );
        allowUnwrapped = linesOf "allowUnwrapped" allowUnwrapped;
        inherit requirePrograms;
        # Of the others only what the package names of them is there.
        otherOutputs = map (
          output: builtins.unsafeDiscardStringContext "${package.${output}}"
        ) (filter isOther outputs);
        # Outputs that are links to the original's, and those.
        linked = concatLists (
          map (output: [
            output
            "${package.${output}}"
          ]) installed
        );
      };

      # As an output of this package: the attribute set has the same attributes, as any output has.
      output =
        name:
        wrapped
        // {
          inherit (drv.${name}) outPath drvPath;
          outputName = name;
          outputSpecified = true;
        };

      # Whatever makes another package of this one, applied to the original and wrapped again.
      again =
        changed:
        if lib.isDerivation changed then
          wrapWith (arguments // { package = changed; })
        else
          changed;
      rewrap =
        function:
        if lib.isFunction function then
          lib.setFunctionArgs (change: again (function change)) (lib.functionArgs function)
        else
          function;
      # override, overrideAttrs..., withPackages, withPlugins...
      makesPackages = name: match "(override|with).*" name != null;
      overriders = listToAttrs (
        map (name: {
          inherit name;
          value = rewrap package.${name};
        }) (filter makesPackages (attrNames package))
      );

      added = {
        unwrapped = package;
        inherit policy;
        launcher = output "launcher";
        tests =
          package.tests or package.passthru.tests or { }
          // {
            launcher = testOf {
              inherit (package) name;
              inherit (drv) launcher;
              inherit roots;
            };
          };
      };

      wrapped =
        # Only who asks for an output by name has said which.
        removeAttrs package [ "outputSpecified" ]
        // overriders
        // added
        // {
          inherit (drv)
            type
            drvPath
            outPath
            outputName
            drvAttrs
            builder
            args
            system
            ;
          outputs = [
            "out"
            "launcher"
          ]
          ++ filter isOther outputs;
          out = output "out";
          all = map (name: wrapped.${name}) wrapped.outputs;
          passthru = package.passthru or { } // added;
          meta =
            let
              main = mainProgramOf package;
              renamed = rename.${main} or rename."bin/${main}" or null;
            in
            package.meta or { }
            // {
              outputsToInstall = [ "out" ] ++ installed;
            }
            // (if renamed == null then { } else { mainProgram = renamed; });
        }
        // (if elem "bin" outputs then { bin = output "out"; } else { });
    in
    wrapped;

  # Is the launcher one, and is what it gives to its programs what Nix has registered?
  testOf =
    {
      name,
      launcher,
      roots,
    }:
    stdenvNoCC.mkDerivation {
      name = "${name}-launcher-test";
      __structuredAttrs = false;
      exportReferencesGraph = [
        "registered"
        launcher
      ]
      ++ concatLists (
        genList (i: [
          "root-${toString i}"
          (elemAt roots i)
        ]) (length roots)
      );
      closurebox = "${closurebox}";
      launcher = "${launcher}";
      buildCommand = ''
        paths() { grep -h ^/ "$@" | LC_ALL=C sort -u; }
        # A package without programs has none.
        if [ -x "$launcher" ]; then
          "$closurebox/bin/closurebox" inspect "$launcher"
          "$closurebox/bin/closurebox" inspect --closure "$launcher" | paths >given
          # Itself it is no part of the box, and what it starts to look paths up need not be.
          helper=$(realpath "$closurebox/libexec/closurebox/closurebox-closure")
          known() { grep -Fvx -e "$launcher" -e "''${helper%/libexec/*}"; }
          paths registered | known >want
          known <given | diff want -
          paths root-* | LC_ALL=C comm -23 - given >missing
          diff /dev/null missing
        fi
        touch "$out"
      '';
    };
in
# wrap { package, ... }, or wrap package policy
argument:
if lib.isDerivation argument then
  policy:
  wrapWith {
    package = argument;
    inherit policy;
  }
else if !builtins.isAttrs argument then
  throw "closurebox wrap: expected a package or { package = ...; }"
else if !(argument ? package) then
  throw "closurebox wrap: package: missing; expected { package = ...; }"
else if !lib.isDerivation argument.package then
  throw "closurebox wrap: package: expected a derivation"
else
  wrapWith argument
