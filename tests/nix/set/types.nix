# Types of options as nixpkgs' lib has them: what a value may be, and how definitions become one.
{ lib }:
let
  inherit (builtins)
    all
    elem
    elemAt
    filter
    foldl'
    head
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    length
    match
    ;
  inherit (lib)
    concatStringsSep
    getFiles
    getValues
    isFunction
    isType
    mergeDefaultOption
    mergeEqualOption
    mergeOneOption
    mergeUniqueOption
    showFiles
    showOption
    ;
  inherit (lib.modules) mergeDefinitions;
  inherit (lib.strings) escapeNixString;

  # --- two declarations of one option may become one type

  functorOf = name: {
    inherit name;
    type = types.${name} or null;
    payload = null;
    binOp = _: _: null;
  };
  mergeFunctors =
    first: second:
    if first.name != second.name then
      null
    else if first.payload == null then
      first.type
    else
      let
        payload = first.binOp first.payload second.payload;
      in
      if payload == null then null else first.type payload;
  # A type of another: the payload is `{ elemType; }`.
  elementFunctor =
    name: make: elemType:
    functorOf name
    // {
      type = payload: make payload.elemType;
      payload = { inherit elemType; };
      binOp =
        first: second:
        let
          merged = first.elemType.typeMerge second.elemType.functor;
        in
        if merged == null then null else { elemType = merged; };
    };

  mkOptionType =
    {
      name,
      description ? null,
      descriptionClass ? null,
      check ? (_: true),
      merge ? mergeDefaultOption,
      emptyValue ? { },
      getSubOptions ? (_: { }),
      getSubModules ? null,
      substSubModules ? (_: null),
      functor ? functorOf name,
      typeMerge ? mergeFunctors functor,
      deprecationMessage ? null,
      nestedTypes ? { },
    }:
    {
      _type = "option-type";
      inherit
        name
        descriptionClass
        check
        merge
        emptyValue
        getSubOptions
        getSubModules
        substSubModules
        functor
        typeMerge
        deprecationMessage
        nestedTypes
        ;
      description = if description == null then name else description;
    };

  # --- descriptions: in parentheses where they could be misread

  phrase =
    classes: type:
    if elem (type.descriptionClass or null) classes then
      type.description
    else
      "(${type.description})";
  noun = phrase [ "noun" ];
  ofPhrase = phrase [
    "noun"
    "composite"
  ];
  orPhrase = phrase [
    "noun"
    "conjunction"
  ];

  simple =
    name: description: check: merge:
    mkOptionType {
      inherit
        name
        description
        check
        merge
        ;
      descriptionClass = "noun";
    };

  # A type that holds values of another at places below it.
  container =
    {
      name,
      elemType,
      make,
      # the last component of the places below it, null for the place itself
      below ? null,
      ...
    }@attributes:
    mkOptionType (
      {
        descriptionClass = "composite";
        getSubOptions =
          prefix: elemType.getSubOptions (if below == null then prefix else prefix ++ [ below ]);
        inherit (elemType) getSubModules;
        substSubModules = modules: make (elemType.substSubModules modules);
        functor = elementFunctor name make elemType;
        nestedTypes = { inherit elemType; };
      }
      // removeAttrs attributes [
        "elemType"
        "make"
        "below"
      ]
    );

  types = {
    inherit mkOptionType;
    inherit (lib) isType setType;
    isOptionType = isType "option-type";

    raw = simple "raw" "raw value" (_: true) mergeOneOption;
    unspecified = mkOptionType {
      name = "unspecified";
      description = "unspecified value";
      descriptionClass = "noun";
    };
    anything = simple "anything" "anything" (_: true) (
      path: definitions:
      let
        kind =
          value:
          if isAttrs value && lib.isStringLike value then "package" else builtins.typeOf value;
        first = kind (head definitions).value;
      in
      if builtins.any (definition: kind definition.value != first) definitions then
        throw (
          "The option `${showOption path}' has conflicting option types in "
          + showFiles (getFiles definitions)
        )
      else if first == "set" then
        (types.attrsOf types.anything).merge path definitions
      else if first == "package" then
        mergeOneOption path definitions
      else if first == "lambda" then
        argument:
        types.anything.merge (path ++ [ "<function body>" ]) (
          map (definition: definition // { value = definition.value argument; }) definitions
        )
      else
        mergeEqualOption path definitions
    );

    bool = simple "bool" "boolean" isBool mergeEqualOption;
    int = simple "int" "signed integer" isInt mergeEqualOption;
    float = simple "float" "floating point number" isFloat mergeEqualOption;
    number = types.either types.int types.float;
    str = simple "str" "string" isString mergeEqualOption;
    nonEmptyStr = simple "nonEmptyStr" "non-empty string" (
      value: isString value && match "[ \t\n]*" value == null
    ) mergeEqualOption;
    singleLineStr = simple "singleLineStr" "(optionally newline-terminated) single-line string" (
      value: isString value && match "[^\n\r]*\n?" value != null
    ) (path: definitions: lib.removeSuffix "\n" (mergeEqualOption path definitions));
    strMatching =
      pattern:
      simple "strMatching ${escapeNixString pattern}" "string matching the pattern ${pattern}" (
        value: isString value && match pattern value != null
      ) mergeEqualOption
      // {
        functor = functorOf "strMatching" // {
          type = payload: types.strMatching payload.pattern;
          payload = { inherit pattern; };
          binOp = first: second: if first == second then first else null;
        };
      };

    ints =
      let
        named =
          name: description: descriptionClass: check:
          types.addCheck types.int check
          // {
            inherit name description descriptionClass;
          };
        range = lowest: highest: "${toString lowest} and ${toString highest} (both inclusive)";
        within = lowest: highest: value: value >= lowest && value <= highest;
        unsigned =
          bits: highest:
          named "unsignedInt${toString bits}"
            "${toString bits} bit unsigned integer; between ${range 0 highest}"
            "noun"
            (within 0 highest);
      in
      {
        between =
          lowest: highest:
          named "intBetween" "integer between ${range lowest highest}" "noun" (
            within lowest highest
          );
        unsigned = named "unsignedInt" "unsigned integer, meaning >=0" "nonRestrictiveClause" (
          value: value >= 0
        );
        positive = named "positiveInt" "positive integer, meaning >0" "nonRestrictiveClause" (
          value: value > 0
        );
        u8 = unsigned 8 255;
        u16 = unsigned 16 65535;
        u32 = unsigned 32 4294967295;
      };
    port = types.ints.u16;

    separatedString =
      separator:
      mkOptionType {
        name = "separatedString";
        description = "strings concatenated with ${builtins.toJSON separator}";
        descriptionClass = "noun";
        check = isString;
        merge = _: definitions: concatStringsSep separator (getValues definitions);
        functor = functorOf "separatedString" // {
          type = payload: types.separatedString payload.sep;
          payload = {
            sep = separator;
          };
          binOp = first: second: if first == second then first else null;
        };
      };
    lines = types.separatedString "\n";
    commas = types.separatedString ",";
    envVar = types.separatedString ":";

    attrs = mkOptionType {
      name = "attrs";
      description = "attribute set";
      check = isAttrs;
      merge = _: foldl' (result: definition: result // definition.value) { };
      emptyValue.value = { };
    };

    package =
      simple "package" "package" (value: lib.isDerivation value || lib.isStorePath value)
        (
          path: definitions:
          let
            value = mergeOneOption path definitions;
          in
          if isPath value || (isString value && builtins.getContext value == { }) then
            lib.toDerivation value
          else
            value
        );
    shellPackage = types.package // {
      check = value: lib.isDerivation value && value ? shellPath;
    };
    path = simple "path" "absolute path" (
      value: lib.isStringLike value && builtins.substring 0 1 (toString value) == "/"
    ) mergeEqualOption;

    # --- of others

    listOf =
      elemType:
      container {
        name = "listOf";
        inherit elemType;
        make = types.listOf;
        below = "*";
        description = "list of ${ofPhrase elemType}";
        check = isList;
        # An element that is not defined after all (mkIf) is none.
        merge =
          path: definitions:
          map (element: element.mergedValue) (
            filter (element: element.isDefined) (
              builtins.concatLists (
                lib.imap1 (
                  outer: definition:
                  lib.imap1 (
                    inner: value:
                    mergeDefinitions (
                      path ++ [ "[definition ${toString outer}-entry ${toString inner}]" ]
                    ) elemType [ (definition // { inherit value; }) ]
                  ) definition.value
                ) definitions
              )
            )
          );
        emptyValue.value = [ ];
      };
    nonEmptyListOf =
      elemType:
      let
        list = types.addCheck (types.listOf elemType) (value: value != [ ]);
      in
      list
      // {
        description = "non-empty ${noun list}";
        emptyValue = { };
        substSubModules = modules: types.nonEmptyListOf (elemType.substSubModules modules);
      };

    attrsOf =
      elemType:
      attributesOf "attrsOf" "attribute set of ${ofPhrase elemType}" elemType (
        merged:
        builtins.mapAttrs (_: value: value.mergedValue) (
          lib.filterAttrs (_: value: value.isDefined) merged
        )
      );
    # Values are not looked at to find the names; so conditional ones are there and cannot be read.
    lazyAttrsOf =
      elemType:
      attributesOf "lazyAttrsOf" "lazy attribute set of ${ofPhrase elemType}" elemType (
        builtins.mapAttrs (
          _: value:
          if value.isDefined then
            value.mergedValue
          else
            elemType.emptyValue.value or value.mergedValue
        )
      );

    nullOr =
      elemType:
      container {
        name = "nullOr";
        inherit elemType;
        make = types.nullOr;
        description = "null or ${orPhrase elemType}";
        descriptionClass = "conjunction";
        check = value: value == null || elemType.check value;
        merge =
          path: definitions:
          let
            nulls = filter (definition: definition.value == null) definitions;
          in
          if nulls == [ ] then
            elemType.merge path definitions
          else if length nulls == length definitions then
            null
          else
            throw (
              "The option `${showOption path}` is defined both null and not null, in "
              + "${showFiles (getFiles definitions)}."
            );
        emptyValue.value = null;
      };

    uniq = types.unique { message = ""; };
    unique =
      { message }:
      type:
      container {
        name = "unique";
        elemType = type;
        make = types.unique { inherit message; };
        inherit (type)
          description
          descriptionClass
          check
          emptyValue
          ;
        merge = mergeUniqueOption {
          inherit message;
          inherit (type) merge;
        };
      };

    functionTo =
      elemType:
      container {
        name = "functionTo";
        inherit elemType;
        make = types.functionTo;
        below = "<function body>";
        description = "function that evaluates to a(n) ${ofPhrase elemType}";
        check = isFunction;
        merge = path: definitions: {
          __functionArgs = lib.zipAttrsWith (_: all lib.id) (
            map (definition: lib.functionArgs definition.value) definitions
          );
          __functor =
            _: argument:
            (mergeDefinitions (path ++ [ "<function body>" ]) elemType (
              map (definition: definition // { value = definition.value argument; }) definitions
            )).mergedValue;
        };
      };

    enum =
      values:
      let
        show =
          value:
          if isString value then
            ''"${value}"''
          else if isInt value then
            toString value
          else if isBool value then
            lib.boolToString value
          else
            "<${builtins.typeOf value}>";
      in
      mkOptionType {
        name = "enum";
        description =
          if values == [ ] then
            "impossible (empty enum)"
          else if length values == 1 then
            "value ${show (head values)} (singular enum)"
          else
            "one of ${lib.concatMapStringsSep ", " show values}";
        descriptionClass = if length values < 2 then "noun" else "conjunction";
        check = value: elem value values;
        merge = mergeEqualOption;
        functor = functorOf "enum" // {
          type = payload: types.enum payload.values;
          payload = { inherit values; };
          binOp = first: second: { values = lib.unique (first.values ++ second.values); };
        };
      };

    either =
      first: second:
      mkOptionType {
        name = "either";
        description =
          if first.descriptionClass or null == "nonRestrictiveClause" then
            "${first.description}, or ${orPhrase second}"
          else
            "${orPhrase first} or ${
              phrase [
                "noun"
                "conjunction"
                "composite"
              ] second
            }";
        descriptionClass = "conjunction";
        check = value: first.check value || second.check value;
        merge =
          path: definitions:
          let
            values = getValues definitions;
          in
          if all first.check values then
            first.merge path definitions
          else if all second.check values then
            second.merge path definitions
          else
            mergeOneOption path definitions;
        typeMerge =
          other:
          let
            merged = [
              (first.typeMerge (elemAt other.payload.elemType 0).functor)
              (second.typeMerge (elemAt other.payload.elemType 1).functor)
            ];
          in
          if other.name == "either" && !elem null merged then
            types.either (elemAt merged 0) (elemAt merged 1)
          else
            null;
        functor = functorOf "either" // {
          payload.elemType = [
            first
            second
          ];
        };
        nestedTypes = {
          left = first;
          right = second;
        };
      };
    oneOf =
      list:
      foldl' types.either (
        if list == [ ] then
          throw "types.oneOf needs to get at least one type in its argument"
        else
          head list
      ) (lib.drop 1 list);

    coercedTo =
      coercedType: coerce: finalType:
      mkOptionType {
        name = "coercedTo";
        description = "${noun finalType} or ${noun coercedType} convertible to it";
        check =
          value:
          (coercedType.check value && finalType.check (coerce value)) || finalType.check value;
        merge =
          path: definitions:
          finalType.merge path (
            map (
              definition:
              definition
              // {
                value =
                  if coercedType.check definition.value then
                    coerce definition.value
                  else
                    definition.value;
              }
            ) definitions
          );
        inherit (finalType) emptyValue getSubOptions getSubModules;
        substSubModules =
          modules: types.coercedTo coercedType coerce (finalType.substSubModules modules);
        typeMerge = _: null;
        nestedTypes = {
          inherit coercedType finalType;
        };
      };

    addCheck =
      type: check:
      type
      // {
        check = value: type.check value && check value;
      };

    # --- modules in options

    submodule =
      modules:
      types.submoduleWith {
        shorthandOnlyDefinesConfig = true;
        modules = lib.toList modules;
      };
    submoduleWith =
      {
        modules,
        specialArgs ? { },
        shorthandOnlyDefinesConfig ? false,
        description ? null,
        class ? null,
      }@attributes:
      let
        base = lib.evalModules {
          inherit class specialArgs;
          modules = [ { _module.args.name = lib.mkOptionDefault "‹name›"; } ] ++ modules;
        };
        freeformType = base._module.freeformType;
        asModule =
          { file, value }:
          if isAttrs value && shorthandOnlyDefinesConfig then
            {
              _file = file;
              config = value;
            }
          else
            {
              _file = file;
              imports = [ value ];
            };
        # Documentation needs no values.
        unchecked = prefix: base.extendModules {
          inherit prefix;
          modules = [ { config._module.check = lib.mkForce false; } ];
        };
      in
      mkOptionType {
        name = "submodule";
        description =
          if description != null then
            description
          else if freeformType ? description then
            "open submodule of ${ofPhrase freeformType}"
          else
            "submodule";
        check = value: isAttrs value || isFunction value || types.path.check value;
        merge =
          path: definitions:
          (base.extendModules {
            modules = [ { _module.args.name = lib.last path; } ] ++ map asModule definitions;
            prefix = path;
          }).config;
        emptyValue.value = base.config;
        getSubOptions = prefix: (unchecked prefix).options;
        getSubModules = modules;
        substSubModules = changed: types.submoduleWith (attributes // { modules = changed; });
        nestedTypes = lib.optionalAttrs (freeformType != null) { inherit freeformType; };
        functor = functorOf "submodule" // {
          type = types.submoduleWith;
          payload = {
            inherit
              modules
              specialArgs
              shorthandOnlyDefinesConfig
              description
              class
              ;
          };
          binOp =
            first: second:
            let
              # null is what the other says.
              one =
                name:
                if first.${name} == null then
                  second.${name}
                else if second.${name} == null || second.${name} == first.${name} then
                  first.${name}
                else
                  throw (
                    "A submoduleWith option is declared multiple times with conflicting ${name} "
                    + "values"
                  );
            in
            {
              modules = first.modules ++ second.modules;
              specialArgs = first.specialArgs // second.specialArgs;
            }
            // lib.genAttrs [
              "shorthandOnlyDefinesConfig"
              "description"
              "class"
            ] one;
        };
      };

    deferredModule = types.deferredModuleWith { };
    deferredModuleWith =
      {
        staticModules ? [ ],
      }:
      mkOptionType {
        name = "deferredModule";
        description = "module";
        descriptionClass = "noun";
        check = value: isAttrs value || isFunction value || types.path.check value;
        merge = path: definitions: {
          imports =
            staticModules
            ++ map (
              definition:
              lib.setDefaultModuleLocation "${definition.file}, via option ${showOption path}"
                definition.value
            ) definitions;
        };
      };

    optionType = mkOptionType {
      name = "optionType";
      description = "optionType";
      descriptionClass = "noun";
      check = isType "option-type";
      merge = mergeOneOption;
    };
  };

  attributesOf =
    name: description: elemType: values:
    container {
      inherit name description elemType;
      make = types.${name};
      below = "<name>";
      check = isAttrs;
      merge =
        path: definitions:
        values (
          lib.zipAttrsWith (attribute: mergeDefinitions (path ++ [ attribute ]) elemType) (
            map (
              definition:
              builtins.mapAttrs (_: value: definition // { inherit value; }) definition.value
            ) definitions
          )
        );
      emptyValue.value = { };
    };
in
types
