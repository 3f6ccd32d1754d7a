# What evaluations of modules give: `values` are in module-cases.json, as nixpkgs' lib gives them;
# each of `errors` fails, and says what is listed beside it.
{
  lib,
  onlySays ? false,
}:
let
  inherit (lib)
    mkAfter
    mkBefore
    mkDefault
    mkForce
    mkIf
    mkMerge
    mkOption
    mkOverride
    types
    ;
  evaluate = modules: (lib.evalModules { modules = lib.toList modules; }).config;
  # Modules at files, so that messages can name them.
  at = file: module: {
    _file = file;
    imports = [ module ];
  };
  option = type: mkOption { inherit type; };
  withDefault = type: default: mkOption { inherit type default; };
  one = type: definitions: (evaluate ([ { options.value = option type; } ] ++ definitions)).value;
  named =
    type: definitions:
    (evaluate (
      [ (at "declaring.nix" { options.some.value = option type; }) ]
      ++ lib.imap1 (
        index: value: at "defining-${toString index}.nix" { some.value = value; }
      ) definitions
    )).some.value;

  person = types.submodule (
    { name, config, ... }:
    {
      options = {
        name = withDefault types.str name;
        greeting = withDefault types.str "hello ${config.name}";
        tags = withDefault (types.listOf types.str) [ ];
      };
    }
  );
  programs =
    { config, lib, ... }:
    {
      options.programs = {
        enable = lib.mkEnableOption "programs";
        packages = withDefault (types.listOf types.str) [ ];
        final = mkOption {
          type = types.listOf types.str;
          readOnly = true;
          description = "What is installed.";
        };
      };
      config = mkIf config.programs.enable {
        programs.final = map (name: "boxed ${name}") config.programs.packages;
      };
    };
