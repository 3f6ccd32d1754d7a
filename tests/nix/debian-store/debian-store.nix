# Debian packages as store objects: an attribute set by Debian package name, read from the index
# that `build` writes. Needs nothing but Nix itself.
{
  # Directory that `build` filled: index.json, and archives/<sha256>.deb.
  state,
  system ? builtins.currentSystem,
}:
let
  index = builtins.fromJSON (builtins.readFile (state + "/index.json"));

  # With the hash known beforehand Nix copies an archive into the store only once.
  archive =
    { package, sha256, ... }:
    builtins.path {
      name = "${builtins.replaceStrings [ "~" ] [ "-" ] package}.deb";
      path = state + "/archives/${sha256}.deb";
      recursive = false;
      inherit sha256;
    };

  # A directory, since busybox goes by the name it is started under.
  busybox = "${
    builtins.path {
      name = "debian-store-busybox";
      path = state + "/busybox";
    }
  }/busybox";

  builder = derivation {
    name = "debian-store-builder";
    inherit system busybox;
    builder = busybox;
    args = [
      "sh"
      ./builder/bootstrap.sh
    ];
    archives = map archive index.builder;
  };

  # Everything below an object along `edges`, nearest first: where two inputs have a file of the
  # same name, the nearer one is meant.
  below =
    edges: name:
    map (item: item.key) (
      builtins.genericClosure {
        startSet = map (key: { inherit key; }) (edges index.objects.${name});
        operator = item: map (key: { inherit key; }) (edges index.objects.${item.key});
      }
    );
  declared = below (object: object.depends);
  inputs = below (object: object.depends ++ object.interpreters);

  objects = builtins.mapAttrs (
    name: object:
    derivation {
      inherit (object) name;
      inherit system;
      builder = "${builder}/bin/perl";
      args = [
        "-I${./builder}"
        "${./builder}/object.pl"
      ];
      tools = builder;
      archives = map archive object.archives;
      # Hundreds of inputs would be too long for environment variables.
      passAsFile = [
        "inputs"
        "declared"
        "own"
        "packages"
      ];
      inputs = map (input: objects.${input}) (inputs name);
      # The environment a program needs is told by its own dependencies, not by the interpreters
      # that every object may name.
      declared = map (input: objects.${input}) (declared name);
      own = object.members;
      packages = builtins.concatMap (input: index.objects.${input}.members) (
        [ name ] ++ declared name
      );
      PERL5LIB = "${builder}/lib/perl";
    }
  ) index.objects;
in
builtins.mapAttrs (_: name: objects.${name}) index.packages
