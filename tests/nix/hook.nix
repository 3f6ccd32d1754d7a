# What hook.sh builds: packages whose programs are put into boxes where they are.
{
  # "set", or "nixpkgs" where there is one
  world ? "set",
  store ? null,
  # the store path of closurebox: built once, then used for all
  built ? null,
}:
let
  overlays = [ (import ../../nix/overlay.nix) ];
  pkgs =
    if world == "nixpkgs" then
      import ./set/nixpkgs.nix { inherit overlays; }
    else
      import ./set { inherit store built overlays; };
  inherit (pkgs) lib specimens;
  inherit (pkgs.closurebox) hook;
  inherit (pkgs.closurebox.lib) inPlace when;

  box = arguments: package: package.overrideAttrs (inPlace arguments);
  make =
    attributes:
    pkgs.stdenvNoCC.mkDerivation (
      {
        version = "1";
        dontUnpack = true;
      }
      // attributes
    );

  # Shell that writes a script; @out@ is that output.
  script = path: text: ''
    mkdir -p "$(dirname "${path}")"
    cat >"${path}" <<'END'
    #!${pkgs.runtimeShell}
    ${text}
    END
    for output in $(getAllOutputNames); do
      sed -i "s|@$output@|''${!output}|g" "${path}"
    done
    chmod +x "${path}"
  '';

  # Programs in three outputs, which start each other, and links between them; and what the hooks of
  # the standard environment do late: sbin becomes a link, `dev` comes to name the others.
  parts = {
    pname = "parts";
    outputs = [
      "out"
      "bin"
      "dev"
      "lib"
      "man"
    ];
    nativeBuildInputs = [ pkgs.makeWrapper ];
    installPhase = ''
      ${script "$bin/bin/main" ''
        read -r data <'@lib@/lib/data'
        echo "main: $0 $data $GREETING"
        exec '@out@/bin/other' "$@"
      ''}
      ${script "$out/sbin/other" ''echo "other: $0 $*"''}
      ${script "$dev/bin/config" ''exec '@bin@/bin/main' "$0"''}
      ln -s other "$out/sbin/another"
      ln -s "$bin/bin/main" "$dev/bin/main"
      ln -s "$bin/bin/main" "$dev/bin/alias"
      mkdir -p "$lib/lib" "$man/share/man/man1"
      echo 'data of lib' >"$lib/lib/data"
      echo '.TH MAIN 1' >"$man/share/man/man1/main.1"
    '';
    postFixup = ''
      # What the hook makes of it does not exist yet.
      test ! -e "$bin/.bin-unboxed"
      wrapProgram "$bin/bin/main" --set GREETING 'two  words'
    '';
    meta.mainProgram = "main";
  };

  # Programs of one directory that holds another one with programs, some of them not to be boxed.
  deep = make {
    pname = "deep";
    installPhase = ''
      ${script "$out/libexec/tool" ''echo "tool: $0 $*"''}
      ${script "$out/libexec/a b/c/deep" ''
        echo "deep: $0"
        exec '@out@/libexec/a b/c/beside' "$@"
      ''}
      ${script "$out/libexec/a b/c/beside" ''echo "beside: $0 $*"''}
      ${script "$out/bin/deep-tool" ''exec '@out@/libexec/tool' "$@"''}
      ${script "$out/bin/other" "echo other"}
      # For JSON and templates.
      ${script ''$out/lib/q\"u\\o\$te/quoted'' ''echo "quoted: $0"''}
      echo data >"$out/libexec/a b/data"
      echo data >"$out/libexec/.hidden"
    '';
  };
in
rec {
  inherit pkgs;

  # As they are, and in boxes.
  plain = {
    inherit (pkgs) hello jq;
    inherit (specimens)
      compiled
      gapps
      hundred
      manifold
      messenger
      odd
      siblings
      structured
      wrapped
      ;
    parts = make parts;
    structuredParts = make (parts // { __structuredAttrs = true; });
    inherit deep;
  };
  boxed = lib.mapAttrs (_: box { }) plain // {
    messenger = box {
      programs = [
        "messenger"
        "messenger-admin"
        "libexec/messengerd"
      ];
    } specimens.messenger;
    # The one with a line in its name could not be boxed.
    odd = box { } (
      specimens.odd.overrideAttrs {
        postFixup = ''closureboxPrograms=('two  blanks' -dash '[' elsewhere administrate)'';
        buildCommand = specimens.odd.buildCommand + "runHook postFixup";
      }
    );
    # What a phase says counts, and an array may have names with blanks.
    deep = box { } (
      deep.overrideAttrs {
        preFixup = ''
          closureboxPrograms=(deep-tool libexec/tool 'libexec/a b/c/deep' 'lib/q"u\o$te/quoted')
        '';
      }
    );
  };
  links =
    packages: name:
    pkgs.linkFarm name (
      lib.concatMap (
        name:
        map (output: {
          name = "${name}.${output}";
          path = packages.${name}.${output};
        }) packages.${name}.outputs
      ) (lib.attrNames packages)
    );
  all = links (boxed // special) "boxed";
  allPlain = links plain "plain";

  contentAddressed = {
    parts = box { } (
      make (
        parts
        // {
          __contentAddressed = true;
          # Where it is while it is built, so that nothing is found in it.
          postInstall = ''sed 's/./& /g' <<<"$bin" >"$lib/lib/scratch"'';
          installPhase = parts.installPhase + "runHook postInstall";
        }
      )
    );
    # It names an input of which evaluation knows no path.
    user = box { } (make {
      pname = "user";
      __contentAddressed = true;
      # As little of a path, and no input.
      own = placeholder "out";
      installPhase = script "$out/bin/user" ''
        exec ${lib.getBin contentAddressed.parts}/bin/main "$@"
      '';
    });
  };

  special = {
    # Starts a program of a package that is boxed too; there is no box in a box.
    user = box { } (make {
      pname = "user";
      installPhase = script "$out/bin/user" ''exec '${boxed.deep}/libexec/a b/c/deep' "$@"'';
    });

    # Starts a program that `wrap` has put into a box of its own.
    nesting = box { } (make {
      pname = "nesting";
      installPhase = script "$out/bin/nesting" ''exec ${pkgs.boxed.hello}/bin/hello "$@"'';
    });

    # What its launch files start is in boxes, too.
    messengerStarted = box { } specimens.messenger;
    started = box { } (make {
      pname = "started";
      outputs = [
        "out"
        "lib"
      ];
      installPhase = ''
        ${script "$lib/lib/started/daemon" ''echo "daemon: $*"''}
        ${script "$lib/lib/started/by-link" ''echo "by-link: $*"''}
        ${script "$lib/lib/started/plugin.so" "echo plugin"}
        ${script "$lib/lib/started/mentioned" "echo mentioned"}
        ln -s lib/started "$lib/libexec"
        ln -s ${boxed.deep}/libexec "$lib/lib/other"
        mkdir -p "$out/share/odd place" "$out/share/doc" "$out/lib/systemd/user"
        echo "Exec=${./hook.nix} $lib/lib/started/daemon" >"$out/share/odd place/started.desktop"
        printf '%s\n' "ExecStart=-$lib/libexec/by-link" "ExecStop=$lib/lib/other/tool" \
          "ExecReload=$lib/lib/started/plugin.so $lib/lib/started/absent" \
          >"$out/lib/systemd/user/started.service"
        ln -s absent "$out/lib/systemd/user/dangling.service"
        echo "$lib/lib/started/mentioned" >"$out/share/doc/manual"
      '';
    });

    # Directories of programs are links, launch files start what is elsewhere, some of it by other
    # spellings and some of it hidden; and a policy that does not fit into the environment.
    folders =
      box
        {
          policy.environment.set = lib.listToAttrs (
            lib.genList (index: {
              name = "LONG_${toString index}";
              value = lib.concatStrings (lib.genList (_: "0123456789") 1000);
            }) 14
          );
        }
        (make {
          pname = "folders";
          dontMoveSbin = 1;
          meta.mainProgram = "same";
          installPhase = ''
            ${script "$out/usr/bin/folders" ''echo "folders: ''${#LONG_13}"''}
            ${script "$out/usr/bin/.hidden" ''echo "hidden: $*"''}
            ${script "$out/usr/sbin/administrate" ''echo "administrate: $*"''}
            ${script "$out/opt/Folders/Folders" ''echo "Folders: $*"''}
            ${script "$out/lib/folders/same" ''echo "same: $*"''}
            ln -s usr/bin "$out/bin"
            ln -s usr/sbin "$out/sbin"
            ln -s ../../lib/folders/same "$out/usr/bin/same"
            mkdir -p "$out/share/applications" "$out/share/icons"
            echo picture >"$out/share/icons/picture.png"
            chmod +x "$out/share/icons/picture.png"
            printf '%s\n' "Icon=$out/share/icons/picture.png" \
              "Exec=\"$out//opt/./Folders/Folders\" %U" "TryExec=$out/lib/folders/same" \
              "Exec=$out/bin/.hidden" >"$out/share/applications/folders.desktop"
            ln -s /proc "$out/share/thumbnailers"
          '';
        });

    # If it was said which programs are meant, others may be there, whenever they are made.
    late = box { programs = [ "late" ]; } (make {
      pname = "late";
      postPhases = [ "laterPhase" ];
      installPhase = script "$out/bin/late" "echo late";
      laterPhase = ''
        ${script "$out/share/later" "echo later"}
        ln -s ../share/later "$out/bin/later"
        ln -s loop "$out/bin/loop"
      '';
    });

    # The library is named by nothing but what a late hook writes.
    propagating = box { } (make {
      pname = "propagating";
      outputs = [
        "out"
        "lib"
      ];
      installPhase = ''
        ${script "$out/bin/propagating" "echo hi"}
        mkdir -p "$lib/lib"
        echo data >"$lib/lib/data"
      '';
    });

    # Inputs that are named in every way that there is.
    namer = box { inputs = [ pkgs.git ]; } (make rec {
      pname = "namer";
      source = ./hook.nix;
      note = builtins.toFile "note" "a note";
      hello = "${pkgs.hello}";
      manual = [ pkgs.jq.man ];
      # Mentioned, and no input: it has not even been built.
      mentioned = builtins.unsafeDiscardStringContext "${specimens.greeter}";
      disallowedReferences = [ mentioned ];
      buildInputs = [ pkgs.python3 ];
      installPhase = script "$out/bin/namer" ''
        echo '${pkgs.jq.doc}.' '${pkgs.dash}/bin'
      '';
      preFixup = ''
        echo "echo $source $note $hello $manual $SHELL $buildInputs" >>"$out/bin/namer"
      '';
      # No attribute has more of it than its hash.
      hash = builtins.substring 0 43 (builtins.unsafeDiscardStringContext "${pkgs.git}");
      postFixup = ''
        echo "echo $hash" >>"$out/bin/namer"
      '';
    });

    # Policies by all that is there to say them.
    policies =
      (make {
        pname = "policies";
        installPhase = ''
          ${script "$out/bin/policies" ''
            echo "$ONE $TWO $THREE $FOUR $FIVE"
            "$LS" /nix/store
          ''}
          mkdir -p "$out/share"
          touch "$out/share/file"
        '';
        closureboxPolicy = ''{ "closurebox": 1, "environment": { "set": { "FOUR": "4" } } }'';
        postFixup = ''
          echo '{ "closurebox": 1, "environment": { "set": { "FIVE": "5" } } }' >five.json
          closureboxPolicy=("$closureboxPolicy" "$PWD/five.json")
        '';
      }).overrideAttrs
        (inPlace {
          policy = [
            { environment.set.LS = "${pkgs.coreutils}/bin/ls"; }
            (when { file = "share/f*"; } { environment.set.ONE = "1"; })
            (when { file = "share/g*"; } { environment.set.TWO = "2"; })
            (when { library = "^libc[.]so"; } { environment.set.THREE = "3"; })
          ];
        });

    # Everything by hand.
    manual = make {
      pname = "manual";
      nativeBuildInputs = [ hook ];
      exportReferencesGraph = [
        "shell"
        pkgs.bash
        "hello"
        pkgs.hello
      ];
      closureboxInputs = "shell hello";
      installPhase = script "$out/bin/manual" "exec ${pkgs.hello}/bin/hello";
    };
    manualStructured = make {
      pname = "manual-structured";
      __structuredAttrs = true;
      nativeBuildInputs = [ hook ];
      exportReferencesGraph = {
        shell = [ pkgs.bash ];
        hello = [ pkgs.hello ];
      };
      closureboxInputs = [
        "shell"
        "hello"
      ];
      installPhase = script "$out/bin/manual" "exec ${pkgs.hello}/bin/hello";
    };

    # A package that was not there before.
    own = pkgs.stdenvNoCC.mkDerivation (
      lib.extends (inPlace { programs = [ "two  blanks" ]; }) (finalAttrs: {
        pname = "own";
        version = "1";
        __structuredAttrs = true;
        dontUnpack = true;
        greeting = "hello of ${finalAttrs.pname}";
        installPhase = script "$out/bin/two  blanks" "echo '@greeting@'" + ''
          sed -i "s|@greeting@|$greeting|" "$out/bin/two  blanks"
        '';
      })
    );

    # Graphs that the package itself has a use for.
    graphs = box { } (make {
      pname = "graphs";
      exportReferencesGraph = [
        "mine"
        pkgs.hello
      ];
      installPhase = ''
        ${script "$out/bin/graphs" "echo hi"}
        cp "$NIX_BUILD_TOP/mine" "$out/mine"
      '';
    });
    graphsStructured = box { } (make {
      pname = "graphs-structured";
      __structuredAttrs = true;
      exportReferencesGraph.mine = [ pkgs.hello ];
      installPhase = ''
        ${script "$out/bin/graphs" "echo hi"}
        cp "$NIX_BUILD_TOP/.attrs.json" "$out/mine"
      '';
    });

    # Twice is once.
    twice = box { } (box { } pkgs.hello);
    off = box { } (pkgs.hello.overrideAttrs { dontClosurebox = true; });
    # Without the phase that ends with the hook.
    unfixed = box { } (pkgs.hello.overrideAttrs { dontFixup = true; });
    # No directory is made, so there is nothing to put into a box.
    shell = make {
      pname = "shell";
      nativeBuildInputs = [ hook ];
      phases = [ "buildPhase" ];
      buildPhase = ''export >"$out"'';
    };
  };

  # What must not be referred to is no input.
  disallowing = {
    plain =
      (box { } (make {
        pname = "disallowing";
        disallowedReferences = [ pkgs.hello ];
        disallowedRequisites = [ pkgs.jq ];
        installPhase = script "$out/bin/disallowing" "echo";
      })).exportReferencesGraph;
    structured =
      (box { } (make {
        pname = "disallowing";
        __structuredAttrs = true;
        outputChecks.out.disallowedReferences = [ pkgs.hello ];
        installPhase = script "$out/bin/disallowing" "echo";
      })).exportReferencesGraph;
  };

  # An evaluation error.
  blanks = box { programs = [ "two words" ]; } pkgs.hello;

  # Nothing but its outputs themselves, or what it needs for another launcher.
  allowing = lib.mapAttrs (_: attributes: box { } (make (attributes // { pname = "allowing"; }))) {
    plain.allowedReferences = [ "out" ];
    structured = {
      __structuredAttrs = true;
      outputChecks.out.allowedReferences = [ "out" ];
    };
    requisites.allowedRequisites = [ pkgs.bash ];
    off = {
      dontClosurebox = true;
      allowedReferences = [ "out" ];
    };
  };

  # Each is a build error.
  mistakes = {
    # Nothing tells of hello.
    unknown = make {
      pname = "unknown";
      nativeBuildInputs = [ hook ];
      exportReferencesGraph = [
        "shell"
        pkgs.bash
      ];
      closureboxInputs = [ "shell" ];
      installPhase = script "$out/bin/unknown" "exec ${pkgs.hello}/bin/hello";
    };
    unnamed = box { } (make {
      pname = "unnamed";
      # An input, by its context, that no attribute names as a whole.
      hash = builtins.substring 0 43 "${pkgs.git}";
      installPhase = script "$out/bin/unnamed" "echo" + ''echo "# $hash" >>"$out/bin/unnamed"'';
    });
    noGraph = make {
      pname = "no-graph";
      nativeBuildInputs = [ hook ];
      closureboxInputs = [ "absent" ];
      installPhase = script "$out/bin/no-graph" "echo";
    };
    fixed = box { } (make {
      pname = "fixed";
      outputHashMode = "recursive";
      outputHash = lib.fakeSha256 or (lib.concatStrings (lib.genList (_: "0") 64));
      outputHashAlgo = "sha256";
      installPhase = script "$out/bin/fixed" "echo";
    });
    nothing = box { } specimens.data;
    absent = box { programs = [ "hallo" ]; } pkgs.hello;
    same = box { } (make {
      pname = "same";
      dontMoveSbin = 1;
      installPhase = script "$out/bin/same" "echo bin" + script "$out/sbin/same" "echo sbin";
    });
    outside = box { } (make {
      pname = "outside";
      installPhase = ''
        mkdir "$out"
        ln -s ${pkgs.hello}/bin "$out/bin"
      '';
    });
    discarding = box { } (make {
      pname = "discarding";
      __structuredAttrs = true;
      unsafeDiscardReferences.out = true;
      installPhase = script "$out/bin/discarding" "echo";
    });
    odd = box { } specimens.odd;
    late = box { } (make {
      pname = "late";
      postPhases = [ "laterPhase" ];
      installPhase = script "$out/bin/late" "echo late";
      laterPhase = script "$out/bin/later" "echo later";
    });
    replaced = box { programs = [ "replaced" ]; } (make {
      pname = "replaced";
      postPhases = [ "laterPhase" ];
      installPhase = script "$out/bin/replaced" "echo";
      laterPhase = ''
        rm "$out/bin/replaced"
        ${script "$out/bin/replaced" "echo again"}
      '';
    });
    # The program of another package, which is started there.
    foreign = box { } (make {
      pname = "foreign";
      installPhase = ''
        mkdir -p "$out/bin" "$out/share/applications"
        ln -s ${deep}/bin/other "$out/bin/foreign"
        echo "Exec=${deep}/bin/other" >"$out/share/applications/foreign.desktop"
      '';
    });
    # An output cannot be moved.
    top = box { } (make {
      pname = "top";
      installPhase = ''
        ${script "$out/bin/top" "echo"}
        ${script "$out/run" "echo"}
        mkdir -p "$out/lib/systemd/user"
        echo "ExecStart=$out/run" >"$out/lib/systemd/user/top.service"
      '';
    });
    word = make {
      pname = "word";
      nativeBuildInputs = [ hook ];
      exportReferencesGraph = [
        "shell"
        pkgs.bash
      ];
      closureboxInputs = [ "shell" ];
      closureboxPolicy = "policy.json";
      installPhase = script "$out/bin/word" "echo";
    };
    # Without namespaces there would be the launcher again where the program is.
    optional = box {
      policy = {
        namespaces = "optional";
        store = "landlock";
      };
    } pkgs.hello;
  };
}
