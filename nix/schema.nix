# Values of Nix checked against a JSON Schema (draft 2020-12), as far as closurebox's own go.
#
# Compiled once to functions, then quick: it runs for each of the thousands of packages of a set.
# Only builtins. A keyword that is not known here is an error, never ignored.
{ schema }:
let
  inherit (builtins)
    all
    attrNames
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    genList
    head
    isList
    isString
    length
    mapAttrs
    match
    split
    stringLength
    substring
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;

  # Texts of messages.

  list = concatStringsSep ", ";
  quoted = map (text: "'${text}'");

  # What stands in a message for a value of the user, who may have written a whole file into it.
  shown =
    value:
    if kind value == "string" then
      let
        text = unsafeDiscardStringContext "${value}";
      in
      if stringLength text > 80 then "'${substring 0 80 text}...'" else "'${text}'"
    else
      {
        boolean = toJSON value;
        integer = toJSON value;
      }
      .${kind value} or (article (kind value));

  article =
    word:
    {
      array = "a list";
      boolean = "true or false";
      function = "a function";
      integer = "an integer";
      null = "null";
      number = "a floating-point number";
      object = "an attribute set";
      path = "a path that is not quoted";
      string = "a string";
    }
    .${word};

  # Where in the policy a value is, as one writes it in Nix.
  at = path: text: if path == "" then text else "${path}: ${text}";
  attribute =
    path: name:
    let
      # Of the language's own words, options have one.
      plain = match "[A-Za-z_][A-Za-z0-9_'-]*" name != null && name != "inherit";
      written = if plain then name else toJSON name;
    in
    if path == "" then written else "${path}.${written}";
  item = path: index: "${path}[${toString index}]";

  # "An absolute path." -> "an absolute path"
  phrase =
    description:
    let
      parts = match "(.)(.*[^.])[.]?" description;
      lower = builtins.replaceStrings [ "A" "B" "P" "T" ] [ "a" "b" "p" "t" ];
    in
    lower (head parts) + elemAt parts 1;

  # The kind of a value in the schema's words. What `toJSON` writes as a string is one: derivations
  # too. A path is none: unquoted it would be copied into the store, which is rarely what is meant.
  kind =
    value:
    let
      type = typeOf value;
    in
    if type == "set" then
      if value ? outPath || value ? __toString then "string" else "object"
    else
      {
        bool = "boolean";
        float = "number";
        int = "integer";
        lambda = "function";
        list = "array";
      }
      .${type} or type;

  # In Nix the numbers 1.0 and 1 are equal; the compiler takes no fractions.
  same = a: b: kind a == kind b && a == b;

  # The nearest of some names, if one is near: a few letters wrong, left out or too many.
  nearest =
    name: names:
    let
      plain = text: builtins.replaceStrings [ "-" "_" ] [ "" "" ] (lowerCase text);
      distance = other: editDistance (plain name) (plain other);
      begins =
        start: text:
        stringLength start >= 3 && substring 0 (stringLength start) text == start;
      few = 1 + stringLength name / 4;
      isNear = other: distance other <= few || begins name other || begins other name;
      near = filter isNear names;
      best = builtins.sort (a: b: distance a < distance b) near;
    in
    # The distance takes its time, and a long name is no slip of the finger.
    if stringLength name > 40 || best == [ ] then null else head best;

  lowerCase =
    let
      letters = text: genList (index: substring index 1 text) (stringLength text);
    in
    builtins.replaceStrings (letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (
      letters "abcdefghijklmnopqrstuvwxyz"
    );

  # Levenshtein's: row by row, a row as a list.
  editDistance =
    from: to:
    let
      min = a: b: if a < b then a else b;
      next =
        row: index:
        builtins.foldl' (
          cells: column:
          let
            same = substring index 1 from == substring column 1 to;
            replaced = elemAt row column + (if same then 0 else 1);
            cell = min replaced (1 + min (elemAt row (column + 1)) (elemAt cells column));
          in
          # Or the cells would wait for one another, deeper than the evaluator's stack.
          builtins.seq cell (cells ++ [ cell ])
        ) [ (index + 1) ] (genList (column: column) (stringLength to));
      first = genList (column: column) (stringLength to + 1);
      rows = builtins.foldl' next first (genList (index: index) (stringLength from));
    in
    elemAt rows (stringLength to);

  # Regular expressions.

  # The schema's are those of ECMA-262, of a kind that POSIX's extended ones mean the same by, but
  # for control characters: those are escapes there, and here the characters. A string of Nix has no
  # zero byte.
  expression =
    let
      control = code: builtins.fromJSON "\"\\u00${code}\"";
    in
    builtins.replaceStrings
      [ "\\u0000-\\u001f\\u007f" "\\u0000" ]
      [ "${control "01"}-${control "1f"}${control "7f"}" "" ];

  # The library behind Nix needs some of the stack for each character, so what patterns say of a
  # text that is this long is left to the compiler.
  isLong = value: kind value == "string" && stringLength "${value}" > 1000;

  # Does a text have what the pattern means?
  fits = pattern: text: length (split pattern text) > 1;

  # The schema's keywords.

  # Each makes a function from a path and a value there to a list of mistakes. `what` is the noun
  # phrase that says what the schema around stands for, or null.
  keywords = {
    type =
      { type, ... }:
      _: path: value:
      let
        found = kind value;
      in
      if found == type then
        [ ]
      else if found == "path" && type == "string" then
        [ (at path pathHelp) ]
      else
        [ (at path "expected ${article type}, not ${shown value}") ];

    const =
      { const, ... }:
      _: path: value:
      if same value const then [ ] else [ (at path "${shown value} is not ${shown const}") ];

    enum =
      { enum, ... }:
      _: path: value:
      if builtins.any (same value) enum then
        [ ]
      else
        [ (at path "${shown value} is none of ${list (map shown enum)}${suggestion value enum}") ];

    "$ref" =
      node: _:
      definitions.${definitionName node};

    allOf =
      { allOf, ... }:
      what:
      let
        checks = map (compile what) allOf;
      in
      # The first that refuses says enough.
      path: value:
      builtins.foldl' (mistakes: check: if mistakes == [ ] then check path value else mistakes) [
      ] checks;

    anyOf =
      { anyOf, ... }:
      what:
      let
        alternatives = map (node: { inherit node; check = compile what node; }) anyOf;
      in
      path: value:
      if builtins.any ({ check, ... }: check path value == [ ]) alternatives then
        [ ]
      else
        noAlternative what alternatives path value;

    # Each alternative is a set that one key alone makes what it is.
    oneOf =
      { oneOf, ... }:
      what:
      let
        alternatives = builtins.listToAttrs (
          map (node: {
            name = head (resolve node).required;
            value = compile what node;
          }) oneOf
        );
        names = attrNames alternatives;
      in
      path: value:
      let
        present = filter (name: value ? ${name}) names;
        unknown = filter (name: nearest name names != null) (attrNames value);
        meant =
          if unknown == [ ] then
            ""
          else
            "; unknown option '${head unknown}'; did you mean '${nearest (head unknown) names}'?";
      in
      if kind value != "object" then
        [ ]
      else if length present == 1 then
        alternatives.${head present} path value
      else if present == [ ] then
        [ (at path "expected one of the options ${list (quoted names)}${meant}") ]
      else
        [ (at path "the options ${list (quoted present)} exclude one another") ];

    not =
      node: what:
      let
        check = compile null node.not;
        expected = if what == null then "is not allowed here" else "does not fit; expected ${what}";
      in
      path: value:
      if !isLong value && check path value == [ ] then
        [ (at path "${shown value} ${expected}") ]
      else
        [ ];

    pattern =
      { pattern, ... }:
      what:
      let
        translated = expression pattern;
        expected =
          if what == null then "does not match '${pattern}'" else "does not fit; expected ${what}";
      in
      path: value:
      if kind value != "string" || isLong value || fits translated "${value}" then
        [ ]
      else
        [ (at path "${shown value} ${expected}") ];

    minLength =
      { minLength, ... }:
      _: path: value:
      if kind value != "string" || stringLength "${value}" >= minLength then
        [ ]
      else if minLength == 1 then
        [ (at path "is empty") ]
      else
        [ (at path "${shown value} is shorter than ${toString minLength} characters") ];

    # The compiler counts bytes, as Nix does.
    maxLength =
      { maxLength, ... }:
      _: path: value:
      if kind value != "string" || stringLength "${value}" <= maxLength then
        [ ]
      else
        [ (at path "${shown value} is longer than ${toString maxLength} bytes") ];

    minimum =
      { minimum, ... }:
      _: path: value:
      if kind value != "integer" || value >= minimum then
        [ ]
      else
        [ (at path "${shown value} is less than ${toString minimum}") ];

    maximum =
      { maximum, ... }:
      _: path: value:
      if kind value != "integer" || value <= maximum then
        [ ]
      else
        [ (at path "${shown value} is more than ${toString maximum}") ];

    items =
      node: what:
      let
        check = compile what node.items;
      in
      path: value:
      if isList value then
        builtins.concatLists (
          genList (index: check (item path index) (elemAt value index)) (length value)
        )
      else
        [ ];

    minItems =
      { minItems, ... }:
      _: path: value:
      if !isList value || length value >= minItems then
        [ ]
      else
        [ (at path "has fewer elements than ${toString minItems}") ];

    uniqueItems =
      { uniqueItems, ... }:
      _: path: value:
      let
        before = index: genList (elemAt value) index;
        again = filter (index: elem (elemAt value index) (before index)) (
          genList (index: index) (length value)
        );
      in
      if uniqueItems && isList value then
        map (index: at (item path index) "${shown (elemAt value index)} is there twice") again
      else
        [ ];

    contains =
      { contains, ... }:
      _:
      let
        check = compile null contains;
      in
      path: value:
      if !isList value || builtins.any (element: check "" element == [ ]) value then
        [ ]
      else
        [ (at path "needs ${shown contains.const}") ];

    required =
      { required, ... }:
      _: path: value:
      if kind value == "object" then
        map (name: at path "option '${name}' is missing") (filter (name: !value ? ${name}) required)
      else
        [ ];

    properties =
      { properties, ... }:
      what:
      let
        checks = mapAttrs (_: compile null) properties;
      in
      path: value:
      if kind value == "object" then
        concatMap (name: checks.${name} (attribute path name) value.${name}) (
          filter (name: checks ? ${name}) (attrNames value)
        )
      else
        [ ];

    additionalProperties =
      node: what:
      let
        known = node.properties or { };
        others = value: filter (name: !known ? ${name}) (attrNames value);
        check = compile what node.additionalProperties;
      in
      path: value:
      if kind value != "object" then
        [ ]
      else if node.additionalProperties == false then
        map (name: at path (unknownOption name (attrNames known))) (others value)
      else
        concatMap (name: check (attribute path name) value.${name}) (others value);

    propertyNames =
      node: what:
      let
        check = compile what node.propertyNames;
      in
      path: value:
      if kind value == "object" then
        concatMap (name: check (attribute path name) name) (attrNames value)
      else
        [ ];

    dependentSchemas =
      { dependentSchemas, ... }:
      what:
      let
        checks = mapAttrs (_: compile what) dependentSchemas;
      in
      path: value:
      if kind value == "object" then
        concatMap (
          name: map (mistake: "${mistake}, which '${name}' needs") (checks.${name} path value)
        ) (filter (name: value ? ${name}) (attrNames checks))
      else
        [ ];

    # The condition is that of one key.
    "if" =
      node: what:
      let
        condition = compile null node."if";
        check = compile what node."then";
        reason = ", which '${head node."if".required}' needs";
      in
      path: value:
      if condition path value == [ ] then
        map (mistake: mistake + reason) (check path value)
      else
        [ ];
  };

  # They say nothing of what is allowed.
  annotations = [
    "$defs"
    "$schema"
    "default"
    "description"
    "then"
    "title"
  ];

  pathHelp =
    "a path that is not quoted would be copied into the store; write \"/...\" for what the host "
    + "has there, \"\${./...}\" for a copy";

  suggestion =
    value: names:
    let
      near = if kind value == "string" then nearest "${value}" (filter isString names) else null;
    in
    if near == null then "" else "; did you mean '${near}'?";

  unknownOption =
    name: known:
    let
      near = nearest name known;
    in
    if near != null then
      "unknown option '${name}'; did you mean '${near}'?"
    else
      "unknown option '${name}'; expected one of ${list (quoted known)}";

  definitionName = node: substring (stringLength "#/$defs/") (-1) node."$ref";

  # The schema itself behind a reference.
  resolve = node: if node ? "$ref" then resolve schema."$defs".${definitionName node} else node;

  # The kinds of values that a schema may accept at all; [ ] for each.
  kindsOf =
    node:
    let
      target = resolve node;
    in
    if target ? type then
      [ target.type ]
    else if target ? const then
      [ (kind target.const) ]
    else if target ? enum then
      map kind target.enum
    else if target ? allOf then
      concatMap kindsOf target.allOf
    else
      [ ];

  # Which of several alternatives was meant? The one for values of this kind, if that is one.
  noAlternative =
    what: alternatives: path: value:
    let
      possible = filter (
        { node, ... }:
        let
          kinds = kindsOf node;
        in
        kinds == [ ] || elem (kind value) kinds
      ) alternatives;
      expected =
        node:
        if node ? const then
          shown node.const
        else if node ? enum then
          list (map shown node.enum)
        else if (resolve node) ? description then
          phrase (resolve node).description
        else if node ? pattern then
          "what matches '${node.pattern}'"
        else if node ? type then
          article node.type
        else if node ? "$ref" then
          article (resolve node).type
        else
          null;
      takesStrings = { node, ... }: elem "string" (kindsOf node);
      texts = map ({ node, ... }: expected node) alternatives;
      words = if what == null then concatStringsSep ", or " texts else what;
      expectedWords = filter ({ node, ... }: node ? const || node ? enum) possible;
    in
    if length possible == 1 && expectedWords == [ ] then
      (head possible).check path value
    else if all isString texts then
      if kind value == "path" && builtins.any takesStrings alternatives then
        [ (at path pathHelp) ]
      else
        [ (at path "${shown value} does not fit; expected ${words}") ]
    else
      [ (concatStringsSep ", or " (concatMap ({ check, ... }: check path value) possible)) ];

  # A schema as the function that it stands for, in three steps: with its type wrong, all else that
  # can be said of a value is noise, and so is what these say of one that is wrong already.
  compile =
    what: node:
    let
      late = [
        "anyOf"
        "dependentSchemas"
        "if"
        "not"
      ];
      names = filter (name: !elem name annotations) (attrNames node);
      unknown = filter (name: !keywords ? ${name}) names;
      step = chosen: map (name: keywords.${name} node what) (filter chosen names);
      steps = filter (checks: checks != [ ]) [
        (step (name: name == "type"))
        (step (name: name != "type" && !elem name late))
        (step (name: elem name late))
      ];
    in
    if node == false then
      path: _: [ (at path "has to be left out") ]
    else if unknown != [ ] then
      throw "the schema has the unknown keyword '${head unknown}'; expected those of nix/schema.nix"
    else
      path: value:
      builtins.foldl' (
        mistakes: checks:
        if mistakes == [ ] then concatMap (check: check path value) checks else mistakes
      ) [ ] steps;

  # Compiled when the first value needs them, once. What a definition describes is a noun.
  definitions = mapAttrs (
    _: node: compile (if node ? description then phrase node.description else null) node
  ) (schema."$defs" or { });

  root = compile null schema;
in
{
  inherit
    at
    compile
    item
    phrase
    resolve
    ;

  # A value's mistakes, as texts that begin with where they are. Several rules may refuse the same
  # for the same reason.
  mistakes =
    value:
    builtins.foldl' (known: text: if elem text known then known else known ++ [ text ]) [ ] (
      root "" value
    );
}
