# What overlay.sh evaluates and builds: the package set with the overlay and without.
{
  # "set", or "nixpkgs" where there is one
  world ? "set",
  store ? null,
  # the store path of closurebox: built once, then used for all
  built ? null,
  # how many packages `generated` has
  generated ? 100,
}:
let
  set =
    overlays:
    import (if world == "nixpkgs" then ./set/nixpkgs.nix else ./set) {
      inherit
        store
        built
        generated
        ;
      overlays = [ cases ] ++ overlays;
    };
  plain = set [ ];
  pkgs = set [ (import ../../nix/overlay.nix) ];
  inherit (pkgs) boxed lib specimens;
  inherit (pkgs.closurebox.lib)
    box
    boxWith
    inPlace
    policyFor
    policyLines
    policyMistakes
    whyUnwrappable
    wrap
    ;

  # A set with something of what git has beside it, and something that is not to be had.
  accompanied = set [
    (import ../../nix/overlay.nix)
    (final: _: {
      openssh = final.writeShellScriptBin "ssh" ''
        echo "ssh: $*" >&2
      '';
      less = final.specimens.broken;
    })
  ];

  # What sets of packages have in them besides packages.
  cases = final: _: {
    cases = {
      recurseForDerivations = true;
      # An attribute that is called as what says that a set is a package, and throws.
      type = throw "cases.type was removed";
      _type = "pkgs";
      inherit (final) hello;
      functor = {
        __functor = _: argument: argument;
        inherit (final) hello;
      };
      option = {
        _type = "option";
        inherit (final) hello;
      };
      # One output of a package that has its programs in several.
      tools =
        (final.stdenvNoCC.mkDerivation {
          pname = "many";
          version = "1";
          outputs = [
            "out"
            "tools"
          ];
          buildCommand = ''
            mkdir -p "$out/bin" "$tools/bin"
            for program in "$out/bin/server" "$tools/bin/client"; do
              printf '#!%s\necho "$0"\n' ${final.runtimeShell} >"$program"
              chmod +x "$program"
            done
          '';
        }).tools;
    };
  };

  drvPathOf =
    package:
    let
      path = builtins.tryEval package.drvPath;
    in
    if path.success then path.value else "throws";

  # All packages of a set as `nix-env` finds them, in nested sets too, by attribute path; for what
  # throws it says so.
  everything =
    prefix: value:
    let
      evaluated = builtins.tryEval value;
      item = evaluated.value;
      path = lib.concatStringsSep "." prefix;
      recurse = prefix == [ ] || item.recurseForDerivations or false;
    in
    if !evaluated.success then
      { ${path} = "throws"; }
    # `cases` has a `type` that throws.
    else if (builtins.tryEval (lib.isDerivation item)).value then
      { ${path} = drvPathOf item; }
    else if builtins.isAttrs item && recurse then
      lib.foldl' (all: name: all // everything (prefix ++ [ name ]) item.${name}) { } (
        builtins.filter (name: prefix != [ ] || isCompared name) (builtins.attrNames item)
      )
    else
      { };
  isCompared =
    name: if world == "set" then !(builtins.elem name added) else builtins.elem name sample;
  added = [
    "boxed"
    "closurebox"
  ];
  # Of the real nixpkgs, which has no end.
  sample = [
    "cases"
    "firefox"
    "gcc"
    "generated"
    "git"
    "hello"
    "jq"
    "libreoffice"
    "python3"
    "specimens"
    "stdenv"
  ];
  before = everything [ ] plain;
  paths = builtins.attrNames before;
  differences = other: builtins.filter (path: before.${path} != other.${path} or "") paths;

  # What the attributes of a set are, those that throw too.
  kinds = builtins.mapAttrs (
    _: value:
    let
      kind = builtins.tryEval (builtins.typeOf value);
    in
    if kind.success then kind.value else "throws"
  );
  sameShape = set: boxed: kinds set == kinds boxed;

  pythonPackage = if world == "set" then "calculator" else "requests";
  policyNames = builtins.attrNames (builtins.readDir ../../nix/policies);

  elsewhere = system: package: package // { stdenv.hostPlatform = { inherit system; }; };
  isBoxed = package: package ? launcher;
