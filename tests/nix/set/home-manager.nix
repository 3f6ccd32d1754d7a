# Options of the names and types that home-manager has, as far as nix/home-manager.nix adds to them.
{ lib, pkgs }:
let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
  packages = option (types.listOf types.package) [ ];
in
{ config, ... }:
{
  options = {
    assertions = option (types.listOf types.unspecified) [ ];
    warnings = option (types.listOf types.str) [ ];
    home.packages = packages;
    home.path = mkOption { type = types.package; };
    home.profileDirectory = option types.path "/home/eve/.nix-profile";
    home.activation = option (types.attrsOf types.unspecified) { };
    home-files = mkOption { type = types.package; };
    dbus.packages = packages;
    systemd.user.packages = packages;
    xdg.stateHome = mkOption { type = types.path; };
  };
  config = {
    home.path = pkgs.buildEnv {
      name = "home-manager-path";
      paths = config.home.packages;
    };
    home-files = pkgs.runCommand "home-manager-files" { } ''
      mkdir -p "$out/.config"
      ln -s ${pkgs.writeText "hm_settings" "settings"} "$out/.config/settings"
    '';
  };
}
