# A small library with nixpkgs' names: of nixpkgs' lib what closurebox and its tests use, each to be
# what it is there (set.sh compares them where there is a nixpkgs).
let
  inherit (builtins)
    attrNames
    attrValues
    compareVersions
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    head
    isAttrs
    isList
    isString
    length
    listToAttrs
    map
    mapAttrs
    match
    parseDrvName
    replaceStrings
    split
    stringLength
    substring
    tail
    ;

  trivial = rec {
    inherit (builtins)
      isBool
      isFloat
      isInt
      isPath
      lessThan
      add
      sub
      seq
      deepSeq
      genericClosure
      readFile
      pathExists
      bitAnd
      bitOr
      bitXor
      ;
    id = value: value;
    const = value: _: value;
    flip =
      function: first: second:
      function second first;
    pipe = foldl' (value: function: function value);
    mergeAttrs = first: second: first // second;
    boolToString = value: if value then "true" else "false";
    min = first: second: if first < second then first else second;
    max = first: second: if first > second then first else second;
    mod = base: int: base - (int * (builtins.div base int));
    compare =
      first: second:
      if first < second then
        -1
      else if first > second then
        1
      else
        0;
    importJSON = path: builtins.fromJSON (builtins.readFile path);
    trace = builtins.trace;
    traceVal = value: builtins.trace value value;
    warn = message: builtins.trace "warning: ${message}";
    warnIf = condition: message: if condition then warn message else id;
    warnIfNot = condition: warnIf (!condition);
    throwIf = condition: message: if condition then throw message else id;
    throwIfNot = condition: throwIf (!condition);
    assertMsg = condition: message: condition || throw message;
    assertOneOf =
      name: value: values:
      assertMsg (elem value values)
        "${name} must be one of ${generators.toPretty { } values}, but is: ${
          generators.toPretty { } value
        }";

    # A function may be a set with `__functor`, which can tell its arguments by `__functionArgs`.
    xor = first: second: first != second;
    and = first: second: first && second;
    fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    fakeSha256 = "0000000000000000000000000000000000000000000000000000000000000000";
    isFunction =
      value: builtins.isFunction value || (value ? __functor && isFunction (value.__functor value));
    functionArgs =
      function:
      if function ? __functor then
        function.__functionArgs or (functionArgs (function.__functor function))
      else
        builtins.functionArgs function;
    setFunctionArgs = function: args: {
      __functor = _: function;
      __functionArgs = args;
    };
    mirrorFunctionArgs =
      function:
      let
        args = functionArgs function;
      in
      if args == { } then id else other: setFunctionArgs other args;
    toFunction = value: if isFunction value then value else _: value;

    fix =
      function:
      let
        result = function result;
      in
      result;
    extends =
      overlay: function: final:
      let
        previous = function final;
      in
      previous // overlay final previous;
    composeExtensions =
      first: second: final: previous:
      let
        changed = first final previous;
      in
      changed // second final (previous // changed);
    composeManyExtensions = lists.foldr composeExtensions (_: _: { });
    makeExtensible =
      function:
      fix (
        self:
        function self
        // {
          extend = overlay: makeExtensible (extends overlay function);
        }
      );
    toExtension =
      value:
      if isFunction value then
        final: previous:
        let
          result = value previous;
        in
        if isFunction result then value final previous else result
      else
        _: _: value;
  };

  lists = rec {
    inherit (builtins)
      all
      any
      concatLists
      concatMap
      elem
      elemAt
      filter
      genList
      head
      isList
      length
      partition
      sort
      tail
      map
      ;
    inherit (builtins) foldl';
    foldl = foldl';
    foldr =
      function: start: list:
      let
        from =
          index:
          if index == length list then start else function (elemAt list index) (from (index + 1));
      in
      from 0;
    fold = foldr;
    singleton = value: [ value ];
    toList = value: if isList value then value else [ value ];
    forEach = list: function: map function list;
    imap0 = function: list: genList (index: function index (elemAt list index)) (length list);
    imap1 = function: list: genList (index: function (index + 1) (elemAt list index)) (length list);
    flatten = value: if isList value then concatMap flatten value else [ value ];
    remove = value: filter (item: item != value);
    findFirst =
      predicate: default: list:
      let
        found = filter predicate list;
      in
      if found == [ ] then default else head found;
    findFirstIndex =
      predicate: default: list:
      let
        found = filter (index: predicate (elemAt list index)) (genList trivial.id (length list));
      in
      if found == [ ] then default else head found;
    findSingle =
      predicate: none: several: list:
      let
        found = filter predicate list;
      in
      if found == [ ] then
        none
      else if length found == 1 then
        head found
      else
        several;
    count = predicate: list: length (filter predicate list);
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: list: if condition then list else [ ];
    range =
      first: last: if first > last then [ ] else genList (index: first + index) (last - first + 1);
    replicate = count: value: genList (_: value) count;
    reverseList =
      list:
      let
        count = length list;
      in
      genList (index: elemAt list (count - index - 1)) count;
    sublist =
      start: count: list:
      let
        left = length list - start;
      in
      genList (index: elemAt list (start + index)) (
        if left <= 0 then
          0
        else
          trivial.min left count
      );
    take = sublist 0;
    drop = count: list: sublist count (length list) list;
    last = list: elemAt list (length list - 1);
    init = list: take (length list - 1) list;
    unique = foldl' (seen: item: if elem item seen then seen else seen ++ [ item ]) [ ];
    intersectLists = wanted: filter (item: elem item wanted);
    subtractLists = unwanted: filter (item: !elem item unwanted);
    mutuallyExclusive = first: second: !builtins.any (item: elem item second) first;
    zipListsWith =
      function: first: second:
      genList (index: function (elemAt first index) (elemAt second index)) (
        trivial.min (length first) (length second)
      );
    zipLists = zipListsWith (fst: snd: { inherit fst snd; });
    groupBy =
      function:
      foldl' (
        groups: item:
        let
          key = function item;
        in
        groups // { ${key} = groups.${key} or [ ] ++ [ item ]; }
      ) { };
    sortOn = function: builtins.sort (first: second: function first < function second);
  };

  attrsets = rec {
    inherit (builtins)
      attrNames
      attrValues
      catAttrs
      getAttr
      hasAttr
      intersectAttrs
      isAttrs
      listToAttrs
      mapAttrs
      removeAttrs
      ;
    nameValuePair = name: value: { inherit name value; };
    mapAttrs' = function: set: listToAttrs (map (name: function name set.${name}) (attrNames set));
    mapAttrsToList = function: set: map (name: function name set.${name}) (attrNames set);
    attrsToList = mapAttrsToList nameValuePair;
    concatMapAttrs =
      function: set: foldl' (all: name: all // function name set.${name}) { } (attrNames set);
    filterAttrs =
      predicate: set: removeAttrs set (filter (name: !predicate name set.${name}) (attrNames set));
    genAttrs = names: function: listToAttrs (map (name: nameValuePair name (function name)) names);
    optionalAttrs = condition: set: if condition then set else { };
    getAttrs = names: set: genAttrs names (name: set.${name});
    attrVals = names: set: map (name: set.${name}) names;
    attrByPath =
      path: default: set:
      if path == [ ] then
        set
      else if isAttrs set && set ? ${head path} then
        attrByPath (tail path) default set.${head path}
      else
        default;
    hasAttrByPath =
      path: set:
      path == [ ]
      || (isAttrs set && set ? ${head path} && hasAttrByPath (tail path) set.${head path});
    getAttrFromPath =
      path: attrByPath path (throw "cannot find attribute `${concatStringsSep "." path}'");
    setAttrByPath = path: value: lists.foldr (name: inner: { ${name} = inner; }) value path;
    foldlAttrs =
      function: start: set:
      foldl' (result: name: function result name set.${name}) start (attrNames set);
    foldAttrs =
      function: start: sets:
      foldl' (
        result: set: result // mapAttrs (name: value: function value (result.${name} or start)) set
      ) { } (lists.reverseList sets);
    collect =
      predicate: value:
      if predicate value then
        [ value ]
      else if isAttrs value then
        concatMap (collect predicate) (attrValues value)
      else
        [ ];
    mapAttrsRecursiveCond =
      condition: function: set:
      let
        below =
          path:
          mapAttrs (
            name: value:
            if isAttrs value && condition value then
              below (path ++ [ name ]) value
            else
              function (path ++ [ name ]) value
          );
      in
      below [ ] set;
    mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
    zipAttrsWithNames =
      names: function: sets:
      genAttrs names (name: function name (builtins.catAttrs name sets));
    zipAttrsWith =
      function: sets:
      zipAttrsWithNames (attrNames (foldl' trivial.mergeAttrs { } sets)) function sets;
    zipAttrs = zipAttrsWith (_: values: values);
    mergeAttrsList = foldl' trivial.mergeAttrs { };
    recursiveUpdateUntil =
      predicate: first: second:
      let
        merge =
          path:
          zipAttrsWith (
            name: values:
            let
              here = path ++ [ name ];
            in
            if length values == 1 || predicate here (elemAt values 1) (head values) then
              head values
            else
              merge here values
          );
      in
      merge [ ] [
        second
        first
      ];
    recursiveUpdate = recursiveUpdateUntil (_: first: second: !(isAttrs first && isAttrs second));
    isDerivation = value: value.type or null == "derivation";
    # A path or a string of the store as a package.
    toDerivation =
      path:
      let
        stored = builtins.storePath path;
      in
      {
        type = "derivation";
        name = strings.sanitizeDerivationName (substring 33 (-1) (baseNameOf stored));
        outPath = stored;
        outputs = [ "out" ];
        out = toDerivation path;
        outputName = "out";
      };
    recurseIntoAttrs = set: set // { recurseForDerivations = true; };
    dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };

    getOutput =
      output: package:
      if !package ? outputSpecified || !package.outputSpecified then
        package.${output} or package.out or package
      else
        package;
    getBin = getOutput "bin";
    getLib = getOutput "lib";
    getDev = getOutput "dev";
    getMan = getOutput "man";
    chooseDevOutputs = map getDev;
  };

  strings = rec {
    inherit (builtins)
      compareVersions
      concatStringsSep
      fromJSON
      isString
      match
      replaceStrings
      split
      splitVersion
      stringLength
      substring
      toJSON
      typeOf
      unsafeDiscardStringContext
      ;
    concatStrings = concatStringsSep "";
    concatMapStrings = function: list: concatStrings (map function list);
    hasContext = text: builtins.getContext text != { };
    concatMapStringsSep =
      separator: function: list:
      concatStringsSep separator (map function list);
    concatImapStringsSep =
      separator: function: list:
      concatStringsSep separator (lists.imap1 function list);
    concatLines = concatMapStrings (line: line + "\n");
    intersperse =
      separator: list:
      lists.drop 1 (
        concatMap (item: [
          separator
          item
        ]) list
      );
    optionalString = condition: text: if condition then text else "";
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      let
        start = stringLength text - stringLength suffix;
      in
      start >= 0 && substring start (-1) text == suffix;
    hasInfix = infix: text: replaceStrings [ infix ] [ "" ] text != text || infix == "";
    removePrefix =
      prefix: text:
      if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
    removeSuffix =
      suffix: text:
      if hasSuffix suffix text then
        substring 0 (stringLength text - stringLength suffix) text
      else
        text;
    stringToCharacters = text: genList (index: substring index 1 text) (stringLength text);
    stringAsChars = function: text: concatStrings (map function (stringToCharacters text));
    lowerChars = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
    upperChars = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    toLower = replaceStrings upperChars lowerChars;
    toUpper = replaceStrings lowerChars upperChars;
    escape = characters: replaceStrings characters (map (character: "\\${character}") characters);
    escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
    escapeNixString = text: escape [ "$" ] (builtins.toJSON text);
    escapeNixIdentifier =
      text: if match "[a-zA-Z_][a-zA-Z0-9_'-]*" text == null then escapeNixString text else text;
    escapeShellArg =
      value:
      let
        text = toString value;
      in
      if match "[[:alnum:],._+:@%/-]+" text == null then
        "'${replaceStrings [ "'" ] [ "'\\''" ] text}'"
      else
        text;
    escapeShellArgs = concatMapStringsSep " " escapeShellArg;
    # The pieces have the context of the whole.
    splitString =
      separator: text:
      map (piece: addContextFrom text piece) (
        filter isString (split (escapeRegex (toString separator)) (toString text))
      );
    addContextFrom = source: target: substring 0 0 source + target;
    trim =
      text:
      let
        inner = match "[ \t\r\n]*(.*[^ \t\r\n])[ \t\r\n]*" text;
      in
      if inner == null then "" else head inner;
    toInt =
      text:
      let
        value = builtins.fromJSON text;
      in
      if match "[ ]*-?[0-9]+[ ]*" text != null && builtins.isInt value then
        value
      else
        throw "Could not convert ${escapeNixString text} to int.";
    fixedWidthString =
      width: filler: text:
      if stringLength text >= width then text else fixedWidthString width filler (filler + text);
    fixedWidthNumber = width: number: fixedWidthString width "0" (toString number);
    versionOlder = first: second: compareVersions second first == 1;
    versionAtLeast = first: second: !versionOlder first second;
    getName =
      value:
      if isString value then
        (parseDrvName value).name
      else
        value.pname or (parseDrvName value.name).name;
    getVersion =
      value:
      if isString value then
        (parseDrvName value).version
      else
        value.version or (parseDrvName value.name).version;
    fileContents = path: removeSuffix "\n" (builtins.readFile path);
    isStringLike =
      value: isString value || builtins.isPath value || value ? outPath || value ? __toString;
    isConvertibleWithToString =
      value:
      isStringLike value
      || elem (builtins.typeOf value) [
        "null"
        "int"
        "float"
        "bool"
      ]
      || (isList value && builtins.all isConvertibleWithToString value);
    isStorePath =
      value:
      isStringLike value
      && substring 0 1 (toString value) == "/"
      && dirOf (toString value) == builtins.storeDir;
    sanitizeDerivationName =
      text:
      let
        # No name begins with a dot or is empty.
        bare = head (match "[.]*(.*)" (builtins.unsafeDiscardStringContext (toString text)));
        clean = concatStrings (
          map (piece: if isList piece then "-" else piece) (split "[^[:alnum:]+._?=-]+" bare)
        );
        start = trivial.max 0 (stringLength clean - 207);
      in
      if clean == "" then "unknown" else substring start (-1) clean;
    makeSearchPath =
      directory: packages:
      concatStringsSep ":" (
        map (package: "${package}/${directory}") (filter (package: package != null) packages)
      );
    makeSearchPathOutput =
      output: directory: packages:
      makeSearchPath directory (map (attrsets.getOutput output) packages);
    makeBinPath = makeSearchPathOutput "bin" "bin";
    makeLibraryPath = makeSearchPathOutput "lib" "lib";
  };

  generators = {
    toJSON = { }: builtins.toJSON;
    toKeyValue =
      {
        mkKeyValue ? generators.mkKeyValueDefault { } "=",
        ...
      }:
      set:
      strings.concatLines (attrsets.mapAttrsToList mkKeyValue set);
    mkValueStringDefault =
      { }:
      value:
      if builtins.isBool value then
        trivial.boolToString value
      else if value == null then
        "null"
      else
        toString value;
    mkKeyValueDefault =
      {
        mkValueString ? generators.mkValueStringDefault { },
      }:
      separator: name: value:
      "${strings.escape [ separator ] name}${separator}${mkValueString value}";
    toINI =
      {
        mkSectionName ? (name: strings.escape [ "[" "]" ] name),
        mkKeyValue ? generators.mkKeyValueDefault { } "=",
        ...
      }:
      set:
      concatStringsSep "\n" (
        attrsets.mapAttrsToList (
          name: section:
          "[${mkSectionName name}]\n${generators.toKeyValue { inherit mkKeyValue; } section}"
        ) set
      );
    # As it stands in messages.
    toPretty =
      {
        multiline ? true,
        ...
      }:
      generators.pretty multiline "";
    pretty =
      multiline: indent: value:
      let
        inner = generators.pretty multiline "${indent}  ";
        open = if multiline then "\n${indent}  " else " ";
        close = if multiline then "\n${indent}" else " ";
      in
      if value == null then
        "null"
      else if isString value then
        strings.escapeNixString value
      else if builtins.isBool value then
        trivial.boolToString value
      else if builtins.isInt value || builtins.isFloat value || builtins.isPath value then
        toString value
      else if value == [ ] then
        "[ ]"
      else if isList value then
        "[${open}${strings.concatMapStringsSep open inner value}${close}]"
      else if trivial.isFunction value then
        "<function>"
      else if attrsets.isDerivation value then
        "<derivation ${value.name or "???"}>"
      else if value == { } then
        "{ }"
      else
        "{${open}${
          concatStringsSep open (
            attrsets.mapAttrsToList (
              name: item: "${strings.escapeNixIdentifier name} = ${inner item};"
            ) value
          )
        }${close}}";
  };

  meta = rec {
    addMetaAttrs = new: package: package // { meta = package.meta or { } // new; };
    setPrio = priority: addMetaAttrs { inherit priority; };
    lowPrio = setPrio 10;
    hiPrio = setPrio (-10);
    hiPrioSet = mapAttrs (_: hiPrio);
    getExe =
      package:
      getExe' package (
        package.meta.mainProgram
          or (throw "getExe: Package ${builtins.toJSON package.name} has no meta.mainProgram")
      );
    getExe' =
      package: name:
      assert trivial.assertMsg (!strings.hasInfix "/" name)
        "lib.meta.getExe': The second argument \"${name}\" must be a name, not a path";
      "${attrsets.getBin package}/bin/${name}";
    licenses = mapAttrs (
      shortName: license: { free = true; } // license // { inherit shortName; }
    ) {
      isc.spdxId = "ISC";
      mit.spdxId = "MIT";
      gpl3Plus.spdxId = "GPL-3.0-or-later";
      unfree.free = false;
    };
    platforms = {
      linux = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      all = platforms.linux;
      unix = platforms.linux;
    };
  };

  customisation = import ./customisation.nix { inherit lib; };
  options = import ./options.nix { inherit lib; };
  modules = import ./modules.nix { inherit lib; };

  # Not all that the parts have is in lib itself; what works here must work in nixpkgs too.
  lib =
    trivial
    // removeAttrs lists [ "findFirstIndex" ]
    // attrsets
    // removeAttrs strings [
      "escapeNixIdentifier"
      "escapeNixString"
      "isConvertibleWithToString"
      "sanitizeDerivationName"
    ]
    // meta
    // customisation
    // removeAttrs options [ "showDefs" ]
    // {
      inherit (modules)
        evalModules
        filterOverrides
        mergeDefinitions
        mergeModules
        mergeOptionDecls
        fixupOptionType
        mkAfter
        mkAliasOptionModule
        mkAssert
        mkBefore
        mkDefault
        mkDerivedConfig
        mkForce
        mkIf
        mkImageMediaOverride
        mkMerge
        mkOptionDefault
        mkOrder
        mkOverride
        mkVMOverride
        pushDownProperties
        dischargeProperties
        setDefaultModuleLocation
        sortProperties
        unifyModuleSyntax
        evalOptionValue
        ;
      inherit
        trivial
        lists
        attrsets
        strings
        customisation
        generators
        meta
        options
        modules
        ;
      types = import ./types.nix { inherit lib; };
      inherit (lib.types) mkOptionType isOptionType;
      maintainers = { };
    };
in
lib
