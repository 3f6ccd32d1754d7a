# The README's section on nixpkgs, evaluated: each of its examples is a file in `examples`.
{
  # where debian-store/build wrote its packages
  store,
  # the store path of closurebox
  built,
  # a directory: default.nix, configuration.nix, flake.nix, and closurebox, the source tree
  examples,
}:
let
  pkgs = import ./set {
    inherit store built;
    overlays = [ (import ../../nix/overlay.nix) ];
  };
  inherit (pkgs) lib;
  packages = import (examples + "/default.nix");
  # With the options of NixOS that the module adds to.
  system = lib.evalModules {
    modules = [
      (examples + "/configuration.nix")
      (import ./set/nixos.nix { inherit lib pkgs; })
      { _module.args = { inherit pkgs; }; }
      {
        environment.systemPackages = [
          pkgs.hello
          pkgs.jq
        ];
      }
    ];
  };
  flake = import (examples + "/flake.nix");
in
{
  inherit packages;
  # In the order of the names: that of definitions is the module system's affair.
  installed = builtins.mapAttrs (_: package: package ? launcher) (
    builtins.listToAttrs (
      map (package: {
        name = lib.getName package;
        value = package;
      }) system.config.environment.systemPackages
    )
  );
  inherit (flake) inputs;
  # What `nix build` would, with the inputs as a lock file gives them.
  flake =
    (flake.outputs {
      nixpkgs.legacyPackages.x86_64-linux = pkgs;
      closurebox.lib.x86_64-linux = pkgs.closurebox.lib;
    }).packages.x86_64-linux.default;
}
