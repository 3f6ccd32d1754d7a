# The README's section on nixpkgs, evaluated: each of its examples is a file in `examples`.
{
  # "set", or "nixpkgs" where there is one
  world ? "set",
  # where debian-store/build wrote its packages
  store,
  # the store path of closurebox
  built,
  # a directory that has them
  examples,
  # an example of docs/nix.md
  expression ? "",
}:
let
  pkgs = (if world == "nixpkgs" then import ./set/nixpkgs.nix else import ./set) {
    inherit store built;
    overlays = [ (import ../../nix/overlay.nix) ];
  };
  inherit (pkgs) lib;
  packages = import (examples + "/default.nix");
  # With the options that the modules add to.
  evaluate =
    modules:
    (lib.evalModules {
      modules = modules ++ [ { _module.args = { inherit pkgs; }; } ];
    }).config;
  system = evaluate [
    (examples + "/configuration.nix")
    (import ./set/nixos.nix { inherit lib pkgs; })
    {
      environment.systemPackages = [
        pkgs.hello
        pkgs.jq
      ];
    }
  ];
  home = evaluate [
    (examples + "/home.nix")
    (import ./set/home-manager.nix { inherit lib pkgs; })
    { home.packages = [ pkgs.hello ]; }
  ];
  # In the order of the names: that of definitions is the module system's affair.
  boxedOf =
    packages:
    builtins.mapAttrs (_: package: package ? launcher) (
      builtins.listToAttrs (
        map (package: {
          name = lib.getName package;
          value = package;
        }) packages
      )
    );
  flake = import (examples + "/flake.nix");
in
{
  inherit packages;
  installed = {
    configuration = boxedOf system.environment.systemPackages;
    home = boxedOf home.home.packages;
  };
  # Of packages that the fixture does not have another takes the place.
  manual = import (builtins.toFile "example.nix" "{ pkgs, closurebox, package }: ${expression}") {
    inherit (pkgs) closurebox;
    pkgs = pkgs // {
      gimp = pkgs.hello;
    };
    package = pkgs.hello;
  };
  inherit (flake) inputs;
  # What `nix build` would, with the inputs as a lock file gives them.
  flake =
    (flake.outputs {
      nixpkgs.legacyPackages.x86_64-linux = pkgs;
      closurebox.lib.x86_64-linux = pkgs.closurebox.lib;
    }).packages.x86_64-linux.default;
}
