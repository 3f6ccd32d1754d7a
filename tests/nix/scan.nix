# What scan.sh builds: an output that names objects in every way that Nix finds and in some that it
# does not, one object of its inputs for each.
{
  # where debian-store/build wrote its packages
  store,
}:
let
  packages = import store { };
in
derivation {
  name = "names";
  system = builtins.currentSystem;
  builder = "${packages.dash}/bin/dash";
  args = [
    "-eu"
    ./scan-names.sh
  ];
  PATH = "${packages.coreutils}/bin";
  # Several names may mean one object.
  subjects = builtins.attrValues (
    builtins.listToAttrs (
      map (value: {
        name = builtins.unsafeDiscardStringContext "${value}";
        inherit value;
      }) (builtins.attrValues packages)
    )
  );
}
