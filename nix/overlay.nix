# For nixpkgs: `closurebox`, and `boxed`, the same set with the programs of each package in a box.
# Nothing else changes, so nothing else is built again.
final: _prev:
let
  closurebox = import ./closurebox.nix { pkgs = final; };
in
{
  inherit closurebox;
  boxed = closurebox.lib.boxed final;
}
