# home-manager module: the packages of a home in boxes.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption;

  common = import ./module-common.nix {
    inherit config lib pkgs;
    wrapOption = "wrapHomePackages";
    wrapDescription = ''
      Whether to put every package into a box that is installed by {option}`home.packages`, or whose
      services are by {option}`dbus.packages` and {option}`systemd.user.packages`. No package is
      built anew for it, and none but those in these lists is replaced: what other packages use,
      they use without a box.

      What would not work in a box, such as shells and the daemons of a session, stays as it is:
      {option}`programs.closurebox.unwrapped` has the names and the reasons.
    '';
    installed = config.home.packages ++ config.dbus.packages ++ config.systemd.user.packages;
    closuresDescription = ''
      They are in {file}`$XDG_STATE_HOME/closurebox/closures`. Always among them are the packages
      and the files of the home.
    '';
  };
  inherit (common) cfg;

  # A list of packages is declared where home-manager declares it; here is added what is done to its
  # value.
  wrapped = mkOption { apply = common.wrapAll; };
in
{
  options = {
    programs.closurebox = common.options;

    home.packages = wrapped;
    dbus.packages = wrapped;
    systemd.user.packages = wrapped;
  };

  config = mkIf cfg.enable {
    home.packages = [ cfg.package ] ++ common.packages;

    programs.closurebox.runtimeClosures = [
      config.home.path
      config.home-files
    ];

    # Copied, since a closure never changes: what is there outlives this generation of the home, if
    # what it tells of does. A file appears under its name when it is whole. Launchers trust none
    # that another user could have written. What the profile has, which is made only now, Nix tells.
    home.activation.closureboxClosures =
      lib.hm.dag.entryAfter
        [
          "installPackages"
          "writeBoundary"
        ]
        ''
          closures=${common.library.closureFiles cfg.runtimeClosures}
          directory=${lib.escapeShellArg "${config.xdg.stateHome}/closurebox/closures"}
          $DRY_RUN_CMD mkdir -p "$directory"
          $DRY_RUN_CMD chmod go-w "$directory"
          for file in "$directory"/*; do
            [ -e "${builtins.storeDir}/''${file##*/}" ] || [ ! -f "$file" ] ||
              $DRY_RUN_CMD rm -f "$file"
          done
          for file in "$closures"/*; do
            target=$directory/''${file##*/}
            $DRY_RUN_CMD install -m 0444 "$file" "$target.new"
            $DRY_RUN_CMD mv -fT "$target.new" "$target"
          done
          profile=${lib.escapeShellArg config.home.profileDirectory}/share
          [ ! -e "$profile" ] ||
            $DRY_RUN_CMD ${cfg.package}/bin/closurebox closure --output "$directory" \
              "$profile" >/dev/null || true
        '';

    inherit (common) assertions warnings;
  };
}
