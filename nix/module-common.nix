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

  # By `wrap`, or by the hook.
  isBoxed =
    package:
    package ? unwrapped && package ? launcher && package ? policy || package ? closureboxInputs;

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
      isOutput = package.outputSpecified or false;
      # Such as `bind.dnsutils`: programs of their own, which neither of the usual outputs has.
      isOwn = isOutput && package.outputName != "out" && package.outputName != "bin";
      wrapped = library.wrap {
        package = if isOwn then package // { outputs = [ package.outputName ]; } else package;
        policy = cfg.policies.${getName package};
        requirePrograms = false;
      };
      boxed =
        if !(cfg.policies ? ${getName package}) then
          library.box package
        else if isOwn then
          wrapped // { ${package.outputName} = wrapped.out; }
        else
          wrapped;
    in
    # Who asks for an output gets that output.
    if isOutput then boxed.${package.outputName} else boxed;

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
  packages = map (package: if isBoxed package then package else box package) cfg.packages;

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
            (pkgs.closurebox.lib.policyFor pkgs.curl)
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
      ofPolicy =
        name:
        let
          reason = whyNot installedByName.${name};
        in
        if !(installedByName ? ${name}) then
          [ (missing "programs.closurebox.policies" name) ]
        else
          optional (!(boxedByName ? ${name})) (
            "programs.closurebox.policies: '${name}' is in no box: "
            + (if reason == null then "${wrapOption} is not set" else "it ${reason}")
          );
    in
    concatMap ofExcludedName (attrNames excludedNames)
    ++ concatMap ofExcludedPackage excluded.wrong
    ++ concatMap ofPolicy (attrNames cfg.policies);
}
