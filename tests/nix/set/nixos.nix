# Options of the names and types that NixOS has, as far as nix/module.nix adds to them.
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
    environment.systemPackages = packages;
    users.users = option (types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = {
            name = option types.str name;
            inherit packages;
          };
        }
      )
    )) { };
    services.dbus.packages = option (types.listOf types.path) [ ];
    systemd.packages = packages;
    systemd.tmpfiles = {
      packages = option (types.listOf types.path) [ ];
      rules = option (types.listOf types.str) [ ];
      settings = option (types.attrsOf types.unspecified) { };
    };
    environment.etc = option (types.attrsOf (
      types.submodule {
        options = {
          enable = option types.bool true;
          source = mkOption { type = types.path; };
        };
      }
    )) { };
    system.path = mkOption { type = types.package; };
  };
  config = {
    system.path = pkgs.buildEnv {
      name = "system-path";
      paths = config.environment.systemPackages;
      ignoreCollisions = true;
    };
    environment.etc = lib.listToAttrs (
      map (user: {
        name = "profiles/per-user/${user.name}";
        value.source = pkgs.buildEnv {
          name = "user-environment";
          paths = user.packages;
        };
      }) (lib.filter (user: user.packages != [ ]) (lib.attrValues config.users.users))
    );
    # As NixOS has it: in one list what is made of another.
    services.dbus.packages = [
      pkgs.bash
      config.system.path
    ];
  };
}
