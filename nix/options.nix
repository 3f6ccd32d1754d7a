# Options of the module system for policies, generated from the schema: what policyType takes and
# merges is what the language has, with the descriptions that the schema has.
{ lib, closureboxLib, ... }:
let
  inherit (builtins)
    concatMap
    concatStringsSep
    filter
    foldl'
    head
    isAttrs
    isList
    isString
    length
    mapAttrs
    ;
  inherit (lib) mkOption mkOptionType types;

  source = builtins.fromJSON (builtins.readFile ../schemas/policy.schema.json);
  schema = import ./schema.nix { schema = source; };
  inherit (schema) at phrase resolve;

  # What a type is called in messages and manuals. Definitions are described by noun phrases, other
  # places by what they do.
  called =
    node:
    let
      target = resolve node;
    in
    if node ? "$ref" && target ? description then
      phrase target.description
    else if target ? pattern then
      "string matching the pattern ${target.pattern}"
    else if target ? minimum then
      "integer between ${toString target.minimum} and ${toString target.maximum} (both inclusive)"
    else
      target.type;

  # A value that is one thing: of two definitions that differ neither can win.
  scalar =
    node:
    mkOptionType {
      name = "closurebox-${(resolve node).type or "string"}";
      description = called node;
      descriptionClass = "noun";
      check =
        let
          mistakes = schema.compile null node;
        in
        value: mistakes "" value == [ ];
      merge = lib.mergeEqualOption;
    };

  # Lists are appended over modules; a word that two modules have is there once.
  listOf =
    node:
    let
      type = types.listOf (typeOf node.items);
    in
    if node.uniqueItems or false then
      type // { merge = loc: defs: lib.unique (type.merge loc defs); }
    else
      type;

  typeOf =
    node:
    let
      target = resolve node;
    in
    if node == { "$ref" = "#/$defs/entry"; } then
      entry
    else if target ? enum then
      types.enum target.enum
    else if target ? const then
      types.enum [ target.const ]
    else if target ? anyOf then
      types.oneOf (map typeOf target.anyOf)
    else
      {
        boolean = types.bool;
        array = listOf target;
        object =
          if target ? properties then
            types.submodule { options = optionsOf target.properties; }
          else
            types.attrsOf (typeOf target.additionalProperties);
      }
      .${target.type or "string"} or (scalar node);

  option =
    description: node:
    let
      default = node.default or (resolve node).default or null;
    in
    mkOption {
      type = types.nullOr (typeOf node);
      default = null;
      description =
        description
        + (if default == null then "" else " Default: `${builtins.toJSON default}`.")
        + " `null`: it is not said.";
    };

  optionsOf = mapAttrs (
    _: node: option (node.description or (resolve node).description or "See setrlimit(2).") node
  );

  # Entries of `filesystem`: what they may have depends on the one key that says what they are, and
  # so the schema checks them as a whole. The options are for manuals.
  entry = mkOptionType {
    name = "closurebox-entry";
    description = "entry of a box's file system";
    descriptionClass = "noun";
    check = isAttrs;
    merge =
      loc: defs:
      let
        value = lib.mergeOneOption loc defs;
        mistakes = entryMistakes (lib.showOption loc) value;
      in
      if mistakes == [ ] then value else throw (failure mistakes defs);
    getSubOptions = (types.submodule { options = entryOptions; }).getSubOptions;
  };
  entryMistakes = schema.compile null source."$defs".entry;
  entryOptions = foldl' (
    options: alternative:
    let
      node = resolve alternative;
      key = head node.required;
    in
    optionsOf node.properties
    // options
    // {
      ${key} = option node.description node.properties.${key};
    }
  ) { } source."$defs".entry.oneOf;

  failure =
    mistakes: defs:
    concatStringsSep "\n" (map (mistake: "closurebox policy: ${mistake}") mistakes)
    + "\nin ${lib.showFiles (lib.getFiles defs)}";

  said =
    value:
    if isAttrs value && !(value ? outPath) then
      mapAttrs (_: said) (lib.filterAttrs (_: element: element != null) value)
    else
      value;

  policyOptions = optionsOf source.properties;
  settings = types.submodule { options = policyOptions; };

  # Is it what the options are for, and not a file, a condition or a list, which stay as they are?
  isSettings = { value, ... }: isAttrs value && !(value ? outPath) && !(value ? _type);
in
{
  # By name, what the attribute set of a policy may have.
  inherit policyOptions;

  # A policy: an attribute set, which is merged with those of other modules; the path of a JSON
  # file; what `when` makes; a list of these. Where modules have both, the result is a list in which
  # the merged attribute set is the last, so that it has the last word.
  policyType = mkOptionType {
    name = "closurebox-policy";
    description = "closurebox policy (attribute set, path of a JSON file, `when`, or a list)";
    descriptionClass = "noun";
    check =
      value:
      isAttrs value
      || isList value
      || builtins.typeOf value == "path"
      || isString value && builtins.substring 0 1 value == "/";
    merge =
      loc: defs:
      let
        attributes = filter isSettings defs;
        others = map (def: builtins.seq (linesOf def.value) def) (
          filter (def: !isSettings def) defs
        );
        # Only for the mistakes in it, which are told with the option's name.
        linesOf = closureboxLib.policyLinesAt (lib.showOption loc);
        merged = said (settings.merge loc attributes);
        mistakes = map (at (lib.showOption loc)) (
          closureboxLib.policyMistakes ({ closurebox = 1; } // merged)
        );
        checked = if mistakes == [ ] then merged else throw (failure mistakes attributes);
      in
      if others == [ ] then
        checked
      else if attributes == [ ] && length others == 1 then
        (head others).value
      else
        concatMap ({ value, ... }: lib.toList value) others
        ++ (if attributes == [ ] then [ ] else [ checked ]);
    emptyValue.value = { };
    inherit (settings) getSubOptions;
  };
}
