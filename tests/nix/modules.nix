# What modules.sh evaluates and builds: the modules in small systems and homes, whose options have
# the names and types that those of NixOS and of home-manager have.
{
  # "set", or "nixpkgs" where there is one
  world ? "set",
  store ? null,
  built ? null,
  pkgs ?
    let
      overlays = [ (import ../../nix/overlay.nix) ];
    in
    if world == "nixpkgs" then
      import ./set/nixpkgs.nix { inherit overlays; }
    else
      import ./set { inherit store built overlays; },
  # Whose module system it is.
  lib ? pkgs.lib,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    filter
    length
    map
    mapAttrs
    ;
  inherit (lib) isDerivation;
  inherit (pkgs) boxed specimens;
  library = pkgs.closurebox.lib;

  nixos = import ./set/nixos.nix { inherit lib pkgs; };

  homeManager = import ./set/home-manager.nix { inherit lib pkgs; };

  evaluate =
    modules:
    lib.evalModules {
      modules = modules ++ [ { _module.args = { inherit pkgs; }; } ];
      specialArgs.lib = lib // {
        hm.dag.entryAfter = after: data: { inherit after data; };
      };
    };
  evaluateSystem =
    configuration:
    evaluate [
      nixos
      ../../nix/module.nix
      configuration
    ];
  systemOf = configuration: (evaluateSystem configuration).config;
  evaluateHome =
    configuration:
    evaluate [
      homeManager
      ../../nix/home-manager.nix
      configuration
    ];
  homeOf = configuration: (evaluateHome configuration).config;

  isBoxed = package: package ? launcher;
  # In the order of the names: that of definitions is the module system's affair.
  show =
    packages:
    builtins.sort builtins.lessThan (
      map (package: if isBoxed package then "[${lib.getName package}]" else lib.getName package) (
        filter isDerivation packages
      )
    );
  listsOf = config: {
    system = config.environment.systemPackages;
    eve = config.users.users.eve.packages;
    mallory = config.users.users.mallory.packages;
    dbus = config.services.dbus.packages;
    systemd = config.systemd.packages;
  };

  changed = package: package.overrideAttrs (_: { version = "changed"; });
  # What the module system makes of a text.
  unknown = {
    type = "derivation";
    name = "unknown-1";
    outPath = "${pkgs.hello}";
    outputName = "out";
    outputs = [ "out" ];
    out = unknown;
  };
  # A package of which nobody may ask more than its name.
  untouchable = pkgs.hello // {
    pname = "untouchable";
    outPath = throw "somebody asked for the place of a package in the store";
    drvPath = throw "somebody asked for the derivation of a package";
    out = throw "somebody asked for an output of a package";
  };

  # Like nixpkgs' `bind`, of which `dnsutils` is an output: programs beside the usual outputs.
  tools = pkgs.runCommand "tools-1" {
    outputs = [
      "out"
      "utils"
    ];
  } ''
    mkdir -p "$out/bin" "$utils/bin"
    printf '#!%s\necho "tool: $BOX"\n' ${pkgs.runtimeShell} >"$out/bin/tool"
    printf '#!%s\necho "utility: $BOX"\n' ${pkgs.runtimeShell} >"$utils/bin/utility"
    chmod +x "$out/bin/tool" "$utils/bin/utility"
  '';

  installed = {
    environment.systemPackages = [
      pkgs.hello
      specimens.messenger
      pkgs.hello
      boxed.hello
      pkgs.bash
      pkgs.git
      specimens.hundred
      (changed specimens.hundred)
      specimens.manifold.man
      specimens.manifold.bin
    ];
    users.users.eve.packages = [
      pkgs.hello
      specimens.siblings
    ];
    users.users.mallory = { };
    services.dbus.packages = [
      specimens.messenger
      "${specimens.messenger}"
    ];
    systemd.packages = [ specimens.messenger ];
  };
  settings = {
    enable = true;
    wrapSystemPackages = true;
    exclude = [
      "git"
      specimens.hundred
    ];
  };
  desktop = systemOf {
    imports = [ installed ];
    programs.closurebox = settings;
  };
  # Those that are in the package set, too.
  inBoxes = filter (package: isBoxed package && package.version != "changed") (
    concatLists (attrValues (listsOf desktop))
  );

  ownPolicy.environment.set.BOX = "of its own";
  home = homeOf {
    home.packages = [
      pkgs.hello
      pkgs.jq
      pkgs.bash
    ];
    dbus.packages = [ specimens.messenger ];
    systemd.user.packages = [ specimens.messenger ];
    xdg.stateHome = "/home/eve/a state";
    programs.closurebox = {
      enable = true;
      wrapHomePackages = true;
      packages = [ specimens.siblings ];
      policies.jq = ownPolicy;
      runtimeClosures = [ pkgs.jq ];
    };
  };

  # All that names a store object: packages, outputs, paths in them, texts; one of them twice.
  closureRoots = [
    pkgs.hello
    "${pkgs.git}/bin/git"
    specimens.manifold.man
    (builtins.unsafeDiscardStringContext "${./modules.nix}")
    pkgs.hello
  ];

  # Each of them a fact and what it should be.
  facts = {
    lists = {
      got = mapAttrs (_: show) (listsOf desktop);
      want = {
        system = [
          "[hello]"
          "[hello]"
          "[hello]"
          "[hundred]"
          "[manifold]"
          "[messenger]"
          "bash"
          "closurebox"
          "git"
          "hundred"
          "manifold"
        ];
        eve = [
          "[hello]"
          "[siblings]"
        ];
        mallory = [ ];
        dbus = [
          "[messenger]"
          "bash"
          "system-path"
        ];
        systemd = [ "[messenger]" ];
      };
    };

    # One and the same package in a box, wherever it comes from; and no box in a box.
    same = {
      got = map (package: package.outPath) inBoxes;
      want = map (package: (boxed // boxed.specimens).${package.pname}.outPath) inBoxes;
    };
    number = {
      got = length inBoxes;
      want = 9;
    };

    # What was a path stays one.
    paths = {
      got = filter builtins.isString desktop.services.dbus.packages;
      want = [ "${specimens.messenger}" ];
    };

    # Who asks for an output gets that: programs in their boxes, anything else as it was.
    outputs = {
      got =
        map
          (package: {
            inherit (package) outPath;
            # Else an environment would install all that are usually installed.
            only = package.outputSpecified;
          })
          (
            filter (package: lib.getName package == "manifold") desktop.environment.systemPackages
          );
      want = [
        {
          inherit (specimens.manifold.man) outPath;
          only = true;
        }
        {
          inherit (boxed.specimens.manifold) outPath;
          only = true;
        }
      ];
    };

    unwrapped = {
      got = desktop.programs.closurebox.unwrapped;
      want = {
        ${baseNameOf (builtins.unsafeDiscardStringContext specimens.messenger.outPath)} =
          "is a path, of which it is not known what is there";
        bash = library.whyUnwrappable pkgs.bash;
        closurebox = library.whyUnwrappable pkgs.closurebox;
        git = "is in programs.closurebox.exclude";
        hundred = "is in programs.closurebox.exclude";
        "manifold.man" = library.whyUnwrappable specimens.manifold.man;
        system-path = library.whyUnwrappable desktop.system.path;
      };
    };
    reasons = {
      got = filter (reason: !builtins.isString reason || reason == "") (
        attrValues desktop.programs.closurebox.unwrapped
      );
      want = [ ];
    };

    # Without it nothing is other than without the module; and with it what is asked for by name.
    off = {
      got = (systemOf installed).system.path.drvPath;
      want =
        (evaluate [
          nixos
          installed
        ]).config.system.path.drvPath;
    };
    offUnwrapped = {
      got = (systemOf installed).programs.closurebox.unwrapped;
      want = { };
    };
    byName = {
      got =
        show
          (systemOf {
            environment.systemPackages = [ pkgs.git ];
            programs.closurebox = {
              enable = true;
              packages = [
                pkgs.hello
                boxed.hello
              ];
              exclude = [ "hello" ];
            };
          }).environment.systemPackages;
      want = [
        "[hello]"
        "[hello]"
        "closurebox"
        "git"
      ];
    };

    lazy = {
      got =
        let
          config = systemOf {
            environment.systemPackages = [
              untouchable
              unknown
              pkgs.hello
            ];
            programs.closurebox = {
              enable = true;
              wrapSystemPackages = true;
            };
          };
        in
        {
          names = show config.environment.systemPackages;
          inherit (config) warnings;
        };
      want = {
        names = [
          "[hello]"
          "[untouchable]"
          "closurebox"
          "unknown"
        ];
        warnings = [ ];
      };
    };

    # Lists may be made of each other, as long as no package is made of itself.
    interwoven = {
      got =
        let
          config = systemOf (
            { config, ... }:
            {
              imports = [ installed ];
              programs.closurebox = settings;
              users.users.mallory.packages = filter isDerivation config.services.dbus.packages;
              systemd.packages = [
                (pkgs.writeText "names" (toString (show config.environment.systemPackages)))
                (pkgs.writeText "places" (toString config.environment.systemPackages))
              ];
            }
          );
        in
        {
          systemd = show config.systemd.packages;
          mallory = show config.users.users.mallory.packages;
          known = builtins.all (package: lib.isString package.outPath) config.systemd.packages;
        };
      want = {
        systemd = [
          "[messenger]"
          "[names]"
          "[places]"
        ];
        mallory = [
          "[messenger]"
          "bash"
          "system-path"
        ];
        known = true;
      };
    };

    policies = {
      got =
        let
          config = systemOf {
            environment.systemPackages = [
              pkgs.hello
              pkgs.jq
            ];
            programs.closurebox = {
              enable = true;
              wrapSystemPackages = true;
              policies.jq = ownPolicy;
            };
          };
        in
        lib.listToAttrs (
          map (package: lib.nameValuePair package.pname package.policy) (
            filter isBoxed config.environment.systemPackages
          )
        );
      want = {
        hello = library.policyFor pkgs.hello;
        jq = ownPolicy;
      };
    };

    extraPolicy =
      let
        extraPolicy.environment.unset = [ "XDG_DATA_DIRS" ];
        config = homeOf {
          home.packages = [
            pkgs.hello
            pkgs.jq
          ];
          programs.closurebox = {
            enable = true;
            wrapHomePackages = true;
            policies.jq = ownPolicy;
            inherit extraPolicy;
          };
        };
      in
      {
        got = map (package: package.policy) (filter isBoxed config.home.packages);
        want = map (policy: [
          policy
          extraPolicy
        ]) [
          (library.policyFor pkgs.hello)
          ownPolicy
        ];
      };

    arguments =
      let
        arguments = {
          programs = [ "older" ];
          extraRoots = [ pkgs.jq ];
          rename.older = "eldest";
          allowUnwrapped = [ "bin/*" ];
        };
        config = systemOf {
          environment.systemPackages = [ specimens.siblings ];
          programs.closurebox = {
            enable = true;
            wrapSystemPackages = true;
            packages = [ pkgs.jq ];
            policies.siblings = ownPolicy;
            arguments = {
              siblings = arguments;
              jq.rename.jq = "jq-boxed";
            };
          };
        };
        placeOf =
          name:
          map (package: package.outPath) (
            filter (package: lib.getName package == name) config.environment.systemPackages
          );
      in
      {
        got = map placeOf [
          "siblings"
          "jq"
        ];
        want = [
          [ (library.boxWith (arguments // { policy = ownPolicy; }) specimens.siblings).outPath ]
          [ (library.boxWith { rename.jq = "jq-boxed"; } pkgs.jq).outPath ]
        ];
      };

    # By the hook, and where it is told to do nothing.
    hook =
      let
        inPlace = pkgs.hello.overrideAttrs (library.inPlace { });
        notInPlace = inPlace.overrideAttrs (_: { dontClosurebox = true; });
        byHand = pkgs.jq.overrideAttrs (_: { closureboxInputs = [ ]; });
        installed =
          packages:
          systemOf {
            environment.systemPackages = [ byHand ];
            programs.closurebox = {
              enable = true;
              wrapSystemPackages = true;
              inherit packages;
            };
          };
      in
      {
        got = map (packages: show (installed packages).environment.systemPackages) [
          [ inPlace ]
          [ notInPlace ]
        ];
        want = [
          [
            "closurebox"
            "hello"
            "jq"
          ]
          [
            "[hello]"
            "closurebox"
            "jq"
          ]
        ];
      };

    # Without the overlay, too, the library is there for policies.
    library = {
      got =
        (lib.evalModules {
          modules = [
            nixos
            ../../nix/module.nix
            (
              { config, ... }:
              {
                _module.args.pkgs = import ./set { inherit store built; };
                programs.closurebox = {
                  policies.hello = config.programs.closurebox.lib.policyFor pkgs.hello;
                };
              }
            )
          ];
        }).config.programs.closurebox.policies.hello;
      want = library.policyFor pkgs.hello;
    };

    # Where nothing is wrong, nothing is said.
    silent = {
      got = desktop.warnings;
      want = [ ];
    };
    warnings = {
      got =
        (systemOf {
          imports = [ installed ];
          programs.closurebox = settings // {
            exclude = [
              "git"
              "gti"
              (changed specimens.siblings)
            ];
            policies = {
              bash = { };
              git = { };
              hello = { };
              helo = { };
            };
            arguments = {
              git = { };
              hell = { };
            };
          };
        }).warnings;
      want = [
        "programs.closurebox.exclude: no package is called 'gti'; expected its pname"
        (
          "programs.closurebox.exclude: this variant of 'siblings' is not installed; "
          + "its name means all variants"
        )
        (
          "programs.closurebox.policies: 'bash' is in no box: it "
          + library.whyUnwrappable pkgs.bash
        )
        "programs.closurebox.policies: 'git' is in no box: it is in programs.closurebox.exclude"
        "programs.closurebox.policies: no package is called 'helo'; expected its pname"
        "programs.closurebox.arguments: 'git' is in no box: it is in programs.closurebox.exclude"
        "programs.closurebox.arguments: no package is called 'hell'; expected its pname"
      ];
    };
    assertions = {
      got = map (assertion: assertion.message) (
        filter (assertion: !assertion.assertion)
          (systemOf {
            programs.closurebox = {
              enable = true;
              packages = [
                pkgs.hello
                pkgs.bash
              ];
            };
          }).assertions
      );
      want = [
        (
          "programs.closurebox.packages: 'bash' cannot be put into a box: it "
          + "${library.whyUnwrappable pkgs.bash}; install it as other packages are"
        )
      ];
    };

    home = {
      got = {
        home = show home.home.packages;
        dbus = show home.dbus.packages;
        systemd = show home.systemd.user.packages;
        unwrapped = attrNames home.programs.closurebox.unwrapped;
        inherit (home) warnings;
      };
      want = {
        home = [
          "[hello]"
          "[jq]"
          "[siblings]"
          "bash"
          "closurebox"
        ];
        dbus = [ "[messenger]" ];
        systemd = [ "[messenger]" ];
        unwrapped = [
          "bash"
          "closurebox"
        ];
        warnings = [ ];
      };
    };
    homeOff = {
      got =
        show
          (homeOf {
            home.packages = [ pkgs.hello ];
            programs.closurebox.enable = true;
          }).home.packages;
      want = [
        "closurebox"
        "hello"
      ];
    };
  }
  // import ./module-closures.nix {
    inherit
      home
      homeOf
      lib
      pkgs
      systemOf
      ;
  }
  // lib.optionalAttrs (world == "nixpkgs") {
    # NixOS itself.
    nixos =
      let
        inherit
          (import (pkgs.path + "/nixos/lib/eval-config.nix") {
            system = null;
            modules = [
              ../../nix/module.nix
              {
                nixpkgs.pkgs = pkgs;
                system.stateVersion = lib.trivial.release;
                environment.systemPackages = [ pkgs.hello ];
                programs.closurebox = {
                  enable = true;
                  wrapSystemPackages = true;
                };
              }
            ];
          })
          config
          ;
        isHello = package: lib.getName package == "hello";
      in
      {
        got = {
          hello = show (filter isHello config.environment.systemPackages);
          path = builtins.isString config.system.path.drvPath;
        };
        want = {
          hello = [ "[hello]" ];
          path = true;
        };
      };
  }
  // lib.optionalAttrs (lib ? optionAttrSetToDocList) {
    manual = {
      got = map (option: option.name) (
        filter
          (
            option:
            lib.hasPrefix "programs.closurebox." option.name
            && !lib.hasInfix "._module." option.name
            && (option.description or "" == "" || option.type == "unspecified value")
          )
          (
            lib.optionAttrSetToDocList (evaluateSystem { }).options
            ++ lib.optionAttrSetToDocList (evaluateHome { }).options
          )
      );
      want = [ ];
    };
  };
in
{
  failures = lib.filterAttrs (_: fact: fact.got != fact.want) facts;
  facts = length (attrNames facts);

  # Each of them is an error.
  mistakes = {
    policy =
      (systemOf {
        environment.systemPackages = [ pkgs.hello ];
        programs.closurebox = {
          enable = true;
          wrapSystemPackages = true;
          policies.hello.filesytem = [ ];
        };
      }).system.path.drvPath;
    value =
      (systemOf {
        environment.systemPackages = [ pkgs.hello ];
        programs.closurebox = {
          enable = true;
          wrapSystemPackages = true;
          policies.hello.network = "internet";
        };
      }).system.path.drvPath;
    listed =
      (systemOf {
        environment.systemPackages = [ pkgs.hello ];
        programs.closurebox = {
          enable = true;
          wrapSystemPackages = true;
          policies.hello = [
            { }
            { network = "internet"; }
          ];
        };
      }).system.path.drvPath;
    argument =
      (systemOf {
        programs.closurebox.arguments.hello.program = [ "hello" ];
      }).programs.closurebox.arguments.hello.programs;
    homePolicy =
      (homeOf {
        home.packages = [ pkgs.hello ];
        programs.closurebox = {
          enable = true;
          wrapHomePackages = true;
          policies.hello.network = "internet";
        };
      }).home.path.drvPath;
    readOnly =
      (systemOf {
        programs.closurebox.unwrapped.hello = "no reason";
      }).programs.closurebox.unwrapped;
    # What only a launch can find out.
    link = (library.closureFiles [ "/run/opengl-driver" ]).drvPath;
    text = (library.closureFiles [ "${pkgs.hello.name}" ]).drvPath;
    inStore = (library.closureFiles [ "${builtins.storeDir}/hello" ]).drvPath;
  };

  # To be built and used.
  system =
    (systemOf {
      environment.systemPackages = [
        pkgs.hello
        pkgs.jq
        specimens.messenger
        specimens.data
        tools.utils
      ];
      programs.closurebox = {
        enable = true;
        wrapSystemPackages = true;
        policies.jq = ownPolicy;
        policies.tools = ownPolicy;
      };
    }).system.path;
  messenger = boxed.specimens.messenger;
  home = home.home.path;
  activation = pkgs.writeText "activation" home.home.activation.closureboxClosures.data;
  activationRoots = [
    pkgs.jq
    home.home.path
    home.home-files
  ];

  closures = library.closureFiles closureRoots;
  closureRoots = map (root: "${root}") closureRoots;
  noClosures = library.closureFiles [ ];
  # More than an environment variable holds.
  manyClosures = library.closureFiles (
    lib.genList (number: builtins.toFile "root-${toString number}" (toString number)) 2000
  );
  contentAddressed = library.closureFiles [
    (pkgs.runCommand "addressed-by-content" { __contentAddressed = true; } ''
      echo ${pkgs.hello} >"$out"
    '')
  ];
  tmpfiles =
    (systemOf {
      programs.closurebox = {
        enable = true;
        runtimeClosures = [
          pkgs.jq
          "${pkgs.git}/bin"
        ];
      };
    }).systemd.tmpfiles.packages;
}
