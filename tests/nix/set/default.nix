# A package set of nixpkgs' shape, made of Debian packages, to test on what is written for nixpkgs:
# the same functions, attributes, hooks and overlays, and a package for every case that matters.
{
  # where tests/nix/common's fixture_set wrote its packages
  store,
  overlays ? [ ],
  # nixpkgs' configuration: allowBroken, allowUnfree, contentAddressedByDefault
  config ? { },
  # the store path of a closurebox that is there already
  built ? null,
  # how many packages `generated` has
  generated ? 100,
  # needed where builtins.currentSystem is not there (flakes)
  system ? null,
  # the packages of the fixture by Debian's names
  debian ? import store (if system == null then { } else { inherit system; }),
}@arguments:
let
  lib = import ./lib.nix;

  again = more: import ./default.nix (arguments // { overlays = overlays ++ more; });
  stages = [
    (_: _: {
      inherit lib config overlays;
      extend = overlay: again [ overlay ];
      appendOverlays = again;
    })
    (import ./build-support.nix { inherit debian built; })
    (import ./libraries.nix { inherit debian; })
    (import ./packages.nix { inherit debian; })
    (import ./specimens.nix { inherit generated; })
  ]
  ++ overlays;
in
lib.fix (lib.foldl' (lib.flip lib.extends) (_: { }) stages)
