# The setup hook that puts programs into boxes where they are, and what gives a package all that the
# hook must know.
{
  lib,
  stdenvNoCC,
  closurebox,
  closureboxLib,
  ...
}:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    elem
    elemAt
    filter
    genList
    getContext
    head
    isList
    length
    listToAttrs
    match
    replaceStrings
    split
    storeDir
    stringLength
    substring
    toJSON
    unsafeDiscardStringContext
    ;

  hook = stdenvNoCC.mkDerivation {
    name = "closurebox-hook";
    buildCommand = ''
      mkdir -p $out/nix-support
      sed -e 's|@closurebox@|${closurebox}|' -e 's|@selectPolicies@|${./select-policies.sh}|' \
        -e 's|@launchFiles@|${./launch-files.sh}|' ${./hook.sh} > $out/nix-support/setup-hook
    '';
    meta.description = "Setup hook that puts the programs of a package into boxes";
  };

  # All inputs of a derivation: the store paths in its attributes, each with the context of all.
  #
  # A path of which the context was discarded is no input, and to ask for its graph would fail. So
  # only those count that an element of the context accounts for, by its name. A content-addressed
  # input has a placeholder for a path, the hash of which tells nothing; one is looked for only if
  # there is an element without a path.
  inputsOf =
    attributes: outputs:
    let
      text = toJSON attributes;
      digit = "[0-9a-df-np-sv-z]";
      pattern = "(${
        replaceStrings [ "." "+" ] [ "[.]" "[+]" ] storeDir
      }/${digit}{32}-[-+._?=0-9a-zA-Z]+|/${digit}{52})";
      found = names (map head (filter isList (split pattern (unsafeDiscardStringContext text))));
      isPath = path: substring 0 (stringLength storeDir + 1) path == "${storeDir}/";
      nameOf = path: substring (stringLength storeDir + 34) (-1) path;

      context = getContext text;
      expected = attrSet (
        concatMap (
          path:
          let
            name = nameOf path;
            # Of a derivation; a source has no outputs, and `drvPath` as a text none that are meant.
            isDerivation = match ".*[.]drv" name != null;
            base = substring 0 (stringLength name - 4) name;
          in
          if context.${path}.path or false then
            # The graph of a derivation would ask for all that it can build.
            if isDerivation then [ ] else [ name ]
          else
            map (output: if output == "out" then base else "${base}-${output}") (
              context.${path}.outputs or [ ]
            )
        ) (attrNames context)
      );
      # The full stop of a sentence looks like more of the path before it.
      trimmed =
        path:
        if expected ? ${nameOf path} then path else head (match "(.*[^-+._?=])[-+._?=]*" path);
      paths = names (
        filter (path: expected ? ${nameOf path}) (map trimmed (filter isPath found))
      );
      missing = removeAttrs expected (map nameOf paths) != { };
      own = map builtins.placeholder outputs;
      placeholders = filter (path: !isPath path && !elem path own) found;
    in
    map (lib.addContextFrom text) (paths ++ (if missing then placeholders else [ ]));

  # In a variable of the environment blanks are between names.
  checkBlanks =
    program:
    if match "[^ \t\n]*" program == null then
      throw (
        "closurebox inPlace: programs: '${program}' has a blank, for which the package needs "
        + "__structuredAttrs = true"
      )
    else
      program;

  attrSet =
    list:
    listToAttrs (
      map (name: {
        inherit name;
        value = null;
      }) list
    );
  # Sorted, each once.
  names = list: attrNames (attrSet list);

  # What attributes say of the outputs is no input; what is made of the inputs cannot be one.
  notInputs = [
    "allowedReferences"
    "allowedRequisites"
    "closureboxInputs"
    "disallowedReferences"
    "disallowedRequisites"
    "exportReferencesGraph"
    "outputChecks"
  ];
in
{
  inherit hook;

  # What `overrideAttrs` takes to put the programs of a package into boxes where they are:
  #   package.overrideAttrs (inPlace { policy = { ... }; })
  #   stdenv.mkDerivation (lib.extends (inPlace { ... }) (finalAttrs: { ... }))
  # `inputs` are packages that the outputs refer to in a way that no attribute tells.
  inPlace =
    {
      policy ? { },
      programs ? null,
      inputs ? [ ],
    }:
    # Both, so that the inputs are those of the derivation as it is in the end.
    final: previous:
    let
      attributes = final.finalPackage.drvAttrs;
      structured = attributes.__structuredAttrs or false;
      paths = inputsOf {
        attributes = removeAttrs attributes notInputs;
        inherit given inputs;
      } attributes.outputs or [ "out" ];
      graph = index: "closurebox-input-${toString index}";
      graphs = genList graph (length paths);
      given = previous.exportReferencesGraph or null;

      # An output that has nothing else may be without programs.
      checks =
        if attributes.outputs or [ "out" ] == [ "out" ] then
          attributes.outputChecks or { }
        else
          { };
      boxes = elem (attributes.dontClosurebox or null) [
        null
        false
        ""
      ];
      limits =
        attributes.allowedReferences or null != null || checks.out or { } ? allowedReferences;
      checked =
        value:
        if boxes && limits then
          throw (
            "closurebox inPlace: allowedReferences cannot hold for a launcher, which refers to its "
            + "whole closure; expected allowedRequisites"
          )
        else
          value;
    in
    {
      nativeBuildInputs = (previous.nativeBuildInputs or [ ]) ++ [ hook ];
      closureboxPolicyLines = closureboxLib.policyLines policy;
      closureboxMainProgram = previous.meta.mainProgram or "";
      # The environment has no room for a long one.
      passAsFile =
        lib.toList (previous.passAsFile or [ ])
        ++ lib.optional (!structured) "closureboxPolicyLines";
      # With structured attributes a graph takes the place of an attribute of its name.
      closureboxInputs = if structured then [ "closureboxGraph" ] else graphs;
      exportReferencesGraph = checked (
        if structured then
          (if given == null then { } else given) // { closureboxGraph = paths; }
        else
          (if given == null then [ ] else lib.toList given)
          ++ concatLists (
            genList (index: [
              (graph index)
              (elemAt paths index)
            ]) (length paths)
          )
      );
    }
    // (
      if programs == null then
        { }
      else
        { closureboxPrograms = if structured then programs else map checkBlanks programs; }
    );
}
