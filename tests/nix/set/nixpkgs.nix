# The real nixpkgs of NIX_PATH, with what tests need of the small set: the specimens and the
# generated packages. The same arguments as default.nix, of which `store` and `built` mean nothing.
{
  store ? null,
  overlays ? [ ],
  config ? { },
  built ? null,
  generated ? 100,
  system ? builtins.currentSystem,
}:
import <nixpkgs> {
  inherit config system;
  overlays = [
    (import ./specimens.nix { inherit generated; })
    (final: _: { gtk3-demo = final.gtk3.dev; })
  ]
  ++ overlays;
}
