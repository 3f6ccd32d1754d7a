# Functions that call packages and let them be changed afterwards, with nixpkgs' names and manners.
{ lib }:
let
  inherit (builtins)
    attrNames
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    ;
  inherit (lib) isFunction mirrorFunctionArgs optionalAttrs;
in
rec {
  # What `function` makes, with `override` that calls it again with other arguments.
  makeOverridable =
    function:
    let
      mirror = mirrorFunctionArgs function;
    in
    mirror (
      arguments:
      let
        result = function arguments;
        override = mirror (
          new:
          makeOverridable function (arguments // (if isFunction new then new arguments else new))
        );
        # The change outlives a later override.
        changed = change: makeOverridable (mirror (other: change (function other))) arguments;
      in
      if isAttrs result then
        result
        // {
          inherit override;
          overrideDerivation = change: changed (package: overrideDerivation package change);
        }
        // optionalAttrs (result ? overrideAttrs) {
          overrideAttrs = change: changed (package: package.overrideAttrs change);
        }
      else if isFunction result then
        lib.setFunctionArgs result (lib.functionArgs result) // { inherit override; }
      else
        result
    );

  overrideDerivation =
    package: change:
    extendDerivation (builtins.seq package.drvPath true) (
      {
        meta = package.meta or { };
        passthru = package.passthru or { };
      }
      // package.passthru or { }
    ) (derivation (package.drvAttrs // change package));

  callPackageWith =
    available: value: given:
    let
      function = if isFunction value then value else import value;
      wanted = lib.functionArgs function;
      arguments = intersectAttrs wanted available // given;
      missing = lib.filterAttrs (_: optional: !optional) (removeAttrs wanted (attrNames arguments));
    in
    if missing == { } then
      makeOverridable function arguments
    else
      # Not to be caught by tryEval: a package set with such a package is wrong.
      abort (
        "lib.customisation.callPackageWith: Function called without required argument "
        + "\"${builtins.head (attrNames missing)}\""
      );

  callPackagesWith =
    available: value: given:
    let
      function = if isFunction value then value else import value;
      arguments = intersectAttrs (lib.functionArgs function) available // given;
    in
    mapAttrs (
      name: _: makeOverridable (mirrorFunctionArgs function (new: (function new).${name})) arguments
    ) (function arguments);

  # Attributes for a derivation and each of its outputs; none of them can be built unless the
  # condition holds.
  extendDerivation =
    condition: attributes: package:
    let
      common =
        package
        // listToAttrs outputs
        // {
          all = map (output: output.value) outputs;
        }
        // attributes;
      outputs = map (name: {
        inherit name;
        value =
          common
          // {
            inherit (package.${name}) type outputName;
            outputSpecified = true;
            drvPath = assert condition; package.${name}.drvPath;
            outPath = assert condition; package.${name}.outPath;
          }
          // optionalAttrs (attributes ? overrideAttrs) {
            overrideAttrs = change: (attributes.overrideAttrs change).${name};
          };
      }) package.outputs or [ "out" ];
    in
    common
    // {
      drvPath = assert condition; package.drvPath;
      outPath = assert condition; package.outPath;
    };

  # A nested set whose packages see each other before those of the outer set.
  makeScope =
    newScope: function:
    let
      self = function self // {
        newScope = scope: newScope (self // scope);
        callPackage = self.newScope { };
        overrideScope = overlay: makeScope newScope (lib.extends overlay function);
        packages = function;
      };
    in
    self;
}
