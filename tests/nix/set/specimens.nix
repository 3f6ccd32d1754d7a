# `specimens`: small packages, one for each way in which packages are special; and `generated`, many
# that are not. An overlay that needs nothing but what nixpkgs has too.
{
  # how many packages `generated` has
  generated ? 100,
}:
final: _:
let
  inherit (final) lib;
  # A script that tells how it was started.
  script = name: text: ''
    mkdir -p "$(dirname "${name}")"
    cat >"${name}" <<'END'
    #!${final.runtimeShell}
    ${text}
    END
    chmod +x "${name}"
  '';
in
{
  specimens = lib.recurseIntoAttrs {
    # Everything by which programs are started from outside, and programs in libexec that only those
    # start.
    messenger = final.stdenvNoCC.mkDerivation {
      pname = "messenger";
      version = "1.2";
      outputs = [
        "out"
        "man"
      ];
      buildCommand = ''
        source ${./messenger.sh}
        fixupPhase
      '';
      dontMoveSystemdUserUnits = true;
      meta = {
        description = "Package with a file for everything that starts programs";
        mainProgram = "messenger";
        priority = 4;
      };
    };

    # A hundred programs, of which ten are links to others.
    hundred = final.stdenvNoCC.mkDerivation {
      pname = "hundred";
      version = "1";
      buildCommand = ''
        mkdir -p "$out/bin"
        for number in {1..90}; do
          printf '#!${final.runtimeShell}\necho program-%s "$@"\n' "$number" \
            >"$out/bin/program-$number"
        done
        chmod +x "$out"/bin/*
        for number in {91..100}; do
          ln -s "program-$((number - 90))" "$out/bin/program-$number"
        done
      '';
      meta.mainProgram = "program-1";
    };

    # All outputs that packages have, two of them with programs.
    manifold = final.stdenvNoCC.mkDerivation {
      pname = "manifold";
      version = "3";
      outputs = [
        "bin"
        "dev"
        "lib"
        "man"
        "doc"
        "out"
      ];
      buildCommand = ''
        ${script "$bin/bin/manifold" ''
          # Its data are in another output.
          exec cat '@data@/data' "$@"
        ''}
        ${script "$dev/bin/manifold-config" "echo -I@dev@/include"}
        substituteInPlace "$bin/bin/manifold" --replace-quiet @data@ "$out/share/manifold" \
          --replace-quiet 'exec cat' 'exec ${final.coreutils}/bin/cat'
        substituteInPlace "$dev/bin/manifold-config" --replace-quiet @dev@ "$dev"
        mkdir -p "$dev/include" "$lib/lib" "$out/share/manifold" "$man/share/man/man1" \
          "$doc/share/doc/manifold"
        echo 'int manifold;' >"$dev/include/manifold.h"
        echo 'a library' >"$lib/lib/libmanifold.so.3"
        echo 'data of manifold' >"$out/share/manifold/data"
        echo '.TH MANIFOLD 1' >"$man/share/man/man1/manifold.1"
        # Documentation may name what is not wrapped there.
        echo "see $bin/bin/manifold" >"$doc/share/doc/manifold/manual"
      '';
      meta = {
        mainProgram = "manifold";
        outputsToInstall = [
          "bin"
          "man"
        ];
      };
    };

    # Programs that start each other and themselves, by absolute path, by PATH and by link.
    siblings = final.stdenvNoCC.mkDerivation {
      pname = "siblings";
      version = "2";
      buildCommand = ''
        ${script "$out/bin/younger" ''
          echo "younger: $0 $*"
        ''}
        ${script "$out/bin/older" ''
          case ''${1-} in
          again) exec '@out@/bin/older' end ;;
          end) echo "older: end" ;;
          by-link) exec '@out@/libexec/younger' "$@" ;;
          *) exec '@out@/bin/younger' "$@" ;;
          esac
        ''}
        substituteInPlace "$out/bin/older" --replace-quiet @out@ "$out"
        mkdir "$out/libexec"
        ln -s ../bin/younger "$out/libexec/younger"
        ln -s younger "$out/bin/youngest"
        ln -s "$out/bin/older" "$out/bin/oldest"
      '';
      meta.mainProgram = "older";
    };

    # Through all phases: compiled from sources, with a library, a manual in its own output, sbin.
    compiled = final.stdenv.mkDerivation (finalAttrs: {
      pname = "compiled";
      version = "0.4";
      src = ./compiled;
      outputs = [
        "out"
        "man"
        "dev"
      ];
      strictDeps = true;
      nativeBuildInputs = [ final.pkg-config ];
      buildInputs = [
        final.bash
        final.jansson
        # declared, but not used
        final.yajl
      ];
      makeFlags = [
        "PREFIX=$(out)"
        "VERSION=${finalAttrs.version}"
      ];
      passthru.tests.version = finalAttrs.version;
      meta = {
        description = "Program in C whose library is in another package";
        mainProgram = "compiled";
      };
    });

    # Attributes that the builder gets as a file, and lists as arrays.
    structured = final.stdenvNoCC.mkDerivation {
      pname = "structured";
      version = "1";
      __structuredAttrs = true;
      outputs = [
        "out"
        "man"
      ];
      words = [
        "two words"
        "one"
      ];
      env.VARIABLE = "a value";
      dontUnpack = true;
      installPhase = ''
        ${script "$out/bin/structured" "echo '@words@'"}
        substituteInPlace "$out/bin/structured" \
          --replace-quiet @words@ "''${#words[@]} ''${words[0]} $VARIABLE"
        mkdir -p "$out/share/man/man1"
        echo '.TH STRUCTURED 1' >"$out/share/man/man1/structured.1"
      '';
      meta.mainProgram = "structured";
    };

    # Its outputs' paths depend on what is in them; it names itself. (Needs ca-derivations.)
    contentAddressed = final.stdenvNoCC.mkDerivation {
      pname = "content-addressed";
      version = "1";
      __contentAddressed = true;
      buildCommand = ''
        ${script "$out/bin/content-addressed" "echo @out@ '${final.hello}'"}
        substituteInPlace "$out/bin/content-addressed" --replace-quiet @out@ "$out"
      '';
      meta.mainProgram = "content-addressed";
    };

    # A wrapper and what it hides, as wrapProgram makes them.
    wrapped = final.stdenvNoCC.mkDerivation {
      pname = "wrapped";
      version = "1";
      nativeBuildInputs = [ final.makeWrapper ];
      dontUnpack = true;
      installPhase = ''
        ${script "$out/bin/wrapped" ''echo "$GREETING $0 $*"''}
      '';
      postFixup = ''
        wrapProgram "$out/bin/wrapped" --set GREETING 'two  words' --prefix PATH : ${final.jq}/bin
      '';
      meta.mainProgram = "wrapped";
    };
    gapps = final.stdenvNoCC.mkDerivation {
      pname = "gapps";
      version = "1";
      # The name before 24.05.
      nativeBuildInputs = [ (final.wrapGAppsHook3 or final.wrapGAppsHook) ];
      dontUnpack = true;
      installPhase = ''
        ${script "$out/bin/gapps" ''echo "$XDG_DATA_DIRS"''}
        ${script "$out/libexec/gapps-helper" "echo help"}
        mkdir -p "$out/share/applications"
        printf '[Desktop Entry]\nType=Application\nName=Gapps\nExec=gapps %%U\n' \
          >"$out/share/applications/gapps.desktop"
      '';
      meta.mainProgram = "gapps";
    };

    # Names that programs may have, and files beside them.
    odd = final.stdenvNoCC.mkDerivation {
      pname = "odd";
      version = "1";
      buildCommand = ''
        ${script "$out/bin/two  blanks" ''echo "blanks: $*"''}
        ${script "$out/bin/new\nline" "echo line"}
        ${script "$out/bin/-dash" "echo dash"}
        ${script "$out/bin/[" "echo bracket"}
        ${script "$out/bin/.hidden" "echo hidden"}
        echo data >"$out/bin/not-executable"
        mkdir "$out/bin/directory" "$out/sbin"
        echo data >"$out/bin/directory/data"
        ln -s ${final.hello}/bin/hello "$out/bin/elsewhere"
        ln -s nowhere "$out/bin/dangling"
        cp "$out/bin/-dash" "$out/sbin/administrate"
      '';
    };

    # Made by callPackage, so that its arguments can be changed.
    greeter = final.callPackage (
      {
        stdenvNoCC,
        greeting ? "hi",
      }:
      stdenvNoCC.mkDerivation {
        pname = "greeter";
        version = "1";
        buildCommand = script "$out/bin/greeter" "echo ${greeting}";
        passthru = {
          inherit greeting;
        };
        meta.mainProgram = "greeter";
      }
    ) { };

    # Nothing to start.
    data = final.stdenvNoCC.mkDerivation {
      pname = "data";
      version = "1";
      buildCommand = ''
        mkdir -p "$out/share/data"
        echo content >"$out/share/data/content"
      '';
    };

    # Content that is known beforehand.
    source = final.stdenvNoCC.mkDerivation {
      name = "source";
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = builtins.hashString "sha256" "content\n";
      buildCommand = ''
        echo content >"$out"
      '';
    };

    # What cannot be evaluated further than its meta data.
    broken = final.stdenvNoCC.mkDerivation {
      pname = "broken-specimen";
      version = "1";
      buildCommand = "false";
      meta.broken = true;
    };
    unfree = final.stdenvNoCC.mkDerivation {
      pname = "unfree-specimen";
      version = "1";
      buildCommand = "false";
      meta.license = lib.licenses.unfree;
    };
    unsupported = final.stdenvNoCC.mkDerivation {
      pname = "unsupported-specimen";
      version = "1";
      buildCommand = "false";
      meta.platforms = [ "armv5tel-linux" ];
    };
    throwing = throw "specimens.throwing was removed";

    # Sets in sets, beside what is no package.
    nested = lib.recurseIntoAttrs {
      inner = lib.recurseIntoAttrs {
        inherit (final) hello;
        text = "a text";
        list = [ final.hello ];
      };
      function = argument: argument;
      number = 1;
      nothing = null;
      path = ./messenger.sh;
    };
  };

  generated = lib.recurseIntoAttrs (
    lib.listToAttrs (
      lib.genList (number: {
        name = "package${toString number}";
        value = final.stdenvNoCC.mkDerivation {
          pname = "generated-${toString number}";
          version = "1";
          buildCommand = script "$out/bin/generated-${toString number}" "echo ${toString number}";
          meta.mainProgram = "generated-${toString number}";
        };
      }) generated
    )
  );
}
