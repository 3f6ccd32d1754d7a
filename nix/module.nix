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
      Always among them are the graphics drivers behind {file}`/run/opengl-driver`, the fonts
      behind {file}`/etc/fonts`, and the packages of the system and of its users, as variables such
      as {env}`XDG_DATA_DIRS` name them.
    '';
  };
  inherit (common) cfg;

  # What links of the system lead to. Of the drivers NixOS tells it only where it makes the links:
  # by settings, and before 24.11 by rules.
  driverLinks = [
    "/run/opengl-driver"
    "/run/opengl-driver-32"
  ];
  ofSettings = lib.concatMap (paths: map (link: paths.${link}."L+".argument or "") driverLinks) (
    lib.attrValues config.systemd.tmpfiles.settings
  );
  ofRule =
    rule:
    let
      parts = builtins.match "L[+] ([^ ]+) - - - - (.+)" rule;
    in
    lib.optional (parts != null && lib.elem (lib.head parts) driverLinks) (
      lib.addContextFrom rule (lib.last parts)
    );
  drivers = ofSettings ++ lib.concatMap ofRule config.systemd.tmpfiles.rules;
  isWanted = name: name == "fonts" || lib.hasPrefix "profiles/per-user/" name;
  files = lib.filterAttrs (name: file: isWanted name && file.enable) config.environment.etc;
  # Links may lead anywhere. (A path becomes a store path when it is asked for.)
  isInStore =
    source:
    builtins.isPath source
    || builtins.hasContext "${source}"
    || lib.hasPrefix "${builtins.storeDir}/" source;
  linked =
    lib.filter isInStore (drivers ++ lib.mapAttrsToList (_: file: file.source) files)
    ++ [ config.system.path ];

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

    programs.closurebox.runtimeClosures = linked;

    # Copied, since a closure never changes, and launchers follow no links here. What former
    # generations of the system left goes after a while; systemd leaves alone what has a rule.
    systemd.tmpfiles.packages = [
      (pkgs.runCommand "closurebox-tmpfiles"
        {
          closures = common.library.closureFiles cfg.runtimeClosures;
        }
        ''
          mkdir -p "$out/lib/tmpfiles.d"
          directory=/run/closurebox/closures
          {
            echo "d /run/closurebox 0755 root root - -"
            echo "d $directory 0755 root root 10d -"
            for file in "$closures"/*; do
              echo "C $directory/''${file##*/} 0444 root root - $file"
            done
          } >"$out/lib/tmpfiles.d/closurebox.conf"
        ''
      )
    ];

    inherit (common) assertions warnings;
  };
}
