# What distribution.sh builds elsewhere and copies: wrapped packages of the set.
{
  # "set", or "nixpkgs" where there is one
  world ? "set",
  # where debian-store/build wrote its packages
  store,
  # the store path of closurebox: built once, then used for all
  built,
}:
let
  pkgs = (if world == "nixpkgs" then import ./set/nixpkgs.nix else import ./set) {
    inherit store built;
    overlays = [ (import ../../nix/overlay.nix) ];
  };
in
{
  inherit (pkgs.boxed) hello jq;
  # None of them needs another, so that builders can share them.
  several = map (
    index:
    pkgs.closurebox.lib.wrap {
      package = pkgs.hello;
      policy.environment.set.INDEX = toString index;
    }
  ) (builtins.genList (index: index) 6);
}
