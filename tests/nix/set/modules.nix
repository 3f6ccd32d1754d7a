# evalModules and what modules are written with, as nixpkgs' lib has them: so far as closurebox's
# modules and their tests need it, with the same values and messages (modules.sh compares them).
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    any
    attrNames
    concatLists
    concatMap
    elem
    filter
    foldl'
    head
    isAttrs
    isList
    length
    mapAttrs
    sort
    ;
  inherit (lib)
    isFunction
    isOption
    mkOption
    optionalAttrs
    showFiles
    showOption
    types
    unknownModule
    zipAttrs
    zipAttrsWith
    ;
  inherit (lib.options) showDefs;
  kindOf = value: value._type or "";
  the = path: "The option `${showOption path}'";
in
rec {
  # --- properties of definitions

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  defaultOverridePriority = 100;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };
  mkBefore = mkOrder 500;
  defaultOrderPriority = 1000;
  mkAfter = mkOrder 1500;
  mkAssert =
    assertion: message: mkIf (if assertion then true else throw "\nFailed assertion: ${message}");

  # A list of sets without properties; conditions and priorities go down to the attributes, so that
  # a condition may depend on other options.
  pushDownProperties =
    config:
    let
      into =
        property: content: if isAttrs content then mapAttrs (_: property) content else content;
    in
    if kindOf config == "merge" then
      concatMap pushDownProperties config.contents
    else if kindOf config == "if" then
      map (into (mkIf config.condition)) (pushDownProperties config.content)
    else if kindOf config == "override" then
      map (into (mkOverride config.priority)) (pushDownProperties config.content)
    else
      [ config ];

  # A list of values, those of conditions that hold.
  dischargeProperties =
    value:
    if kindOf value == "merge" then
      concatMap dischargeProperties value.contents
    else if kindOf value == "if" then
      if !builtins.isBool value.condition then
        throw "‘mkIf’ called with a non-Boolean condition"
      else if value.condition then
        dischargeProperties value.content
      else
        [ ]
    else
      [ value ];

  filterOverrides = definitions: (overriding definitions).values;
  overriding =
    definitions:
    let
      priority =
        definition:
        if kindOf definition.value == "override" then
          definition.value.priority
        else
          defaultOverridePriority;
      highestPrio = foldl' (
        least: definition: lib.min least (priority definition)
      ) 9999 definitions;
    in
    {
      inherit highestPrio;
      values = map (
        definition:
        if kindOf definition.value == "override" then
          definition // { value = definition.value.content; }
        else
          definition
      ) (filter (definition: priority definition == highestPrio) definitions);
    };
  sortProperties =
    definitions:
    sort
      (
        first: second:
        first.priority or defaultOrderPriority < second.priority or defaultOrderPriority
      )
      (
        map (
          definition:
          if kindOf definition.value == "order" then
            definition
            // {
              value = definition.value.content;
              inherit (definition.value) priority;
            }
          else
            definition
        ) definitions
      );

  # --- one option

  mergeDefinitions =
    path: type: definitions:
    let
      discharged = concatMap (
        definition:
        map
          (value: {
            inherit (definition) file;
            inherit value;
          })
          (
            addErrorContext "while evaluating definitions from `${definition.file}':" (
              dischargeProperties definition.value
            )
          )
      ) definitions;
      overridden = overriding discharged;
      wrong = filter (definition: !type.check definition.value) final;
      final =
        if any (definition: kindOf definition.value == "order") overridden.values then
          map (definition: removeAttrs definition [ "priority" ]) (sortProperties overridden.values)
        else
          overridden.values;
    in
    rec {
      inherit (overridden) highestPrio;
      defsFinal = final;
      isDefined = final != [ ];
      optionalValue = optionalAttrs isDefined { value = mergedValue; };
      mergedValue =
        if !isDefined then
          type.emptyValue.value
            or (throw "${the path} was accessed but has no value defined. Try setting the option.")
        else if wrong != [ ] then
          throw (
            "A definition for option `${showOption path}' is not of type `${type.description}'."
            + " Definition values:${showDefs wrong}"
          )
        else
          type.merge path final;
    };

  evalOptionValue =
    path: option: definitions:
    let
      all =
        lib.optional (option ? default) {
          file = head option.declarations;
          value = mkOptionDefault option.default;
        }
        ++ definitions;
      merged =
        if option.readOnly or false && length all > 1 then
          throw (
            "${the path} is read-only, but it's set multiple times. Definition values:"
            + showDefs (
              map (
                definition:
                definition
                // {
                  value = (mergeDefinitions path option.type [ definition ]).mergedValue;
                }
              ) all
            )
          )
        else
          mergeDefinitions path option.type all;
    in
    option
    // {
      value = addErrorContext "while evaluating the option `${showOption path}':" (
        (option.apply or lib.id) merged.mergedValue
      );
      inherit (merged) isDefined highestPrio;
      definitions = map (definition: definition.value) merged.defsFinal;
      files = map (definition: definition.file) merged.defsFinal;
      definitionsWithLocations = merged.defsFinal;
      __toString = _: showOption path;
    };

  # Several declarations of one option: each attribute in one of them only, types that go together.
  mergeOptionDecls =
    path:
    foldl'
      (
        result: declaration:
        let
          new = declaration.options;
          both = name: new ? ${name} && result ? ${name};
          type = result.type.typeMerge new.type.functor;
          subModules = new.type.getSubModules or null;
        in
        if
          both "default"
          || both "example"
          || both "description"
          || both "apply"
          || (both "type" && type == null)
        then
          throw (
            "${the path} in `${declaration._file}' is already declared in "
            + "${showFiles result.declarations}."
          )
        else
          new
          // result
          // {
            declarations = result.declarations ++ [ declaration._file ];
            options =
              lib.optionals (subModules != null) (
                map (setDefaultModuleLocation declaration._file) subModules
              )
              ++ result.options;
          }
          // optionalAttrs (both "type") { inherit type; }
      )
      {
        loc = path;
        declarations = [ ];
        options = [ ];
      };
  # Submodules know where they were declared.
  fixupOptionType =
    _: option:
    if option.type.getSubModules or null == null then
      option // { type = option.type or types.unspecified; }
    else
      option
      // {
        type = option.type.substSubModules option.options;
        options = [ ];
      };

  # --- all options

  # Takes what modules declare and define below a place; gives `matchedOptions`, the tree of options
  # with their values, and `unmatchedDefns`, what was defined and not declared.
  mergeModules =
    prefix: modules:
    mergeTree prefix
      (map (module: {
        inherit (module) _file options;
      }) modules)
      (
        concatMap (
          module:
          map (config: {
            file = module._file;
            inherit config;
          }) (pushDownProperties module.config)
        ) modules
      );

  mergeTree =
    prefix: declarations: definitions:
    let
      here = lib.concatStringsSep "." prefix;
      declared = zipAttrs (
        map (
          declaration:
          if isAttrs declaration.options then
            mapAttrs (_: options: {
              inherit (declaration) _file;
              inherit options;
            }) declaration.options
          else
            throw ''
              An option declaration for `${here}' has type
              `${builtins.typeOf declaration.options}' rather than an attribute set.
              Did you mean to define this outside of `options'?
            ''
        ) declarations
      );
      defined = zipAttrs (
        map (
          definition:
          if isAttrs definition.config then
            mapAttrs (_: value: {
              inherit (definition) file;
              inherit value;
            }) definition.config
          else
            throw ''
              In module `${definition.file}', you're trying to define a value of type `${
                builtins.typeOf definition.config
              }'
              rather than an attribute set for the option
              `${here}'!

              This usually happens if `${here}' has option
              definitions inside that are not matched. Please check how to properly define
              this option by e.g. referring to `man 5 configuration.nix'!
            ''
        ) definitions
      );
      results = mapAttrs (
        name: several: mergeName (prefix ++ [ name ]) several (defined.${name} or [ ])
      ) declared;
      unmatched =
        mapAttrs (_: result: result.unmatchedDefns) results
        // removeAttrs defined (attrNames results);
    in
    {
      matchedOptions = mapAttrs (_: result: result.matchedOptions) results;
      unmatchedDefns = concatLists (
        lib.mapAttrsToList (
          name: map (definition: definition // { prefix = [ name ] ++ definition.prefix or [ ]; })
        ) unmatched
      );
    };

  # An option, or a set of such.
  mergeName =
    path: declarations: definitions:
    let
      options = filter (
        declaration:
        declaration.options ? _type
        && (
          isOption declaration.options
          || throw (
            "In module ${declaration._file}: expected an option declaration at option path "
            + "`${showOption path}` but got an attribute set with type ${declaration.options._type}"
          )
        )
      ) declarations;
      trees = filter (declaration: !isOption declaration.options) declarations;
      asOption =
        declaration:
        if isOption declaration.options then
          declaration
        else
          declaration
          // {
            options = mkOption {
              type = types.submoduleWith {
                modules = [ { inherit (declaration) options; } ];
                # whatever the others say
                shorthandOnlyDefinesConfig = null;
              };
            };
          };
      evaluated = several: {
        matchedOptions =
          evalOptionValue path (fixupOptionType path (mergeOptionDecls path several))
            definitions;
        unmatchedDefns = [ ];
      };
      first = head options;
    in
    if trees == [ ] then
      evaluated declarations
    else if options == [ ] then
      mergeTree path declarations (
        concatMap (
          definition:
          map (config: {
            inherit (definition) file;
            inherit config;
          }) (pushDownProperties definition.value)
        ) definitions
      )
    else if all (option: option.options.type.name or null == "submodule") options then
      evaluated (map asOption declarations)
    else
      throw (
        "${the path} in module `${first._file}' would be a parent of the following options, but "
        + "its type `${first.options.type.description or "<no description>"}' does not support "
        + "nested options.\n"
        + lib.concatStringsSep "\n" (
          sort (one: other: one < other) (
            concatMap (
              tree:
              map (
                name:
                " - option(s) with prefix `${showOption (path ++ [ name ])}' in module "
                + "`${tree._file}'"
              ) (attrNames tree.options)
            ) trees
          )
        )
      );

  # --- modules

  setDefaultModuleLocation = file: module: {
    _file = file;
    imports = [ module ];
  };
  importApply = file: argument: setDefaultModuleLocation file (import file argument);

  # A module with all its parts; one without `config` and `options` is its configuration.
  unifyModuleSyntax =
    file: key: module:
    let
      parts = [
        "_class"
        "_file"
        "key"
        "disabledModules"
        "imports"
        "freeformType"
      ];
      full = module ? config || module ? options;
      unsupported = removeAttrs module (
        parts
        ++ [
          "options"
          "config"
          "meta"
        ]
      );
      config =
        if full then
          mkMerge (
            [ (module.config or { }) ] ++ lib.optional (module ? meta) { inherit (module) meta; }
          )
        else
          removeAttrs module (parts ++ [ "require" ]);
    in
    if !isAttrs module then
      throw "module ${file} (${key}) does not look like a module."
    else if full && unsupported != { } then
      throw (
        "Module `${key}' has an unsupported attribute `${head (attrNames unsupported)}'. This is "
        + "caused by introducing a top-level `config' or `options' attribute. Add configuration "
        + "attributes immediately on the top level instead, or move all of them (namely: "
        + "${toString (attrNames unsupported)}) into the explicit `config' attribute."
      )
    else
      {
        _file = toString module._file or file;
        _class = module._class or null;
        key = toString module.key or key;
        disabledModules = module.disabledModules or [ ];
        imports = module.require or [ ] ++ module.imports or [ ];
        options = if full then module.options or { } else { };
        config =
          if module ? freeformType then
            mkMerge [
              config
              { _module.freeformType = module.freeformType; }
            ]
          else
            config;
      };

  # Arguments that are not given come from `_module.args`: named one by one, so that nothing of the
  # configuration is looked at before the module is there.
  applyModuleArgs =
    key: function: args:
    function (
      args
      // mapAttrs (
        name: _:
        addErrorContext "while evaluating the module argument `${name}' in \"${key}\":" (
          args.${name} or args.config._module.args.${name}
        )
      ) (lib.functionArgs function)
    );

  # All modules, with those that they import; each once, without those that are disabled.
  collectModules =
    {
      modules,
      class,
      args,
    }:
    let
      load =
        file: key: module:
        if isFunction module then
          unifyModuleSyntax file key (applyModuleArgs key module args)
        else if isAttrs module then
          if
            elem (kindOf module) [
              "if"
              "override"
            ]
          then
            load file key { config = module; }
          else if kindOf module == "" then
            unifyModuleSyntax file key module
          else
            throw (
              "Expected a module, but found a value of type ${builtins.toJSON module._type}, while "
              + "trying to import a module into ${file}"
            )
        else if isList module then
          throw (
            "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? "
            + "Definitions: "
            + showDefs [
              {
                inherit file;
                value = module;
              }
            ]
          )
        else
          load (toString module) (toString module) (
            let
              value = import module;
            in
            if isFunction value then applyModuleArgs (toString module) value args else value
          );
      checked =
        module:
        if class == null || module._class == null || module._class == class then
          module
        else
          throw (
            "The module `${module._file}` (class: ${builtins.toJSON module._class}) cannot be "
            + "imported into a module evaluation that expects class ${builtins.toJSON class}."
          );
      structured =
        file: key:
        lib.imap1 (
          index: value:
          let
            module = checked (load file "${key}:anon-${toString index}" value);
          in
          {
            inherit (module) key;
            inherit module;
            modules = structured module._file module.key module.imports;
          }
        );
      tree = structured unknownModule "" modules;
      disabledIn =
        item:
        map (
          disabled:
          if isAttrs disabled then disabled.key or (toString disabled) else toString disabled
        ) item.module.disabledModules
        ++ concatMap disabledIn item.modules;
      disabled = concatMap disabledIn tree;
      enabled = filter (item: !elem item.key disabled);
    in
    map (item: item.module) (
      builtins.genericClosure {
        startSet = enabled tree;
        operator = item: enabled item.modules;
      }
    );

  # What every evaluation has besides its modules.
  internalModule =
    {
      prefix,
      specialArgs,
      extendModules,
      moduleType,
    }:
    {
      _file = "lib/modules.nix";
      key = "lib/modules.nix";
      options._module = {
        args = mkOption (
          { type = types.lazyAttrsOf types.raw; }
          // optionalAttrs (prefix != [ ]) { internal = true; }
        );
        check = mkOption {
          type = types.bool;
          internal = true;
          default = true;
        };
        freeformType = mkOption {
          type = types.nullOr types.optionType;
          internal = true;
          default = null;
        };
        specialArgs = mkOption {
          readOnly = true;
          internal = true;
        };
      };
      config._module = {
        args = {
          inherit extendModules moduleType;
        };
        inherit specialArgs;
      };
    };

  evalModules =
    {
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
    }@given:
    let
      merged = mergeModules prefix (
        lib.reverseList (collectModules {
          inherit class;
          modules = modules ++ [
            (internalModule {
              inherit prefix specialArgs extendModules;
              moduleType = type;
            })
          ];
          args = {
            inherit lib options specialArgs;
            inherit config;
            _class = class;
            _prefix = prefix;
          }
          // specialArgs;
        })
      );
      options = merged.matchedOptions;
      unmatched = merged.unmatchedDefns;

      declared = lib.mapAttrsRecursiveCond (value: !isOption value) (
        _: option: option.value
      ) options;
      inherit (declared._module) freeformType;
      config =
        if freeformType == null then
          declared
        else
          lib.recursiveUpdate (optionalAttrs (unmatched != [ ]) (
            freeformType.merge prefix (
              map (definition: {
                inherit (definition) file;
                value = lib.setAttrByPath definition.prefix definition.value;
              }) unmatched
            )
          )) declared;

      checked =
        if config._module.check && freeformType == null && unmatched != [ ] then
          throw (unknownOption prefix options (head unmatched))
        else
          lib.id;
      extendModules =
        more@{
          modules ? [ ],
          specialArgs ? { },
          prefix ? [ ],
        }:
        evalModules (
          given
          // {
            modules = given.modules ++ modules;
            specialArgs = given.specialArgs or { } // specialArgs;
            prefix = more.prefix or given.prefix or [ ];
          }
        );
      type = types.submoduleWith { inherit modules specialArgs class; };
    in
    {
      _type = "configuration";
      options = checked options;
      config = checked (removeAttrs config [ "_module" ]);
      _module = checked config._module;
      inherit extendModules type class;
    };

  unknownOption =
    prefix: options: definition:
    let
      message =
        "${the (prefix ++ definition.prefix)} does not exist. Definition values:"
        + showDefs [ definition ];
    in
    if attrNames options != [ "_module" ] then
      message
    else if prefix == [ ] then
      message
      + "\n\nIt seems as if you're trying to declare an option by placing it into `config' rather "
      + "than `options'!\n"
    else
      message
      + "\n\nHowever there are no options defined in `${showOption prefix}'. Are you sure you've\n"
      + "declared your options properly? This can happen if you e.g. declared your options in "
      + "`types.submodule'\nunder `config' rather than `options'.\n";

  # --- options that have another name now

  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    mkIf option.isDefined (
      wrap (mkMerge (map (mkOverride option.highestPrio) option.definitions))
    );
  mkDerivedConfig = option: function: mkOverride option.highestPrio (function option.value);
  mkAliasOptionModule =
    from: to:
    { config, options, ... }:
    {
      options = lib.setAttrByPath from (mkOption {
        description = "Alias of {option}`${showOption to}`.";
        apply = _: lib.getAttrFromPath to config;
        type = (lib.getAttrFromPath to options).type;
      });
      config = mkAliasAndWrapDefsWithPriority (lib.setAttrByPath to) (
        lib.getAttrFromPath from options
      );
    };
}
