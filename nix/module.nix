# NixOS module: the packages of the system and of its users in boxes.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;

  common = import ./module-common.nix {
    inherit config lib pkgs;
    wrapOption = "wrapSystemPackages";
    wrapDescription = ''
      Whether to put every package into a box that is installed by
      {option}`environment.systemPackages` and {option}`users.users.<name>.packages`, or whose
      services are by {option}`services.dbus.packages` and {option}`systemd.packages`. No package is
      built anew for it, and none but those in these lists is replaced: what other packages use,
      they use without a box.

      What would not work in a box, such as shells, set-uid programs and the daemons of the system,
      stays as it is: {option}`programs.closurebox.unwrapped` has the names and the reasons.
    '';
    installed =
      config.environment.systemPackages
      ++ lib.concatMap (user: user.packages) (lib.attrValues config.users.users)
      ++ config.services.dbus.packages
      ++ config.systemd.packages;
    closuresDescription = ''
      The graphics drivers behind {file}`/run/opengl-driver` are always among them.
    '';
  };
  inherit (common) cfg;

  # What /run/opengl-driver leads to; NixOS tells it only here.
  driverOf =
    link: config.systemd.tmpfiles.settings.graphics-driver.${link}."L+".argument or "";
  drivers = lib.filter (lib.hasPrefix builtins.storeDir) (
    map driverOf [
      "/run/opengl-driver"
      "/run/opengl-driver-32"
    ]
  );

  # A list of packages is declared where NixOS declares it; here is added what is done to its value.
  wrapped = mkOption { apply = common.wrapAll; };
in
{
  options = {
    programs.closurebox = common.options;

    environment.systemPackages = wrapped;
    users.users = mkOption {
      type = types.attrsOf (types.submodule { options.packages = wrapped; });
    };
    services.dbus.packages = wrapped;
    systemd.packages = wrapped;
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ] ++ common.packages;

    programs.closurebox.runtimeClosures = drivers;

    # Copied, since a closure never changes: what is there outlives this generation of the system.
    systemd.tmpfiles.packages = lib.optional (cfg.runtimeClosures != [ ]) (
      pkgs.runCommand "closurebox-tmpfiles"
        {
          closures = common.library.closureFiles cfg.runtimeClosures;
        }
        ''
          mkdir -p "$out/lib/tmpfiles.d"
          directory=/run/closurebox/closures
          {
            echo "d /run/closurebox 0755 root root - -"
            echo "d $directory 0755 root root - -"
            for file in "$closures"/*; do
              echo "C $directory/''${file##*/} 0444 root root - $file"
            done
          } >"$out/lib/tmpfiles.d/closurebox.conf"
        ''
    );

    inherit (common) assertions warnings;
  };
}
