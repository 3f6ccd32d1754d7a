# Packages of real content, out of Debian's: each a package of its own of which everything is where
# nixpkgs has it, and which names itself, not Debian's object.
{ debian }:
final: _:
let
  inherit (final) lib;

  # The object's own path becomes the package's. In binary files only a path of the same length can
  # take its place, so those need a name of the same length.
  fromDebian =
    {
      object,
      name ? (builtins.parseDrvName object.name).name,
      version ? (builtins.parseDrvName object.name).version,
      ...
    }@arguments:
    final.stdenvNoCC.mkDerivation (
      {
        pname = name;
        inherit version;
        dontUnpack = true;
        # As Debian made them, and the fixture.
        dontStrip = true;
        dontPatchELF = true;
        dontPatchShebangs = true;
        installPhase = ''
          runHook preInstall
          cp -a "$object/." "$out"
          chmod -R u+w "$out"
          rewriteSelf "$object" "$out"
          runHook postInstall
        '';
        preInstall = ''
          source ${./rewrite-self.sh}
        '';
      }
      // removeAttrs arguments [ "name" ]
    );
in
{
  hello = final.callPackage (
    { }:
    fromDebian {
      object = debian.hello;
      postInstall = ''
        mkdir -p "$out/share/man/man1"
        echo '.TH HELLO 1' >"$out/share/man/man1/hello.1"
      '';
      meta = {
        description = "Program that produces a familiar, friendly greeting";
        license = lib.licenses.gpl3Plus;
        mainProgram = "hello";
        platforms = lib.platforms.all;
      };
    }
  ) { };

  jq = final.callPackage (
    { }:
    fromDebian {
      object = debian.jq;
      outputs = [
        "bin"
        "doc"
        "man"
        "dev"
        "out"
      ];
      postInstall = ''
        mkdir -p "$out/share/man/man1" "$out/share/doc/jq" "$out/include" "$out/lib"
        ln -s ${debian.libjq1}/lib/*/libjq.so.1 "$out/lib/libjq.so.1"
        echo '.TH JQ 1' >"$out/share/man/man1/jq.1"
        echo 'A manual.' >"$out/share/doc/jq/manual"
        echo 'int jq_version;' >"$out/include/jq.h"
        moveToOutput bin "$bin"
      '';
      meta = {
        description = "Lightweight and flexible command-line JSON processor";
        license = lib.licenses.mit;
        mainProgram = "jq";
      };
    }
  ) { };

  git = final.callPackage (
    { }:
    fromDebian {
      object = debian.git;
      meta = {
        description = "Distributed version control system";
        mainProgram = "git";
      };
    }
  ) { };

  python3 = final.callPackage (
    { }:
    fromDebian {
      object = debian.python3-minimal;
      name = "python3";
      meta = {
        description = "High-level dynamically-typed programming language";
        mainProgram = "python3";
      };
    }
  ) { };

  coreutils = final.callPackage (
    { }:
    fromDebian {
      object = debian.coreutils;
      meta.description = "GNU Core Utilities";
    }
  ) { };

  busybox = final.callPackage (
    { }:
    fromDebian {
      object = debian.busybox-static;
      name = "busybox";
      meta = {
        description = "Tiny versions of common UNIX utilities in a single small executable";
        mainProgram = "busybox";
      };
    }
  ) { };

  bash = final.callPackage (
    { }:
    fromDebian {
      object = debian.bash;
      postInstall = ''
        ln -s bash "$out/bin/sh"
      '';
      meta = {
        description = "GNU Bourne-Again Shell, the de facto standard shell on Linux";
        mainProgram = "bash";
      };
    }
  ) { };

  dash = final.callPackage (
    { }:
    fromDebian {
      object = debian.dash;
      meta = {
        description = "POSIX-compliant implementation of /bin/sh, as small as possible";
        mainProgram = "dash";
      };
    }
  ) { };

  # Tests that name it in fixture_set have it.
  ${if debian ? curl then "curl" else null} = final.callPackage (
    { }:
    fromDebian {
      object = debian.curl;
      meta = {
        description = "Command line tool for transferring files with URL syntax";
        mainProgram = "curl";
      };
    }
  ) { };

  gtk3-demo = final.callPackage (
    { }:
    fromDebian {
      object = debian.gtk-3-examples;
      meta = {
        description = "Demonstration of GTK's widgets";
        mainProgram = "gtk3-demo";
      };
    }
  ) { };

  # A nested set whose packages see each other first.
  python3Packages = lib.recurseIntoAttrs (
    lib.makeScope final.newScope (self: {
      python = final.python3;
      buildPythonApplication =
        { pname, version, ... }@arguments:
        final.stdenvNoCC.mkDerivation (
          {
            dontUnpack = true;
            buildInputs = [ self.python ];
          }
          // arguments
          // {
            name = "python3-${pname}-${version}";
            passthru = {
              pythonModule = false;
            };
          }
        );
      calculator = self.callPackage (
        {
          buildPythonApplication,
          decimals ? 2,
        }:
        buildPythonApplication {
          pname = "calculator";
          version = "1";
          installPhase = ''
            mkdir -p "$out/bin"
            cat >"$out/bin/calculator" <<'END'
            #!/usr/bin/env python3
            import sys
            print(round(sum(map(float, sys.argv[1:])), ${toString decimals}))
            END
            chmod +x "$out/bin/calculator"
          '';
          meta.mainProgram = "calculator";
        }
      ) { };
    })
  );
}
