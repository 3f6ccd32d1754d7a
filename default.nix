# For use without flakes: closurebox and its library, from a nixpkgs.
{
  pkgs ? import <nixpkgs> { },
}:
rec {
  closurebox = pkgs.callPackage ./nix/package.nix { };
  lib = import ./nix/lib.nix {
    inherit (pkgs) stdenv;
    inherit closurebox;
  };
}
