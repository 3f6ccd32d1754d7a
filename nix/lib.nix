# The library: what Nix expressions need to put packages into boxes. docs/nix.md describes it.
{
  # nixpkgs' library
  lib,
  # the standard environment of the packages
  stdenv,
  # the same without a compiler: what wraps needs none
  stdenvNoCC ? stdenv,
  # the package that holds bin/closurebox
  closurebox,
  # the set of packages: what programs need beside them
  pkgs ? { },
}:
let
  arguments = {
    inherit
      lib
      stdenv
      stdenvNoCC
      closurebox
      pkgs
      ;
    # Only what somebody asks for is evaluated, so that each file can use the others.
    closureboxLib = self;
  };
  self =
    import ./policy.nix arguments
    // import ./options.nix arguments
    // import ./default-policy.nix arguments
    // {
      wrap = import ./wrap.nix arguments;
      closureFiles = import ./closure-files.nix arguments;
    }
    // import ./hook.nix arguments
    // import ./boxed.nix arguments;
in
self
