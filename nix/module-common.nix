# What the modules for NixOS and for home-manager share: their options, and what puts the packages
# of a list into boxes.
{
  config,
  lib,
  pkgs,
  # the option that says whether the lists of packages that the module knows are put into boxes
  wrapOption,
  # the same in words, for the manual
  wrapDescription,
  # all packages of these lists, as this module leaves them
  installed,
  # what else the manual says of runtimeClosures
  closuresDescription,
}:
let
  inherit (lib)
    any
    attrNames
    concatMap
    filter
    getName
    isDerivation
    isString
    listToAttrs
    literalExpression
    mkEnableOption
    mkOption
    nameValuePair
    optional
    optionals
    partition
    types
    ;

  cfg = config.programs.closurebox;
  inherit (library) isBoxed;
  library =
    (import ./closurebox.nix {
      inherit pkgs;
      inherit (cfg) package;
    }).lib;

  # Types may not depend on what the options are set to.
  inherit
    (import ./lib.nix {
      inherit lib;
      inherit (pkgs) stdenv;
      closurebox = throw "closurebox: no part of an option's type";
    })
    policyType
    ;

  # Packages are the same if they are outputs of one derivation; a path has none.
  derivationOf = package: package.drvPath or package.outPath;
  excluded = partition isString cfg.exclude;
  excludedNames = listToAttrs (map (name: nameValuePair name true) excluded.right);
  isExcluded =
    package:
    excludedNames ? ${getName package}
    || any (
      other: getName other == getName package && derivationOf other == derivationOf package
    ) excluded.wrong;

  # Of a text in a list the module system makes a package that nothing is known of but its path.
  isPath = package: !isDerivation package || !(package ? drvPath);

  # Why a package stays as it is: what the words "this package" go before; else null.
  whyNot =
    package:
    if isPath package then
      "is a path, of which it is not known what is there"
    else if isExcluded package then
      "is in programs.closurebox.exclude"
    else
      library.whyUnwrappable package;

  # The same for all lists, so that a package that is in several is one package in its box, too.
  box =
    package:
    let
      name = getName package;
      policy = cfg.policies.${name} or (library.policyFor package);
      boxed = library.boxWith (
        cfg.arguments.${name} or { }
        // {
          policy = if cfg.extraPolicy == { } then policy else [ policy cfg.extraPolicy ];
        }
      ) package;
    in
    # Who asks for an output gets that output.
    if package.outputSpecified or false then boxed.${package.outputName} else boxed;

  # In what is shown to the user.
  nameOf =
    package:
    if !isDerivation package then
      baseNameOf (builtins.unsafeDiscardStringContext "${package}")
    else if package.outputSpecified or false && package.outputName != "out" then
      "${getName package}.${package.outputName}"
    else
      getName package;

  byName =
    packages: listToAttrs (map (package: nameValuePair (getName package) package) packages);
  installedByName = byName (filter isDerivation installed);
  boxedByName = byName (filter isBoxed installed);

  # Arguments of `wrap`, with its own defaults.
  wrapOptions = {
    programs = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [
        "foo"
        "libexec/foo/helper"
      ];
      description = ''
        The programs to put into the box, by name or by path in the package. `null`: all of
        {file}`bin` and {file}`sbin`, and those elsewhere that the package's own desktop files,
        services and their like start.
      '';
    };
    extraRoots = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = literalExpression "[ pkgs.hunspellDicts.en_US ]";
      description = ''
        Packages and store paths that are in the box with their closures, beside the closure of the
        package itself.
      '';
    };
    rename = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        foo = "foo-boxed";
      };
      description = ''
        New names of programs, by the old name or by the path in the package.
      '';
    };
    allowUnwrapped = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "libexec/foo/setup" ];
      description = ''
        Files, by path in the package or by pattern, which may start its programs without a box.
      '';
    };
  };
