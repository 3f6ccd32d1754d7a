# For use without flakes: closurebox and what belongs to it, from a nixpkgs.
{
  pkgs ? import <nixpkgs> { },
}:
rec {
  closurebox = import ./nix/closurebox.nix { inherit pkgs; };
  # wrap, policy, inPlace...
  inherit (closurebox) lib;
  # for nativeBuildInputs
  closureboxHook = closurebox.hook;
  # the same package set, every program of it in a box
  boxed = lib.boxed pkgs;
  overlay = import ./nix/overlay.nix;
  nixosModule = ./nix/module.nix;
  homeManagerModule = ./nix/home-manager.nix;
}
