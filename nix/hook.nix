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
    concatLists
    elem
    elemAt
    filter
    genList
    length
    match
    toJSON
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

  # All inputs of a derivation: the store paths in its attributes, each with the context of all. A
  # path of which the context was discarded is no input, and to ask for its graph would fail.
  inputsOf =
    attributes: outputs:
    let
      paths = import ./store-paths.nix { inherit lib; } (toJSON attributes);
      own = map builtins.placeholder outputs;
    in
    paths.known ++ filter (path: !elem path own) paths.placeholders;

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