in
{
  values = {
    definitions = one (types.listOf types.int) [
      { value = [ 1 ]; }
      { value = mkAfter [ 2 ]; }
      { value = mkBefore [ 3 ]; }
      { value = [ 4 ]; }
    ];
    priorities = map (one types.int) [
      [
        { value = mkDefault 1; }
        { value = 2; }
      ]
      [
        { value = mkForce 1; }
        { value = 2; }
      ]
      [
        { value = mkOverride 10 1; }
        { value = mkForce 2; }
      ]
      [
        { value = 3; }
        { value = 3; }
      ]
    ];
    conditions = one (types.attrsOf types.int) [
      {
        value = mkMerge [
          { a = 1; }
          (mkIf false { b = 1; })
          (mkIf true { c = mkIf false 1; d = mkMerge [ (mkDefault 4) 5 ]; })
        ];
      }
    ];
    conditionalElements = one (types.listOf types.int) [
      {
        value = [
          1
          (mkIf false 2)
          (mkIf true 3)
        ];
      }
    ];
    conditionOnConfig = evaluate [
      programs
      {
        programs.enable = true;
        programs.packages = [ "hello" ];
      }
      ({ config, ... }: mkIf config.programs.enable { programs.packages = [ "jq" ]; })
    ];
    apply =
      (evaluate [
        {
          options.value = mkOption {
            type = types.listOf types.int;
            apply = map (number: number * 2);
          };
        }
        { value = [ 1 ]; }
        { value = [ 2 ]; }
      ]).value;
    applyInAnotherDeclaration =
      (evaluate [
        { options.value = withDefault (types.listOf types.int) [ 7 ]; }
        { options.value = mkOption { apply = map toString; }; }
        { value = [ 1 ]; }
      ]).value;
    applyInSubmodules =
      (evaluate [
        {
          options.users = option (
            types.attrsOf (
              types.submodule { options.packages = withDefault (types.listOf types.str) [ ]; }
            )
          );
        }
        {
          options.users = option (
            types.attrsOf (
              types.submodule {
                options.packages = mkOption { apply = map (name: "boxed ${name}"); };
              }
            )
          );
        }
        { users.ann.packages = [ "hello" ]; }
        { users.ann.packages = [ "jq" ]; }
        { users.bob = { }; }
      ]).users;
    applyBelowSubmodule =
      (evaluate [
        { options.sub = option (types.submodule { options.a = withDefault types.int 1; }); }
        { options.sub.b = withDefault types.int 2; }
        { sub.a = 5; }
      ]).sub;
    submodules = one (types.attrsOf person) [
      { value.ann = { }; }
      {
        value.bob = {
          name = "Robert";
          tags = [ "a" ];
        };
      }
      { value.bob.tags = [ "b" ]; }
      { value.carl = mkIf false { }; }
    ];
    submoduleList = one (types.listOf person) [
      {
        value = [
          { name = "first"; }
          { name = "second"; }
        ];
      }
    ];
    submoduleFunction = one (types.attrsOf person) [
      { value.ann = { name, ... }: { greeting = "hi ${name}"; }; }
    ];
    nullable = one (types.nullOr person) [ { value = { name = "x"; }; } ];
    freeform = one (types.submodule {
      freeformType = types.attrsOf types.int;
      options.known = withDefault types.str "yes";
    }) [ { value.other = 3; } ];
    either =
      map (value: one (types.either types.int (types.listOf types.str)) [ { inherit value; } ])
        [
          3
          [ "a" ]
        ];
    coerced = one (types.listOf (types.coercedTo types.int toString types.str)) [
      { value = [ 1 "b" ]; }
    ];
    lines = one types.lines [
      { value = "a"; }
      { value = "b"; }
    ];
    attrs = one types.attrs [
      { value.a.b = 1; }
      { value.a.c = 2; }
    ];
    anything = one types.anything [
      { value.a.b = 1; }
      { value.a.c = [ 2 ]; }
    ];
    functionTo = (one (types.functionTo (types.listOf types.int)) [
      { value = number: [ number ]; }
      { value = number: [ (number + 1) ]; }
    ]) 1;
    enums =
      (evaluate [
        { options.value = option (types.enum [ "a" ]); }
        { options.value = option (types.enum [ "b" ]); }
        { value = "b"; }
      ]).value;
    imports =
      (evaluate [
        {
          imports = [
            { options.value = option (types.listOf types.str); }
            { value = [ "imported" ]; }
          ];
          value = [ "own" ];
        }
        { value = [ "later" ]; }
      ]).value;
    onlyOnce =
      let
        shared = {
          key = "shared";
          options.value = withDefault types.int 1;
        };
      in
      (evaluate [
        shared
        { imports = [ shared ]; }
      ]).value;
    disabled =
      (evaluate [
        { options.value = withDefault types.int 1; }
        {
          key = "off";
          value = 2;
        }
        { disabledModules = [ { key = "off"; } ]; }
      ]).value;
    arguments =
      (evaluate [
        { _module.args.number = 3; }
        (
          { number, ... }:
          {
            options.value = withDefault types.int number;
          }
        )
      ]).value;
    special =
      (lib.evalModules {
        specialArgs.extra = [ { options.value = withDefault types.int 4; } ];
        modules = [ ({ extra, ... }: { imports = extra; }) ];
      }).config;
    extended =
      (
        (lib.evalModules {
          modules = [ { options.value = withDefault types.int 1; } ];
        }).extendModules
          { modules = [ { value = 2; } ]; }
      ).config;
    alias = evaluate [
      {
        options.new = option types.int;
        imports = [ (lib.mkAliasOptionModule [ "old" ] [ "new" ]) ];
      }
      { old = mkDefault 1; }
    ];
    unchecked = evaluate [
      {
        _module.check = false;
        unknown = 1;
      }
      { options.value = withDefault types.int 1; }
    ];
    ownType = one (lib.mkOptionType {
      name = "first";
      merge =
        path: definitions: "${lib.showOption path} of ${lib.showFiles (lib.getFiles definitions)}";
    }) [ (at "here.nix" { value = 1; }) ];
    options =
      let
        inherit (lib.evalModules {
          modules = [
            (at "declaring.nix" { options.a.b = withDefault types.int 1; })
            (at "defining.nix" { a.b = mkForce 2; })
          ];
        }) options;
      in
      {
        inherit (options.a.b)
          value
          files
          declarations
          isDefined
          definitions
          highestPrio
          ;
        name = toString options.a.b;
        type = options.a.b.type.name;
      };
    documentation =
      lib.filter (option: !lib.hasPrefix "_module" option.name && !lib.hasInfix "._" option.name)
        (
          lib.optionAttrSetToDocList
            (lib.evalModules {
              modules = [
                (at "declaring.nix" {
                  options.a.b = mkOption {
                    type = types.attrsOf (
                      types.submodule {
                        options.c = mkOption {
                          type = types.int;
                          default = 1;
                          description = "C.";
                          example = 3;
                        };
                      }
                    );
                    default = { };
                    defaultText = lib.literalExpression "x";
                  };
                })
              ];
            }).options
        );
    package = mkOption { } == { _type = "option"; };
    enable = removeAttrs (lib.mkEnableOption "it") [ "type" ];
    packageOption = removeAttrs (lib.mkPackageOption { tool = "the tool"; } "tool" { }) [ "type" ];
  };

  errors = lib.mapAttrs (_: error: if onlySays then error.says else error) {
    wrongType = {
      value = named types.bool [ "text" ];
      says = [
        "A definition for option `some.value' is not of type `boolean'. Definition values:"
        "- In `defining-1.nix': \"text\""
      ];
    };
    wrongElement = {
      value = named (types.listOf types.int) [
        [ 1 ]
        [
          2
          "x"
        ]
      ];
      says = [
        "entry 2]\"' is not of type `signed integer'"
        "- In `defining-2.nix': \"x\""
      ];
    };
    conflict = {
      value = named types.int [
        1
        2
      ];
      says = [
        "The option `some.value' has conflicting definition values:"
        "- In `defining-1.nix': 1"
        "- In `defining-2.nix': 2"
        "lib.mkForce"
      ];
    };
    notUnique = {
      value = named types.raw [
        1
        2
      ];
      says = [ "The option `some.value' is defined multiple times while it's expected to be" ];
    };
    undefined = {
      value = named types.int [ ];
      says = [ "The option `some.value' was accessed but has no value defined." ];
    };
    unknown = {
      value = evaluate [
        { options.some.value = option types.int; }
        (at "defining.nix" { some.valeu = 1; })
      ];
      says = [
        "The option `some.valeu' does not exist. Definition values:"
        "- In `defining.nix': 1"
      ];
    };
    unknownInSubmodule = {
      value = named (types.attrsOf person) [ { ann.nme = "x"; } ];
      says = [
        "The option `some.value.ann.nme' does not exist. Definition values:"
        "- In `defining-1.nix': \"x\""
      ];
    };
    wrongInSubmodule = {
      value = named (types.attrsOf person) [ { "two words".name = 1; } ];
      says = [ "A definition for option `some.value.\"two words\".name' is not of type `string'" ];
    };
    twiceDeclared = {
      value =
        (evaluate [
          (at "one.nix" { options.value = withDefault types.int 1; })
          (at "two.nix" { options.value = withDefault types.int 2; })
        ]).value;
      says = [ "The option `value' in `one.nix' is already declared in `two.nix'." ];
    };
    readOnly = {
      value =
        (evaluate [
          programs
          (at "defining.nix" { programs = { enable = true; final = [ "x" ]; }; })
        ]).programs.final;
      says = [
        "The option `programs.final' is read-only, but it's set multiple times."
        "- In `defining.nix':"
      ];
    };
    parent = {
      value = evaluate [
        (at "one.nix" { options.value = option types.int; })
        (at "two.nix" { options.value.below = option types.int; })
      ];
      says = [
        "The option `value' in module `one.nix' would be a parent of the following options, but"
        "its type `signed integer' does not support nested options."
        " - option(s) with prefix `value.below' in module `two.nix'"
      ];
    };
    topLevel = {
      value = evaluate [
        {
          options = { };
          value = 1;
        }
      ];
      says = [ "has an unsupported attribute `value'" ];
    };
    enum = {
      value = named (types.enum [ "a" "b" ]) [ "c" ];
      says = [ "is not of type `one of \"a\", \"b\"'" ];
    };
    added = {
      value = named (types.addCheck types.int (value: value > 1)) [ 1 ];
      says = [ "A definition for option `some.value' is not of type `signed integer'" ];
    };
    several = {
      value = named (types.nullOr (types.listOf (types.either types.int types.str))) [ true ];
      says = [ "is not of type `null or (list of (signed integer or string))'" ];
    };
  };
}