in
{
  inherit cfg library;

  # For `apply`: it sees one list only, and of its packages little but their names. The place of one
  # in the store might depend on the list itself.
  wrapAll =
    packages:
    if cfg.enable && cfg.${wrapOption} then
      map (package: if whyNot package == null then box package else package) packages
    else
      packages;

  # Asked for by name, and so in a box whatever is excluded.
  packages = map (
    package: if library.whyUnwrappable package == null then box package else package
  ) cfg.packages;

  options = {
    enable = mkEnableOption (
      "closurebox, which puts programs into boxes that hold their closure and what a policy grants"
    );

    package = mkOption {
      type = types.package;
      default = pkgs.closurebox or (import ./closurebox.nix { inherit pkgs; });
      defaultText = literalExpression "pkgs.closurebox";
      description = ''
        The closurebox that makes the launchers.
      '';
    };

    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.firefox pkgs.vlc ]";
      description = ''
        Packages to install with each of their programs in a box. Their policies are those of
        {option}`programs.closurebox.policies`, else closurebox's own.
      '';
    };

    ${wrapOption} = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = wrapDescription;
    };

    exclude = mkOption {
      type = types.listOf (types.either types.str types.package);
      default = [ ];
      example = literalExpression ''[ "emacs" pkgs.gimp ]'';
      description = ''
        What {option}`programs.closurebox.${wrapOption}` leaves as it is: packages, or names of
        packages (`pname`), which mean a package in whatever version and variant.
      '';
    };

    policies = mkOption {
      type = types.attrsOf policyType;
      default = { };
      example = literalExpression ''
        {
          vlc = {
            extends = [ "desktop-offline" ];
            filesystem = [ { bind = "$XDG_VIDEOS_DIR"; } ];
          };
          jq = ./jq.json;
          # what closurebox has for it, and more
          curl = [
            (config.programs.closurebox.lib.policyFor pkgs.curl)
            { filesystem = [ { bind = "$HOME/.curlrc"; optional = true; } ]; }
          ];
        }
      '';
      description = ''
        Policies by the names of packages (`pname`), each in place of the one that closurebox has
        for that package: attribute sets in the language of {manpage}`closurebox-policy(5)`, whose
        mistakes are found when the configuration is evaluated; paths of JSON files; or lists of
        these, which are merged from left to right.
      '';
    };

    extraPolicy = mkOption {
      type = policyType;
      default = { };
      example = {
        environment.unset = [ "XDG_DATA_DIRS" ];
      };
      description = ''
        A policy that comes after that of each package which is put into a box, and so has the last
        word. The example is for who finds that programs with windows have too much, or start too
        slowly: they have what {env}`XDG_DATA_DIRS` names, on NixOS all packages that are installed.
      '';
    };

    arguments = mkOption {
      type = types.attrsOf (types.submodule { options = wrapOptions; });
      default = { };
      example = literalExpression ''
        {
          foo.allowUnwrapped = [ "libexec/foo/setup" ];
        }
      '';
      description = ''
        What else is said of how packages are put into boxes, by their names (`pname`): where the
        build of one fails, its message tells what is to be set here.
      '';
    };

    lib = mkOption {
      type = types.attrs;
      readOnly = true;
      default = library;
      defaultText = literalExpression "config.programs.closurebox.package.lib";
      description = ''
        The library of closurebox, as with the overlay `pkgs.closurebox.lib` is: `policyFor`,
        `when` and others, for the values of {option}`programs.closurebox.policies`.
      '';
    };

    runtimeClosures = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = literalExpression "[ pkgs.adwaita-icon-theme ]";
      description = ''
        Packages and store paths that programs find only when they are started. For each of them a
        file that lists its closure is put where launchers look for it first, so that they need not
        ask Nix. ${closuresDescription}
      '';
    };

    unwrapped = mkOption {
      type = types.attrsOf types.str;
      readOnly = true;
      default = listToAttrs (
        map (package: nameValuePair (nameOf package) (whyNot package)) (
          filter (package: !isBoxed package && whyNot package != null) (
            optionals (cfg.enable && cfg.${wrapOption}) installed
          )
        )
      );
      defaultText = literalExpression "the packages and the reasons";
      example = {
        bash = "starts whatever it is asked to, which then would be in its box";
      };
      description = ''
        The packages that {option}`programs.closurebox.${wrapOption}` leaves as they are, by name,
        and why it does. To be read, by {command}`nix repl` or {command}`nix eval`.
      '';
    };
  };

  assertions = map (package: {
    assertion = isBoxed package || library.whyUnwrappable package == null;
    message =
      "programs.closurebox.packages: '${getName package}' cannot be put into a box: it "
      + "${toString (library.whyUnwrappable package)}; install it as other packages are";
  }) cfg.packages;

  # What is said of a package that is not there is likely misspelt.
  warnings =
    let
      missing = option: name: "${option}: no package is called '${name}'; expected its pname";
      ofExcludedName =
        name:
        optional (!(installedByName ? ${name})) (missing "programs.closurebox.exclude" name);
      ofExcludedPackage =
        package:
        let
          name = getName package;
          isThere = other: isDerivation other && getName other == name && isExcluded other;
        in
        optional (!any isThere installed) (
          "programs.closurebox.exclude: this variant of '${name}' is not installed; "
          + "its name means all variants"
        );
      ofBoxed =
        option: name:
        let
          reason = whyNot installedByName.${name};
        in
        if !(installedByName ? ${name}) then
          [ (missing "programs.closurebox.${option}" name) ]
        else
          optional (!(boxedByName ? ${name})) (
            "programs.closurebox.${option}: '${name}' is in no box: "
            + (if reason == null then "${wrapOption} is not set" else "it ${reason}")
          );
    in
    concatMap ofExcludedName (attrNames excludedNames)
    ++ concatMap ofExcludedPackage excluded.wrong
    ++ concatMap (ofBoxed "policies") (attrNames cfg.policies)
    ++ concatMap (ofBoxed "arguments") (attrNames cfg.arguments);
}
