# The package together with what belongs to it in Nix: `closurebox.lib` and `closurebox.hook`.
{
  # nixpkgs, or a package set of its shape
  pkgs,
  package ? pkgs.callPackage ./package.nix { },
}:
let
  # They know the package as it is here, so that they are in it too.
  closurebox = package // {
    inherit lib;
    inherit (lib) hook;
  };
  lib = import ./lib.nix {
    inherit (pkgs) lib stdenv;
    stdenvNoCC = pkgs.stdenvNoCC or pkgs.stdenv;
    inherit closurebox pkgs;
  };
in
closurebox
