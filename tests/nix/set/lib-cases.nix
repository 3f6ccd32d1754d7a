# What functions of lib give: lib-cases.json says what nixpkgs' gives, and the small one must too.
{
  lib,
  # they are not the same in all versions of nixpkgs
  descriptions ? true,
}:
let
  package = {
    type = "derivation";
    name = "tool-1.2";
    outPath = "/nowhere/tool";
    outputs = [
      "out"
      "dev"
    ];
    bin.outPath = "/nowhere/tool-bin";
    dev = {
      outPath = "/nowhere/tool-dev";
      outputSpecified = true;
    };
    out.outPath = "/nowhere/tool";
    meta.mainProgram = "main";
  };
  path = value: "${value}";
  overridable = lib.makeOverridable (
    {
      first,
      second ? 2,
    }:
    {
      sum = first + second;
    }
  ) { first = 1; };
  scope = lib.makeScope lib.callPackageWith (self: {
    number = 1;
    next = self.callPackage ({ number }: { value = number + 1; }) { };
  });
in
{
  lists = {
    flatten = lib.flatten [
      1
      [
        2
        [ 3 ]
      ]
    ];
    foldr = lib.foldr (item: rest: "${item}(${rest})") "." [
      "a"
      "b"
    ];
    unique = lib.unique [
      1
      2
      1
    ];
    imap0 = lib.imap0 (index: value: "${toString index}${value}") [
      "a"
      "b"
    ];
    imap1 = lib.imap1 (index: value: "${toString index}${value}") [ "a" ];
    take = lib.take 5 [
      1
      2
    ];
    drop = lib.drop 1 [
      1
      2
    ];
    sublist = lib.sublist 1 1 [
      1
      2
      3
    ];
    init = lib.init [
      1
      2
    ];
    last = lib.last [
      1
      2
    ];
    reverse = lib.reverseList [
      1
      2
    ];
    remove = lib.remove 1 [
      1
      2
    ];
    findFirst = lib.findFirst (value: value > 1) 0 [
      1
      2
      3
    ];
    findSingle =
      map
        (lib.findSingle (value: value > 1) "none" "several")
        [
          [ 1 ]
          [ 2 ]
          [
            2
            3
          ]
        ];
    range = lib.range 2 4;
    subtract = lib.subtractLists [ 1 ] [
      1
      2
    ];
    intersect = lib.intersectLists [ 1 ] [
      1
      2
    ];
    optionals = lib.optional true 1 ++ lib.optional false 2 ++ lib.optionals true [ 3 ];
    groupBy = lib.groupBy toString [
      1
      2
      1
    ];
    zip = lib.zipListsWith (first: second: first + second) [ 1 2 ] [ 3 ];
    count = lib.count (value: value == 1) [
      1
      2
      1
    ];
    toList = lib.toList "x" ++ lib.toList [ "y" ];
  };
  sets = {
    filter = lib.filterAttrs (name: value: name == "a" || value == 3) {
      a = 1;
      b = 2;
      c = 3;
    };
    map' = lib.mapAttrs' (name: value: lib.nameValuePair "${name}!" (value + 1)) { a = 1; };
    toList = lib.mapAttrsToList (name: value: "${name}=${value}") {
      b = "2";
      a = "1";
    };
    attrsToList = lib.attrsToList { a = 1; };
    gen = lib.genAttrs [ "a" "b" ] (name: "${name}${name}");
    byPath = [
      (lib.attrByPath [ "a" "b" ] 0 { a.b = 1; })
      (lib.attrByPath [ "a" "c" ] 0 { a.b = 1; })
      (lib.hasAttrByPath [ "a" "b" ] { a.b = 1; })
      (lib.hasAttrByPath [ "a" "b" "c" ] { a.b = 1; })
    ];
    setByPath = lib.setAttrByPath [ "a" "b" ] 1;
    recursiveUpdate = lib.recursiveUpdate {
      a.b = 1;
      a.c = 2;
      d = 3;
    } { a.b.e = 4; };
    zip = lib.zipAttrsWith (_: values: values) [
      { a = 1; }
      {
        a = 2;
        b = 3;
      }
    ];
    fold = lib.foldAttrs (item: rest: [ item ] ++ rest) [ ] [
      { a = 1; }
      {
        a = 2;
        b = 3;
      }
    ];
    foldl = lib.foldlAttrs (
      result: name: value:
      result + name + value
    ) "" { a = "1"; b = "2"; };
    collect = lib.collect lib.isString {
      a = "1";
      b.c = "2";
    };
    recursive = lib.mapAttrsRecursive (names: value: lib.concatStringsSep "." names + value) {
      a.b = "1";
      c = "2";
    };
    concatMap = lib.concatMapAttrs (name: value: { "${name}${value}" = value; }) { a = "1"; };
    optional = lib.optionalAttrs true { a = 1; } // lib.optionalAttrs false { b = 1; };
    outputs = map path [
      (lib.getBin package)
      (lib.getLib package)
      (lib.getDev package)
      (lib.getMan package)
      (lib.getOutput "missing" package)
      (lib.getBin package.dev)
    ];
    isDerivation = [
      (lib.isDerivation package)
      (lib.isDerivation { })
      (lib.isDerivation 1)
    ];
    exe = [
      (lib.getExe package)
      (lib.getExe' package "other")
    ];
  };
  strings = {
    shell = map lib.escapeShellArg [
      "plain/path-1.2"
      "two words"
      "it's"
      ""
    ];
    shellArgs = lib.escapeShellArgs [
      "a b"
      "c"
    ];
    split = lib.splitString "." "a.b..c";
    prefix = [
      (lib.hasPrefix "ab" "abc")
      (lib.hasSuffix "bc" "abc")
      (lib.hasSuffix "abcd" "abc")
      (lib.hasInfix "b" "abc")
      (lib.removePrefix "a" "abc")
      (lib.removePrefix "x" "abc")
      (lib.removeSuffix "c" "abc")
    ];
    case = [
      (lib.toUpper "aB1")
      (lib.toLower "aB1")
    ];
    versions = [
      (lib.versionOlder "1.2" "1.10")
      (lib.versionAtLeast "1.2" "1.10")
      (lib.getName "tool-1.2")
      (lib.getVersion "tool-1.2")
      (lib.getName package)
    ];
    nix = map lib.strings.escapeNixIdentifier [
      "plain"
      "with-dash"
      "1"
      "a b"
      "\${x}"
    ];
    sanitize = map (name: "${lib.strings.sanitizeDerivationName name}") [
      "..a b/c"
      "fine-1.2"
      ""
    ];
    concat = [
      (lib.concatMapStrings toString [ 1 2 ])
      (lib.concatMapStringsSep "," toString [ 1 2 ])
      (lib.concatImapStringsSep "," (index: value: "${toString index}${value}") [ "a" "b" ])
      (lib.concatLines [ "a" "b" ])
    ];
    fixed = lib.fixedWidthString 5 "0" "42";
    regex = lib.escapeRegex "a.b*[c]";
    optional = lib.optionalString true "a" + lib.optionalString false "b";
    paths = [
      (lib.makeBinPath [ package ])
      (lib.makeLibraryPath [ package ])
      (lib.makeSearchPath "share" [ package ])
    ];
    toInt = lib.toInt "42";
    storePath = [
      (lib.isStorePath "${builtins.storeDir}/00000000000000000000000000000000-x")
      (lib.isStorePath "${builtins.storeDir}/00000000000000000000000000000000-x/y")
      (lib.isStorePath "x")
    ];
    boolean = lib.boolToString true;
  };
  generators = {
    pretty = lib.generators.toPretty { } {
      a = 1;
      b = [
        "x"
        true
        null
      ];
    };
    others = lib.generators.toPretty { } [
      { "c d" = package; }
      (_: 1)
      [ ]
    ];
    line = lib.generators.toPretty { multiline = false; } [ 1 { a = "b"; } ];
    ini = lib.generators.toINI { } { section = { a = 1; b = true; }; };
    keyValue = lib.generators.toKeyValue { } { a = "b"; };
  };
  functions = {
    args = lib.functionArgs (lib.setFunctionArgs (_: 1) { a = false; });
    isFunction = map lib.isFunction [
      (_: 1)
      { __functor = _: _: 1; }
      { }
    ];
    override = [
      overridable.sum
      (overridable.override { second = 10; }).sum
      ((overridable.override { second = 10; }).override (old: { first = old.second; })).sum
      (lib.functionArgs overridable.override)
    ];
    call = lib.callPackageWith { a = 1; b = 2; } ({ a, c ? 3 }: { sum = a + c; }) { } // {
      override = null;
      overrideDerivation = null;
    };
    scope = [
      scope.next.value
      (scope.overrideScope (_: _: { number = 5; })).next.value
    ];
    fix =
      (lib.fix (
        lib.extends (final: previous: { b = previous.a + final.c; }) (_: {
          a = 1;
          c = 2;
        })
      )).b;
    compose =
      lib.composeExtensions (_: previous: { a = previous.a + 1; })
        (_: previous: { a = previous.a * 2; })
        { }
        { a = 1; };
    pipe = lib.pipe 1 [
      (value: value + 1)
      toString
    ];
    extend = ((lib.makeExtensible (_: { a = 1; })).extend (_: previous: { a = previous.a + 1; })).a;
  };
  types =
    let
      inherit (lib) types;
      checks = type: lib.concatMapStrings (value: if type.check value then "y" else ".");
      values = [
        1
        "a"
        ""
        true
        null
        [ ]
        { }
        /nowhere
        1.5
        (_: 1)
      ];
      all = {
        inherit (types)
          bool
          int
          str
          path
          package
          attrs
          anything
          raw
          port
          lines
          nonEmptyStr
          singleLineStr
          float
          number
          ;
        inherit (types.ints) positive unsigned u8;
        between = types.ints.between 2 3;
        matching = types.strMatching "a+";
        enum = types.enum [ "a" "b" ];
        one = types.enum [ 1 ];
        either = types.either types.int (types.listOf types.str);
        oneOf = types.oneOf [ types.int types.str types.bool ];
        nullOr = types.nullOr types.str;
        listOf = types.listOf types.int;
        lists = types.listOf (types.listOf (types.nullOr types.str));
        nonEmpty = types.nonEmptyListOf types.int;
        attrsOf = types.attrsOf types.int;
        lazy = types.lazyAttrsOf types.int;
        submodule = types.submodule { };
        functionTo = types.functionTo types.str;
        coerced = types.coercedTo types.int toString types.str;
        checked = types.addCheck types.int (value: value > 1);
        uniq = types.uniq types.str;
        own = lib.mkOptionType {
          name = "own";
          check = value: value == 1;
        };
      };
    in
    lib.mapAttrs (
      _: type:
      {
        check = checks type values;
      }
      // lib.optionalAttrs descriptions {
        inherit (type) name description;
      }
    ) all;
}
