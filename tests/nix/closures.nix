# What closures.sh builds: programs that look for what nobody knew when they were put into boxes.
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
  library = pkgs.closurebox.lib;

  # Shows what is behind a link: a file of the driver, and one of what the driver needs.
  viewer = pkgs.stdenvNoCC.mkDerivation {
    pname = "viewer";
    version = "1";
    buildCommand = ''
      mkdir -p "$out/bin"
      cat >"$out/bin/viewer" <<'END'
      #!${pkgs.runtimeShell}
      echo "data: $XDG_DATA_DIRS"
      for file in "$1/name" "$1/lib/name" $XDG_DATA_DIRS/icons/name; do
        read -r line <"$file" && echo "$line"
      done 2>&1
      [ ! -e /etc/fonts/fonts.conf ] || {
        read -r font </etc/fonts/fonts.conf
        [ ! -e "$font/name" ] || { read -r line <"$font/name" && echo "$line"; }
      }
      END
      chmod +x "$out/bin/viewer"
      mkdir -p "$out/share/applications"
      echo "Exec=$out/bin/viewer" >"$out/share/applications/viewer.desktop"
    '';
  };

  # The launcher knows neither, and is the same for both.
  driver =
    name:
    let
      needed = pkgs.runCommand "${name}-library" { } ''
        mkdir "$out"
        echo 'library of ${name}' >"$out/name"
      '';
    in
    pkgs.runCommand name { } ''
      mkdir "$out"
      echo '${name}' >"$out/name"
      ln -s ${needed} "$out/lib"
    '';
  old = driver "old-driver";
  new = driver "new-driver";
  icons = pkgs.runCommand "icons" { } ''
    mkdir -p "$out/share/icons"
    echo icon >"$out/share/icons/name"
  '';

  grant = {
    bind = "$DRIVER";
    to = "/run/driver";
    optional = true;
  };
  font = pkgs.runCommand "font" { } ''
    mkdir "$out"
    echo font >"$out/name"
  '';
  # As home-manager makes it: a text that names a program.
  gitconfig = pkgs.runCommand "gitconfig" { } ''
    echo pager=${font}/name >"$out"
  '';
  fontsOfSystem = pkgs.runCommand "fontconfig-etc" { } ''
    mkdir -p "$out/etc/fonts"
    echo ${font} >"$out/etc/fonts/fonts.conf"
  '';
  # What /etc/static leads to.
  etc = pkgs.runCommand "etc" { } ''
    mkdir -p "$out/etc"
    ln -s ${system.environment.etc.fonts.source} "$out/etc/fonts"
  '';

  # A system that has the driver, the font, and the icons among its packages.
  system =
    (pkgs.lib.evalModules {
      modules = [
        (import ./set/nixos.nix {
          inherit (pkgs) lib;
          inherit pkgs;
        })
        ../../nix/module.nix
        {
          _module.args = { inherit pkgs; };
          environment.systemPackages = [ icons ];
          environment.etc.fonts.source = "${fontsOfSystem}/etc/fonts";
          systemd.tmpfiles.settings.graphics-driver."/run/opengl-driver"."L+".argument = "${old}";
          programs.closurebox.enable = true;
        }
      ];
    }).config;

  policies = {
    none = { };
    bound.filesystem = [ grant ];
    found.filesystem = [ (grant // { closure = true; }) ];
    needed.filesystem = [
      (removeAttrs grant [ "optional" ] // { closure = true; })
    ];
    linked.filesystem = [
      {
        links = "$DRIVER";
      }
    ];
    git = ../../nix/policies/git.json;
  };
in
rec {
  inherit
    viewer
    icons
    font
    gitconfig
    old
    new
    etc
    ;
  wrapped = builtins.mapAttrs (_: library.wrap viewer) policies // {
    # As it is in `boxed`.
    default = library.box viewer;
  };
  inPlace = viewer.overrideAttrs (library.inPlace { policy = policies.found; });
  test = wrapped.found.tests.launcher;
  files = library.closureFiles [ old ];
  tmpfiles = builtins.head system.systemd.tmpfiles.packages;
  systemPath = system.system.path;
}