in
{
  inherit pkgs boxed plain;

  # The overlay and the set.
  names = {
    added = builtins.filter (name: !(plain ? ${name})) (builtins.attrNames pkgs);
    lost = builtins.filter (name: !(pkgs ? ${name})) (builtins.attrNames plain);
  };
  drvPaths = {
    compared = builtins.length paths;
    thrown = builtins.length (builtins.filter (path: before.${path} == "throws") paths);
    # Some that must be among them.
    nested = map (path: before ? ${path}) (
      [
        "generated.package7"
        "specimens.nested.inner.hello"
      ]
      ++ lib.optional (world == "set") "python3Packages.calculator"
    );
    changed = differences (everything [ ] pkgs);
    # An overlay that puts one package of the set itself into a box.
    control = differences (
      everything [ ] (set [
        (import ../../nix/overlay.nix)
        (final: prev: { hello = final.closurebox.lib.wrap prev.hello { }; })
      ])
    );
  };

  shape = {
    top = builtins.attrNames boxed == builtins.attrNames pkgs;
    specimens = sameShape specimens boxed.specimens;
    nested = sameShape specimens.nested boxed.specimens.nested;
    inner = sameShape specimens.nested.inner boxed.specimens.nested.inner;
    generated = sameShape pkgs.generated boxed.generated;
    python = builtins.attrNames pkgs.python3Packages == builtins.attrNames boxed.python3Packages;
    recurse = boxed.specimens.recurseForDerivations;
    function = boxed.specimens.nested.function 3;
    inherit (boxed.specimens.nested) number nothing;
    path = boxed.specimens.nested.path == specimens.nested.path;
    text = boxed.specimens.nested.inner.text;
    list = map isBoxed boxed.specimens.nested.inner.list;
    itself = boxed.boxed.hello.drvPath == boxed.hello.drvPath;
    closurebox = boxed.closurebox.drvPath == pkgs.closurebox.drvPath;
    # The functions of the library are the same ones.
    lib = boxed.lib.concatStringsSep "-" [
      "a"
      "b"
    ];
    caseNames = builtins.attrNames boxed.cases;
    hello = isBoxed boxed.cases.hello && boxed.cases.hello.drvPath == boxed.hello.drvPath;
    functor = boxed.cases.functor "called" == "called" && !isBoxed boxed.cases.functor.hello;
    option = !isBoxed boxed.cases.option.hello;
    boxed = map isBoxed [
      boxed.hello
      boxed.python3Packages.${pythonPackage}
      boxed.specimens.nested.inner.hello
      boxed.specimens.broken
    ];
    # Without the overlay, of any set.
    withoutOverlay =
      (pkgs.closurebox.lib.boxed { set = { inherit (pkgs) hello; }; }).set.hello.drvPath
      == boxed.hello.drvPath;
  };

  # What `box` makes, with other arguments of `wrap`.
  withArguments =
    let
      renamed.rename.hello = "hello-boxed";
      same = one: other: one.drvPath == other.drvPath;
    in
    {
      nothing = same (boxWith { } pkgs.hello) boxed.hello;
      rename = same (boxWith renamed pkgs.hello) (
        wrap (
          renamed
          // {
            package = pkgs.hello;
            policy = policyFor pkgs.hello;
            requirePrograms = false;
          }
        )
      );
      policy = (boxWith { policy.network = "host"; } pkgs.hello).policy;
      output = same (boxWith { } pkgs.cases.tools) boxed.cases.tools;
    };

  # What cannot be evaluated does no harm before it is asked for, and tells its name and meta data.
  lazy = {
    names = builtins.length (builtins.attrNames boxed.specimens) > 10;
    throwing = (builtins.tryEval boxed.specimens.throwing).success;
    caught = map (name: (builtins.tryEval boxed.specimens.${name}.drvPath).success) [
      "broken"
      "unfree"
      "unsupported"
      "hundred"
    ];
    evaluated = map (name: (builtins.tryEval boxed.specimens.${name}).success) [
      "broken"
      "unfree"
      "unsupported"
      "throwing"
    ];
    broken = boxed.specimens.broken.meta.broken;
    unfree = boxed.specimens.unfree.name;
    # No name is asked for what it has.
    untouched =
      (builtins.mapAttrs (_: _: true) (
        pkgs.closurebox.lib.boxed {
          one = abort "evaluated";
          two.three = abort "evaluated";
        }
      )).two;
    beside =
      (pkgs.closurebox.lib.boxed {
        one = abort "evaluated";
        inherit (pkgs) hello;
      }).hello.name;
  };

  # What stays as it is, and why.
  reasons =
    let
      why = builtins.mapAttrs (_: whyUnwrappable);
    in
    why {
      inherit (pkgs)
        bash
        coreutils
        stdenv
        closurebox
        makeWrapper
        ;
      inherit (specimens) source;
      alreadyBoxed = boxed.hello;
      inPlace = pkgs.hello.overrideAttrs (inPlace { });
      notInPlace = (pkgs.hello.overrideAttrs (inPlace { })).overrideAttrs (_: {
        dontClosurebox = true;
      });
      byHand = pkgs.hello.overrideAttrs (_: {
        nativeBuildInputs = [ pkgs.closurebox.hook ];
        closureboxInputs = [ ];
      });
      # A switch in an environment variable is a text.
      notByHand = pkgs.hello.overrideAttrs (_: {
        closureboxInputs = [ ];
        dontClosurebox = "1";
      });
      otherSystem = elsewhere "aarch64-linux" pkgs.hello;
      kernel = pkgs.hello // {
        modDirVersion = "6.6.6";
      };
      firmware = pkgs.hello // {
        pname = "wifi-firmware";
      };
      hidden = pkgs.hello // {
        unsafeDiscardReferences.out = true;
      };
      shown = pkgs.hello // {
        unsafeDiscardReferences.out = false;
      };
      manual = specimens.manifold.man;
      # As NixOS' type of packages makes one of a text.
      path = {
        type = "derivation";
        name = "hello";
        outPath = "${pkgs.hello}";
      };
      inherit (pkgs) hello;
      inherit (specimens) broken data manifold;
      tools = pkgs.cases.tools;
    };
  unchanged = map (name: boxed.${name}.drvPath == pkgs.${name}.drvPath && !isBoxed boxed.${name}) [
    "bash"
    "coreutils"
    "stdenv"
  ];
  allReasons = import ../../nix/unwrappable.nix;

  # Policies by name of package: the files, and what each package gets.
  mistakes = lib.concatMap (
    file: policyMistakes (lib.importJSON (../../nix/policies + "/${file}"))
  ) policyNames;
  policiesFor =
    let
      filesFor =
        pname:
        let
          policies = policyFor (pkgs.hello // { inherit pname; });
        in
        map baseNameOf (builtins.filter builtins.isPath policies);
    in
    lib.genAttrs [
      "clang-wrapper"
      "firefox"
      "firefox-esr"
      "gcc-wrapper"
      "git"
      "git-minimal"
      "mpv"
      "mpv-with-scripts"
      "no-such-package"
    ] filesFor;
  # As the builders read them.
  policyLines = lib.genAttrs (map (lib.removeSuffix ".json") policyNames) (
    pname: policyLines (policyFor (pkgs.hello // { inherit pname; }))
  );

  # To run.
  programs = {
    inherit (boxed) jq python3;
    inherit (accompanied.boxed) git;
    inherit (boxed.python3Packages) calculator;
    inherit (boxed.specimens) data;
    inherit (boxed.cases) tools;
    cc = box pkgs.stdenv.cc;
    curl = box (import store { }).curl;
  };

  # What evaluation costs, by Nix's own counters.
  cost =
    let
      numbers = builtins.filter (lib.hasPrefix "package") (builtins.attrNames plain.generated);
      evaluate =
        set: builtins.foldl' (count: name: builtins.seq set.${name}.drvPath (count + 1)) 0 numbers;
    in
    {
      nothing = builtins.length numbers;
      plain = evaluate plain.generated;
      boxed = evaluate boxed.generated;
    };
}
