# What nixpkgs' lib has for options: their declarations, how values of several definitions become
# one, and how messages name them.
{ lib }:
let
  inherit (builtins)
    all
    concatLists
    filter
    foldl'
    head
    isAttrs
    isBool
    isInt
    isList
    isString
    length
    ;
  inherit (lib) concatMapStrings concatStringsSep;
  priorities =
    "Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these "
    + "definitions.\n";
  the = path: "The option `${lib.showOption path}'";
  rendered =
    value:
    if value ? _type && value ? text then
      value
    else
      lib.literalExpression (lib.generators.toPretty { } value);
in
rec {
  isType = name: value: value._type or "" == name;
  setType = name: value: value // { _type = name; };
  isOption = isType "option";

  mkOption =
    {
      default ? null,
      defaultText ? null,
      example ? null,
      description ? null,
      relatedPackages ? null,
      type ? null,
      apply ? null,
      internal ? null,
      visible ? null,
      readOnly ? null,
    }@attributes:
    setType "option" attributes;

  mkEnableOption =
    name:
    mkOption {
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
      type = lib.types.bool;
    };

  mkPackageOption =
    pkgs: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      shown = if isList name then lib.last name else name;
      path = lib.toList default;
    in
    mkOption (
      {
        description =
          "The ${shown} package to use."
          + lib.optionalString (extraDescription != "") " ${extraDescription}";
        type = if nullable then lib.types.nullOr lib.types.package else lib.types.package;
      }
      // (
        if default != null then
          {
            default = lib.attrByPath path (
              throw "${concatStringsSep "." path} cannot be found in ${pkgsText}"
            ) pkgs;
            defaultText = literalExpression "${pkgsText}.${concatStringsSep "." path}";
          }
        else
          lib.optionalAttrs nullable { default = null; }
      )
      // lib.optionalAttrs (example != null) {
        example = literalExpression (
          if isList example then "${pkgsText}.${concatStringsSep "." example}" else example
        );
      }
    );

  literalExpression = text: setType "literalExpression" { inherit text; };
  literalMD = text: setType "literalMD" { inherit text; };

  # --- several definitions: each { file; value; }

  getValues = map (definition: definition.value);
  getFiles = map (definition: definition.file);

  mergeDefaultOption =
    path: definitions:
    let
      values = getValues definitions;
    in
    if length values == 1 then
      head values
    else if all lib.isFunction values then
      argument: mergeDefaultOption path (map (function: function argument) values)
    else if all isList values then
      concatLists values
    else if all isAttrs values then
      foldl' lib.mergeAttrs { } values
    else if all isBool values then
      lib.any lib.id values
    else if all isString values then
      lib.concatStrings values
    else if all (value: isInt value && value == head values) values then
      head values
    else
      throw (
        "Cannot merge definitions of `${showOption path}'. Definition values:"
        + showDefs definitions
      );

  mergeOneOption = mergeUniqueOption { message = ""; };
  mergeUniqueOption =
    {
      message,
      merge ? _: definitions: (head definitions).value,
    }:
    path: definitions:
    if length definitions == 1 then
      merge path definitions
    else
      throw (
        "${the path} is defined multiple times while it's expected to be unique.\n${message}\n"
        + "Definition values:${showDefs definitions}\n${priorities}"
      );

  mergeEqualOption =
    path: definitions:
    let
      first = head definitions;
      other = filter (definition: definition.value != first.value) definitions;
    in
    if other == [ ] then
      first.value
    else
      throw "${the path} has conflicting definition values:${
        showDefs [
          first
          (head other)
        ]
      }\n${priorities}";

  # --- documentation

  optionAttrSetToDocList =
    options:
    lib.concatMap (
      option:
      let
        visible = option.visible or true;
        inherit (option) type;
        empty = lib.optionalAttrs (type.getSubModules or null == null) type.emptyValue;
      in
      [
        (
          {
            inherit (option) loc;
            name = showOption option.loc;
            description = option.description or null;
            declarations = filter (file: file != unknownModule) option.declarations;
            internal = option.internal or false;
            visible = if isBool visible then visible else visible == "shallow";
            readOnly = option.readOnly or false;
            type = option.type.description or "unspecified";
          }
          // lib.optionalAttrs (option ? example) { example = rendered option.example; }
          // lib.optionalAttrs (option ? defaultText || option ? default || empty ? value) {
            default = rendered (option.defaultText or option.default or empty.value);
          }
        )
      ]
      ++ lib.optionals (visible == true) (
        optionAttrSetToDocList (option.type.getSubOptions option.loc)
      )
    ) (lib.collect isOption options);

  # --- messages

  # What stands for any name is not quoted.
  showOption =
    path:
    concatStringsSep "." (
      map (
        part:
        if part == "*" || builtins.match "<(.*)>" part != null then
          part
        else
          lib.strings.escapeNixIdentifier part
      ) path
    );
  showFiles = files: lib.concatMapStringsSep " and " (file: "`${file}'") files;
  # Values that cannot be evaluated are left out; long ones are cut.
  showDefs = concatMapStrings (
    definition:
    let
      attempt = builtins.tryEval (lib.generators.toPretty { } definition.value);
      lines = lib.splitString "\n" attempt.value;
      shown = concatStringsSep "\n    " (
        lib.take 5 lines ++ lib.optional (length lines > 5) "..."
      );
    in
    "\n- In `${definition.file}'"
    + lib.optionalString attempt.success (
      if length lines > 1 then ":\n    ${shown}" else ": ${shown}"
    )
  );

  unknownModule = "<unknown-file>";
}
