# What wrap.sh builds: packages of the fixture put into boxes by the library.
{
  store,
  # the store path of closurebox: built once, then used for all
  built ? null,
}:
let
  world = import ./closurebox.nix { inherit store; };
  inherit (world) packages;
  closurebox = if built == null then world.closurebox else builtins.storePath built;
  # The library has two ways to make a derivation, without and with a standard environment.
  plain = import ../../nix/lib.nix {
    inherit closurebox;
    shell = "${packages.dash}/bin/dash";
    tools = [ packages.coreutils ];
  };
  standard = import ../../nix/lib.nix {
    inherit closurebox;
    inherit (world) stdenv;
  };
in
{
  inherit closurebox;
  boxed = {
    hello = plain.wrap { package = packages.hello; };
    jq = standard.wrap { package = packages.jq; };
    git = plain.wrap { package = packages.git; };
    python = standard.wrap { package = packages.python3-minimal; };
    coreutils = plain.wrap { package = packages.coreutils; };
    gtk = standard.wrap { package = packages.gtk-3-examples; };
  };
  sameHello = standard.wrap { package = packages.hello; };

  # A policy that names two packages and a file, none of which the shell needs by itself.
  withPolicy = plain.wrap {
    package = packages.dash;
    policy.environment.set = {
      JQ = "${packages.jq}/bin/jq";
      LS = "${packages.coreutils}/bin/ls";
      NOTE = builtins.toFile "note" "a note with blanks";
      TEXT = "two  blanks, \"quotes\" and 'more'";
    };
  };

  # X11 through its socket file; the abstract one belongs to the host's network.
  window = standard.wrap {
    package = packages.gtk-3-examples;
    policy.filesystem = [
      {
        bind = "/tmp/.X11-unix";
        access = "read-write";
      }
    ];
    policy.environment.set.DISPLAY = "$DISPLAY";
    policy.accept-risk = [ "x11" ];
  };

  noPrograms = plain.wrap { package = packages.gcc-12-base; };

  # What the evaluator alone can say.
  attributes =
    let
      package = packages.hello // {
        version = "2.10";
        meta = {
          mainProgram = "hello";
          outputsToInstall = [ "out" "man" ];
        };
        passthru.kept = true;
      };
      of = wrapped: {
        inherit (wrapped) name;
        program = wrapped.meta.mainProgram;
        installs = wrapped.meta ? outputsToInstall;
        unwrapped = wrapped.unwrapped.outPath == packages.hello.outPath;
        inherit (wrapped.passthru) kept;
      };
    in
    map (lib: of (lib.wrap { inherit package; })) [
      plain
      standard
    ];
}
