# What wrap-launch.sh builds: packages whose desktop files start programs in unusual places.
{
  # where debian-store/build wrote its packages
  store,
  # the store path of closurebox
  built,
}:
let
  pkgs = import ./set {
    inherit store built;
    overlays = [ (import ../../nix/overlay.nix) ];
  };
  inherit (pkgs) lib;
  inherit (pkgs.closurebox.lib) wrap;

  make =
    name: script:
    pkgs.runCommand name { } ''
      program() {
        mkdir -p "''${1%/*}"
        printf '#!%s\necho %s\n' ${pkgs.runtimeShell} "${name}" >"$1"
        chmod +x "$1"
      }
      starts() {
        mkdir -p "$out/share/applications"
        printf '[Desktop Entry]\nExec=%s\n' "$1" >"$out/share/applications/x.desktop"
      }
      ${script}
    '';
  original = make "original" ''
    program $out/bin/foo
    starts $out/bin/foo
  '';
  wrapper = ''
    printf '#!%s\nexec %s "$@"\n' ${pkgs.runtimeShell} ${original}/bin/foo >$out/bin/foo
    chmod +x $out/bin/foo
  '';
  packages = {
    # A program that was hidden by hand.
    hidden = make "hidden" ''
      program $out/bin/.foo-real
      program $out/bin/foo
      starts $out/bin/.foo-real
    '';
    # As what comes as a binary often is.
    elsewhere = make "elsewhere" ''
      program $out/opt/Foo/Foo
      mkdir $out/bin
      ln -s ../opt/Foo/Foo $out/bin/foo
      starts $out/opt/Foo/Foo
    '';
    # The usual ways to wrap a package in nixpkgs.
    joined = pkgs.symlinkJoin {
      name = "joined";
      paths = [ original ];
      postBuild = ''
        rm $out/bin/foo
        ${wrapper}
      '';
    };
    linked = make "linked" ''
      mkdir -p $out/bin
      ${wrapper}
      ln -s ${original}/share $out/share
    '';
  };
in
{
  unwrapped = packages;
  wrapped = lib.mapAttrs (_: package: wrap { inherit package; }) packages;
  # They are in another output that is installed as well.
  apart = wrap {
    package =
      (pkgs.runCommand "apart"
        {
          outputs = [
            "out"
            "gui"
          ];
          meta.outputsToInstall = [
            "out"
            "gui"
          ];
        }
        ''
          mkdir -p $out/bin $gui/share/applications
          printf '#!%s\necho apart\n' ${pkgs.runtimeShell} >$out/bin/foo
          chmod +x $out/bin/foo
          echo "Exec=$out/bin/foo" >$gui/share/applications/x.desktop
        ''
      );
  };
  # The desktop files are where only documentation is thought to be.
  refused = wrap {
    package = make "documented" ''
      program $out/bin/foo
      starts $out/bin/foo
      mkdir -p $out/share/doc/foo
      mv $out/share/applications $out/share/doc/foo/
      ln -s doc/foo/applications $out/share/applications
    '';
  };
}
