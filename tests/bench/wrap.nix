# What tests/bench/wrap compares: a package in a box, and mere links to all its files.
{
  store,
  built,
}:
let
  pkgs = import ../nix/set {
    inherit store built;
    overlays = [ (import ../../nix/overlay.nix) ];
  };
  links =
    package:
    pkgs.runCommandLocal "${package.name}-links" { } ''
      cp -rs ${package} $out
    '';
in
{
  wrapped = pkgs.closurebox.lib.wrap { package = pkgs.specimens.hundred; };
  links = links pkgs.specimens.hundred;
  wrappedGit = pkgs.closurebox.lib.wrap { package = pkgs.git; };
  linksGit = links pkgs.git;
}
