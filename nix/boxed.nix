# Whole package sets in boxes: which packages are put into one, and which policy each of them gets.
{
  # nixpkgs' library
  lib,
  # the standard environment that launchers are made with
  stdenvNoCC,
  # what this belongs to
  closureboxLib,
  # the set of packages that companions are of
  pkgs,
  ...
}:
let
  unwrappable = import ./unwrappable.nix;
  policies = builtins.readDir ./policies;

  # Other packages of a program that has a policy, and programs that need the same.
  samePolicy = {
    atril = "evince";
    brave = "chromium";
    clang-wrapper = "gcc-wrapper";
    discord-canary = "discord";
    discord-development = "discord";
    discord-ptb = "discord";
    ffmpeg-full = "ffmpeg";
    ffmpeg-headless = "ffmpeg";
    firefox-beta = "firefox";
    firefox-bin = "firefox";
    firefox-devedition = "firefox";
    firefox-esr = "firefox";
    firefox-nightly = "firefox";
    floorp = "firefox";
    gimp-with-plugins = "gimp";
    git-minimal = "git";
    git-with-svn = "git";
    google-chrome = "chromium";
    inkscape-with-extensions = "inkscape";
    librewolf = "firefox";
    mpv = "mpv-with-scripts";
    nodejs-slim = "nodejs";
    papers = "evince";
    python3-minimal = "python3";
    signal-desktop-bin = "signal-desktop";
    thunderbird-bin = "thunderbird";
    thunderbird-esr = "thunderbird";
    ungoogled-chromium = "chromium";
    vivaldi = "chromium";
    wget2 = "wget";
    yt-dlp = "wget";
    zathura = "zathura-with-plugins";
  };

  # What programs start by its bare name and users have beside them, by attribute in the set of
  # packages: a remote repository is reached by ssh, and a history is read in a pager.
  companions = {
    git = [
      "openssh"
      "less"
    ];
  };

  # Directories of their programs. A set need not have them, or not for this system.
  companionsOf =
    file:
    builtins.concatLists (
      map (
        name:
        let
          package = pkgs.${name};
          directory = builtins.tryEval "${package.bin or package}/bin";
        in
        if pkgs ? ${name} && directory.success then [ directory.value ] else [ ]
      ) companions.${builtins.replaceStrings [ ".json" ] [ "" ] file} or [ ]
    );

  # What a value says it is. A package may be called `type` and throw: that is no harm to the set
  # that it is in.
  saysOf =
    value: attribute:
    let
      word = builtins.tryEval (value.${attribute} or null);
    in
    if word.success then word.value else null;
  isDerivation = value: saysOf value "type" == "derivation";

  # What `wrap` makes, and what the hook is in, put there by `inPlace` or by hand: its inputs it has
  # either way.
  isBoxed =
    package:
    package ? unwrapped && package ? launcher && package ? policy
    || package ? closureboxInputs && toString (package.dontClosurebox or "") == "";

  # What is only a store path has neither.
  platformOf = package: package.stdenv.hostPlatform.system or package.system or platform;
  platform = stdenvNoCC.hostPlatform.system or stdenvNoCC.system;

  # By output, whether Nix may look for references in it (with structured attributes).
  hidesReferences =
    package:
    let
      hidden = package.unsafeDiscardReferences or { };
    in
    builtins.isAttrs hidden && builtins.any (output: hidden.${output}) (builtins.attrNames hidden);

  # Who takes one output of a package, as nixpkgs' `dnsutils` is one of `bind`: what programs are
  # not in, and what they are in.
  isOutput = package: package.outputSpecified or false && !isProgramOutput package.outputName;
  isProgramOutput = output: output == "out" || output == "bin";
  isPartOf =
    output:
    builtins.elem output [
      "debug"
      "dev"
      "devdoc"
      "devman"
      "doc"
      "info"
      "lib"
      "man"
      "static"
    ];

  # Why a package stays as it is: what the words "this package" go before; null for one that is put
  # into a box. Asks for nothing that would need the package's place in the store.
  whyUnwrappable =
    package:
    let
      name = lib.getName package;
    in
    if unwrappable ? ${name} then
      unwrappable.${name}
    else if isBoxed package then
      "is in a box already"
    else if (package.outputHash or null) != null then
      "is fetched as it is, and nothing that refers to the store may be in it"
    else if platformOf package != platform then
      "is for ${platformOf package}, and launchers are for ${platform}"
    else if package ? modDirVersion then
      "is a kernel"
    else if builtins.match "stdenv(-.*)?" name != null then
      "is a standard environment"
    else if builtins.match ".*-hook([.]sh)?" name != null then
      "is read by builds and starts nothing"
    else if builtins.match ".*-firmware(-.*)?|firmware-.*" name != null then
      "is for devices and starts nothing"
    else if isOutput package && isPartOf package.outputName then
      "is the output '${package.outputName}' of a package, which has no programs to start"
    else if hidesReferences package then
      "hides from Nix what it refers to, so its closure is not known"
    else
      null;

  # What programs from Nix look for outside of their closure, where variables of the host say it is.
  # A single file is bound, wherever it is: to find its closure at launch would cost more, and bring
  # no more. desktop-offline has the locales at the same place.
  surroundings = closureboxLib.checkedPolicy {
    filesystem = [
      {
        bind = "$LOCALE_ARCHIVE";
        to = "/run/closurebox/locale-archive";
        optional = true;
      }
      {
        bind = "\${SSL_CERT_FILE:-\${NIX_SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}";
        to = "/etc/ssl/certs/ca-certificates.crt";
        optional = true;
      }
    ];
    environment = {
      set.LOCALE_ARCHIVE = "/run/closurebox/locale-archive";
      unset = [
        "NIX_SSL_CERT_FILE"
        "SSL_CERT_FILE"
      ];
    };
  };

  desktop = closureboxLib.checkedPolicy (import ./desktop.nix);
  hasWindows =
    file:
    builtins.elem "desktop-offline" (builtins.fromJSON (builtins.readFile file)).extends or [ ];

  # The one that was written for it, else what the package itself tells. A home is kept by the box's
  # name, which a store path says less clearly than a package.
  policyFor =
    package:
    let
      name = lib.getName package;
      file = "${samePolicy.${name} or name}.json";
      written = if policies ? "${name}.json" then "${name}.json" else file;
      directories = companionsOf written;
      path = ./policies + "/${written}";
    in
    if policies ? ${written} then
      [ surroundings ]
      ++ (if hasWindows path then [ desktop ] else [ ])
      ++ [
        path
        { inherit name; }
      ]
      ++ (if directories == [ ] then [ ] else [ { environment.prefix.PATH = directories; } ])
    else
      closureboxLib.defaultPolicyFor package;

  # A package in its box, made with these arguments of `wrap` beside the package; what they do not
  # say is as `box` has it.
  boxWith =
    arguments: package:
    let
      wrap =
        package:
        closureboxLib.wrap (
          {
            policy = policyFor package;
            # Libraries, fonts and the like: links to all they have.
            requirePrograms = false;
          }
          // arguments
          // {
            inherit package;
          }
        );
      output = package.outputName;
      boxed = wrap (package // { outputs = [ output ]; });
    in
    if isOutput package then boxed // { ${output} = boxed.out; } else wrap package;

  # A package in a box, a set with its packages in boxes; everything else as it is.
  box =
    value:
    if !builtins.isAttrs value then
      value
    else if isDerivation value then
      if whyUnwrappable value == null then boxWith { } value else value
    # Functions with attributes; and what says that it is no set of packages, as options do.
    else if value ? __functor || value ? _type && saysOf value "_type" != "pkgs" then
      value
    else
      boxed value;

  # A set with the same names; only what is asked for is evaluated.
  boxed = builtins.mapAttrs (
    name: value: if name == "boxed" || name == "closurebox" then value else box value
  );
in
{
  inherit
    boxed
    box
    boxWith
    isBoxed
    policyFor
    whyUnwrappable
    ;
}
