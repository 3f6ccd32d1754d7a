# What policy.sh evaluates: the checks of policies in Nix, on what others judge as well.
{
  # what compare-policies.py has collected
  cases ? null,
  # "set", or "nixpkgs" where there is one
  world ? "set",
  store ? null,
  built ? null,
  # whose module system the options are for
  lib ? import ./set/lib.nix,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    elem
    filter
    fromJSON
    head
    isAttrs
    length
    listToAttrs
    map
    match
    readFile
    ;

  # Nothing of it is built: what only needs the evaluator is asked of the files themselves.
  library =
    import ../../nix/policy.nix { }
    // import ../../nix/default-policy.nix {
      inherit lib;
      closureboxLib = library;
    }
    // import ../../nix/options.nix {
      inherit lib;
      closureboxLib = library;
    };
  inherit (library)
    policy
    policyLines
    policyMistakes
    when
    ;

  # The schema itself.

  source = fromJSON (readFile ../../schemas/policy.schema.json);
  checkerOf = node: import ../../nix/schema.nix { schema = node // { "$defs" = source."$defs"; }; };

  # All schemas in the schema.
  nodes =
    node:
    if !isAttrs node then
      [ ]
    else
      [ node ]
      ++ concatMap nodes (
        concatMap (key: attrValues (node.${key} or { })) [
          "$defs"
          "dependentSchemas"
          "properties"
        ]
        ++ concatMap (key: node.${key} or [ ]) [
          "allOf"
          "anyOf"
          "oneOf"
        ]
        ++ concatMap (key: if node ? ${key} then [ node.${key} ] else [ ]) [
          "additionalProperties"
          "contains"
          "if"
          "items"
          "not"
          "propertyNames"
          "then"
        ]
      );
  all = nodes source;

  # Is every keyword known? The checker throws for the first that is not.
  known = node: (builtins.tryEval (length ((checkerOf node).mistakes null))).success;

  # What ECMA-262 and POSIX's extended expressions both have, with the same meaning.
  plain =
    let
      set = "\\[\\^?(\\\\u00[0-9a-f][0-9a-f]|[^]\\\\[])+]";
      escaped = "\\\\[]$.{}|()*+?^\\\\[]";
      quantified = "([*]|[+]|[?]|\\{[0-9,]+})?";
      literal = "[^][\\\\{}().*+?]";
    in
    pattern: match "((${set}|${escaped}|${literal}|\\))${quantified}|\\()*" pattern != null;

  patterns = map (node: node.pattern) (filter (node: node ? pattern) all);

  # The checker takes an entry for what its first required key says.
  entries = map (entry: source."$defs".${baseNameOf entry."$ref"}) source."$defs".entry.oneOf;
  keys = map (entry: head entry.required) entries;
  ambiguous = filter (
    key: length (filter (entry: entry.properties ? ${key}) entries) != 1
  ) keys;

  dialect =
    map (node: "unknown keyword in ${builtins.toJSON node}") (filter (node: !known node) all)
    ++ map (pattern: "pattern of another dialect: ${pattern}") (filter (p: !plain p) patterns)
    ++ map (key: "several entries have '${key}'") ambiguous
    ++ (
      if known { minProperties = 1; } then [ "an unknown keyword is let pass" ] else [ ]
    )
    ++ map (pattern: "taken for plain: ${pattern}") (
      filter plain [
        "(?!a)b"
        "[a\\-b]"
        "a*?"
        "\\d"
        "[[:alpha:]]"
        "a{2}?"
      ]
    );

  collected = fromJSON (readFile cases);

  # A derivation that nothing builds, and one whose path is known only when it is built.
  maker = {
    system = "x86_64-linux";
    builder = "/bin/sh";
  };
  tool = derivation (maker // { name = "tool"; });
  floating = derivation (
    maker
    // {
      name = "floating";
      __contentAddressed = true;
      outputHashMode = "recursive";
      outputHashAlgo = "sha256";
    }
  );
  usesOf = text: attrNames (builtins.getContext text);

  # What a module system makes of definitions of one policy.
  merged =
    definitions:
    (lib.evalModules {
      modules = [
        {
          options.box = lib.mkOption { type = library.policyType; };
        }
      ]
      ++ map (box: { inherit box; }) definitions;
    }).config.box;

  pkgs =
    if world == "nixpkgs" then
      import ./set/nixpkgs.nix { }
    else
      import ./set { inherit store built; };
  closurebox = import ../../nix/closurebox.nix { inherit pkgs; };
  box =
    package: more:
    closurebox.lib.wrap {
      inherit package;
      policy = [ (closurebox.lib.defaultPolicyFor package) ] ++ more;
    };
  # What docs/nix.md says for users of X11.
  onDisplay =
    network:
    box pkgs.gtk3-demo [
      {
        filesystem = [
          {
            bind = "/tmp/.X11-unix";
            optional = true;
          }
        ];
        environment.set.DISPLAY = "\${DISPLAY:-}";
        accept-risk = [ "x11" ];
        inherit network;
      }
    ];
in
{
  judged = {
    inherit dialect;
    cases = map ({ value, ... }: policyMistakes value) collected.cases;
    patterns = listToAttrs (
      map (pattern: {
        name = pattern;
        value = map (text: (checkerOf { inherit pattern; }).mistakes text == [ ]) collected.texts;
      }) patterns
    );
  };

  # What is wrong, and how the text begins that must say so.
  mistakes =
    let
      says =
        value: want:
        let
          got = head (policyMistakes ({ closurebox = 1; } // value) ++ [ "nothing" ]);
        in
        if builtins.substring 0 (builtins.stringLength want) got == want then
          [ ]
        else
          [ "${got}, expected: ${want}" ];
    in
    builtins.concatLists [
      (says { filesytem = [ ]; } "unknown option 'filesytem'; did you mean 'filesystem'?")
      (says { systemCalls = { }; } "unknown option 'systemCalls'; did you mean 'system-calls'?")
      (says { entirelyElse = 1; }
        "unknown option 'entirelyElse'; expected one of 'accept-risk', 'arguments',"
      )
      (says { network = "hots"; }
        "network: 'hots' is none of 'none', 'blocked', 'host'; did you mean 'host'?"
      )
      (says { network = true; } "network: true is none of 'none', 'blocked', 'host'")
      (says { network = /etc; }
        "network: a path that is not quoted is none of 'none', 'blocked', 'host'"
      )
      (says { closurebox = 1.0; } "closurebox: a floating-point number is not 1")
      (says { closurebox = 2; } "closurebox: 2 is not 1")
      (says { nested-sandbox = null; } "nested-sandbox: expected true or false, not null")
      (says { extends = "base"; } "extends: expected a list, not 'base'")
      (says {
        share = [
          "pid"
          "uts"
          "pid"
        ];
      } "share[2]: 'pid' is there twice")
      (says { name = "a/b"; } "name: 'a/b' does not match '^[^/\\u0000-\\u001f\\u007f]+$'")
      (says { name = "."; } "name: '.' is not allowed here")
      (says { name = ""; } "name: '' does not match")
      (says { working-directory = "keeep"; }
        "working-directory: 'keeep' does not fit; expected 'keep', 'read-only',"
      )
      (says { working-directory.access = "rw"; }
        "working-directory.access: 'rw' is none of 'read-only', 'read-write'"
      )
      (says { working-directory.optional = true; }
        "working-directory: option 'access' is missing"
      )
      (says { arguments.files = "readonly"; }
        "arguments.files: 'readonly' is none of 'none', 'read-only', 'read-write'; did"
      )
      (says { arguments.append = [ "$" ]; }
        "arguments.append[0]: '$' does not fit; expected a text with launch-time"
      )
      (says { environment."inherit" = "some"; }
        "environment.\"inherit\": 'some' does not fit; expected 'all', or a list"
      )
      (says { environment."inherit" = [ "A-B" ]; }
        "environment.\"inherit\"[0]: 'A-B' does not fit; expected the name of an"
      )
      (says { environment.set."1X" = "a"; }
        "environment.set.\"1X\": '1X' does not fit; expected the name of an environment"
      )
      (says { environment.prefix.X = [ ]; } "environment.prefix.X: has fewer elements than 1")
      (says { environment.prefix.X = [ "" ]; } "environment.prefix.X[0]: is empty")
      (says { process.nice = 40; } "process.nice: 40 is more than 39")
      (says { process.nice = "high"; } "process.nice: expected an integer, not 'high'")
      (says { process.stop-timeout = "5"; }
        "process.stop-timeout: '5' does not fit; expected 'none', or what matches"
      )
      (says { process.limits.open-files = "4K"; }
        "process.limits.open-files: '4K' does not fit; expected an integer, or"
      )
      (says { process.limits.core-size = "4Q"; }
        "process.limits.core-size: '4Q' does not fit; expected bytes, a number with a"
      )
      (says { descriptors = [ 1 ]; } "descriptors[0]: 1 is less than 3")
      (says { system-calls.architectures = [ "i386" ]; }
        "system-calls.architectures: needs 'native'"
      )
      (says { accept-risk = [ (x: x) ]; }
        "accept-risk[0]: a function is none of 'container-daemon', 'desktop-control',"
      )
      (says {
        filesystem = [
          { bind = "/a"; }
          5
        ];
      } "filesystem[1]: expected an attribute set, not 5")
      (says { filesystem = [ { bnd = "/a"; } ]; }
        "filesystem[0]: expected one of the options 'bind', 'devpts', 'directory',"
      )
      (says {
        filesystem = [
          {
            bind = "/a";
            tmpfs = "/b";
          }
        ];
      } "filesystem[0]: the options 'bind', 'tmpfs' exclude one another")
      (says {
        filesystem = [
          {
            bind = "/a";
            acess = "read-write";
          }
        ];
      } "filesystem[0]: unknown option 'acess'; did you mean 'access'?")
      (says {
        filesystem = [
          {
            bind = "/a";
            access = "rwx";
          }
        ];
      } "filesystem[0].access: 'rwx' is none of 'read-only', 'read-write'")
      (says { filesystem = [ { bind = "/a//b"; } ]; }
        "filesystem[0].bind: '/a//b' does not fit; expected an absolute, canonical"
      )
      (says { filesystem = [ { bind = "/"; } ]; }
        "filesystem[0]: option 'to' is missing, or filesystem[0].bind: '/' does not"
      )
      (says { filesystem = [ { bind = ./policy.nix; } ]; }
        "filesystem[0].bind: a path that is not quoted would be copied into the store;"
      )
      (says {
        filesystem = [
          {
            tmpfs = "/t";
            size = "1X";
          }
        ];
      } "filesystem[0].size: '1X' does not fit; expected bytes, or a number with a")
      (says {
        filesystem = [
          {
            bind = "/b";
            closure = true;
            access = "read-write";
          }
        ];
      } "filesystem[0].access: 'read-write' is not 'read-only', which 'closure' needs")
      (says {
        filesystem = [
          {
            bind = "/b";
            closure = true;
            create = "directory";
          }
        ];
      } "filesystem[0].create: has to be left out, which 'closure' needs")
      (says { filesystem = [ { links = "/l"; closure = true; } ]; }
        "filesystem[0]: unknown option 'closure'; expected one of 'links', 'optional'"
      )
      (says { path-variables = [ "X*" ]; }
        "path-variables[0]: 'X*' does not fit; expected the name of an environment"
      )
      (says { closure-files = [ "closures" ]; }
        "closure-files[0]: 'closures' does not fit; expected an absolute, canonical"
      )
      (says { filesystem = [ { symlink = "/l"; } ]; } "filesystem[0]: option 'target' is missing")
      (says { filesystem = [ { devpts = "/$X"; } ]; }
        "filesystem[0].devpts: '/$X' does not fit; expected an absolute, canonical path"
      )
      (says {
        filesystem = [
          {
            protect = "/p";
            text = "t";
            create = "directory";
          }
        ];
      } "filesystem[0].create: 'directory' is not 'file', which 'text' needs")
      (says {
        filesystem = [
          {
            protect = "/p";
            text = "t";
          }
        ];
      } "filesystem[0]: option 'create' is missing, which 'text' needs")
    ];

  # Each is an error.
  refused = {
    policy = policy {
      filesytem = [ ];
      filesystem = [
        {
          bind = "/x";
          access = "rwx";
        }
      ];
    };
    list = policyLines [
      { }
      [
        { }
        { home = "away"; }
      ]
    ];
    file = policyLines ../cases/policy-words/policy.json;
    derivation = policyLines tool;
    derivationPath = policyLines "${tool}/policy.json";
    text = policyLines "base";
    syntax = policyLines (builtins.toFile "no-json.json" "{ network }");
    oneOfList = policy [ { } ];
    oneOfWhen = policy (when { file = "x"; } { });
    oneOfChecked = policy (library.checkedPolicy { });
    function = policyLines ({ lib, ... }: { });
    condition = policyLines (when { files = "x"; } { });
    noCondition = policyLines (when { } { });
    lines = policyLines (when { file = "a\nb"; } { });
    checked = policyLines (library.checkedPolicy { home = "away"; });
    twiceChecked = policyLines (
      when { file = "a"; } (library.checkedPolicy (when { file = "b"; } { }))
    );
    twice = policyLines (when { file = "a"; } (when { file = "b"; } { }));
    option = merged [ { network = "hots"; } ];
    entry = merged [
      {
        filesystem = [
          {
            bind = "/x";
            access = "rwx";
          }
        ];
      }
    ];
    name = merged [ { environment.set."1X" = "a"; } ];
    conflict = merged [
      { network = "none"; }
      { network = "host"; }
    ];
    unknown = merged [ { filesytem = [ ]; } ];
    several = merged [
      { network = "none"; }
      [
        { }
        { network = "hots"; }
      ]
    ];
    number = merged [ 5 ];
  };

  lines = policyLines [
    { }
    (when { file = "share/*"; } [
      ../../schemas/examples/batch-job.json
      (when { library = "^lib(a|b)[.]so"; } { name = "x"; })
    ])
    (when { library = "\\$"; } (library.checkedPolicy [
      { }
      (when { file = "*"; } { })
    ]))
  ];

  # The texts of derivations keep what they need, and so do files that name some.
  context =
    let
      text = policyLines [
        { environment.set.TOOL = "${tool}/bin/tool"; }
        (when { file = "x"; } {
          filesystem = [
            {
              bind = floating;
              to = "${floating}/etc";
            }
          ];
        })
      ];
      drvPath = derivation: builtins.unsafeDiscardStringContext derivation.drvPath;
    in
    lib.sort (a: b: a < b) (usesOf text) == lib.sort (a: b: a < b) [
      (drvPath tool)
      (drvPath floating)
    ];

  # Long texts are not matched; a stack that overflows would be no error but the end of Nix.
  long =
    let
      double = text: text + text;
      text = builtins.foldl' (text: _: double text) "/abcdefg" (builtins.genList (n: n) 17);
    in
    builtins.stringLength (policy {
      filesystem = [
        {
          file = "/f";
          inherit text;
        }
        { bind = text; }
      ];
      hostname = text;
    });

  merged = {
    appended = merged [
      {
        filesystem = [ { bind = "/a"; } ];
        accept-risk = [ "x11" ];
        environment.set.A = "$HOME";
        process.limits.open-files = 5;
      }
      {
        filesystem = [
          (lib.mkIf false { no = 1; })
          { bind = "/b"; }
        ];
        accept-risk = [
          "home"
          "x11"
        ];
        environment.set.B = "b";
        environment."inherit" = [ "A*" ];
        process.nice = 5;
      }
    ];
    priority = merged [
      {
        network = lib.mkDefault "none";
        home = "none";
      }
      { network = "host"; }
      { home = lib.mkForce "host"; }
    ];
    kinds = merged [
      {
        closurebox = 1;
        working-directory.access = "read-only";
        process.stop-timeout = "5s";
        process.limits.core-size = "4G";
        descriptors = "inherit";
        environment."inherit" = "all";
        nested-sandbox = true;
      }
    ];
    empty = merged [
      { }
      { process = { }; }
    ];
    file = baseNameOf (merged [ ../../schemas/examples/batch-job.json ]);
    several = map (value: value.policy or value) (merged [
      { home = "none"; }
      (when { file = "a"; } { home = "private"; })
      { network = "host"; }
      [ { name = "b"; } ]
    ]);
    # Whatever the options let through is a policy.
    accepted =
      let
        examples = ../../schemas/examples;
        read = name: fromJSON (readFile (examples + "/${name}"));
      in
      concatMap (name: policyMistakes (merged [ (read name) ])) (
        attrNames (builtins.readDir examples)
      );
  };

  # Every option of the schema is there, described, and not said by default.
  options =
    let
      isGood = option: builtins.isString option.description && option.default == null;
      described = lib.filterAttrs (_: isGood) library.policyOptions;
    in
    attrNames described == attrNames source.properties;

  defaults = policyLines (library.defaultPolicyFor { pname = "some"; });
  defaultsOfGo = policyLines (
    library.defaultPolicyFor {
      name = "some-1.0";
      goModules = null;
    }
  );

  boxes = {
    hello = box pkgs.hello [ ];
    jq = box pkgs.jq [ ];
    python = box pkgs.python3 [ ];
    # Debian's starts itself by way of a shell.
    git = box pkgs.git [
      {
        filesystem = [
          {
            symlink = "/bin/sh";
            target = "${pkgs.dash}/bin/dash";
          }
        ];
      }
    ];
    gtk = box pkgs.gtk3-demo [ ];
    window = onDisplay "none";
    # There the X server also listens on an abstract socket.
    windowOfNetwork = onDisplay "host";
  };
}
