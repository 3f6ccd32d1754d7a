# closurebox built by Nix from this source tree, with the compilers and libraries of the test set.
{
  # where tests/nix/common's fixture_set wrote its packages
  store,
}:
(import ./set { inherit store; }).callPackage ../../nix/package.nix { }
