#!/bin/sh
# flake.nix: what it offers, evaluated as flakes are, without a network, with a package set of
# nixpkgs' shape in place of its input; and a flake that uses it.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

NIX_CONFIG="$NIX_CONFIG
extra-experimental-features = nix-command flakes
flake-registry =
warn-dirty = false"
export NIX_CONFIG
# Flakes, and inputs that are files, came with Nix 2.4.
nix flake --help >/dev/null 2>&1 || skip "this Nix has no flakes"

# shellcheck disable=SC2119 # none but the set's own packages
fixture_set
closurebox_package

# The sources that Nix built it of. Of a directory a flake would take what was built in it, too, and
# of a git tree only what is in the index.
sources=$(nix-store -q --binding src "$(nix-store -q --deriver "$closurebox")")
mkdir "$work/self" "$work/nixpkgs" "$work/user"
cp -r "$sources/." "$work/self"
chmod -R u+w "$work"

# A nixpkgs whose packages are on this machine: evaluated, it may look at nothing but itself.
cp -r "$srcdir/tests/nix/set" "$srcdir/tests/nix/debian-store" "$work/nixpkgs"
mkdir "$work/nixpkgs/store"
cp -rL "$store/index.json" "$store/busybox" "$work/nixpkgs/store"
cat >"$work/nixpkgs/packages.nix" <<'END_NIX'
{ overlays ? [ ] }:
import ./set {
  system = "x86_64-linux";
  store = null;
  debian = import ./debian-store/debian-store.nix {
    state = ./store;
    system = "x86_64-linux";
  };
  inherit overlays;
}
END_NIX
cat >"$work/nixpkgs/flake.nix" <<'END_NIX'
{
  outputs = _: {
    legacyPackages.x86_64-linux = import ./packages.nix { };
    withOverlays = overlays: import ./packages.nix { inherit overlays; };
  };
}
END_NIX

# The flake of a user, who has an overlay, a system and a home.
cat >"$work/user/flake.nix" <<END_NIX
{
  inputs.nixpkgs.url = "path:$work/nixpkgs";
  inputs.closurebox = {
    url = "path:$work/self";
    inputs.nixpkgs.follows = "nixpkgs";
  };
  outputs =
    { self, nixpkgs, closurebox }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.withOverlays [ closurebox.overlays.default ];
      inherit (pkgs) lib;
      packages = lib.mkOption {
        type = lib.types.listOf lib.types.package;
        default = [ ];
      };
      anything = lib.mkOption {
        type = lib.types.unspecified;
        default = [ ];
      };
      evaluate =
        modules:
        (lib.evalModules {
          modules = modules ++ [ { _module.args = { inherit pkgs; }; } ];
        }).config;
      boxed = packages: map (package: package.outPath) (lib.filter (p: p ? launcher) packages);
    in
    {
      hello = {
        overlay = pkgs.boxed.hello.outPath;
        packages = closurebox.legacyPackages.\${system}.boxed.hello.outPath;
        library = (closurebox.lib.\${system}.box pkgs.hello).outPath;
        system =
          (evaluate [
            closurebox.nixosModules.default
            closurebox.nixosModules.closurebox
            {
              options = {
                environment.systemPackages = packages;
                systemd.packages = packages;
                services.dbus.packages = packages;
                systemd.tmpfiles.packages = packages;
                users.users = lib.mkOption { default = { }; };
                assertions = anything;
                warnings = anything;
              };
              config.environment.systemPackages = [ pkgs.hello ];
              config.programs.closurebox = {
                enable = true;
                wrapSystemPackages = true;
              };
            }
          ]).environment.systemPackages;
        home =
          (evaluate [
            closurebox.homeModules.default
            closurebox.homeManagerModules.default
            {
              options = {
                home.packages = packages;
                home.activation = anything;
                dbus.packages = packages;
                systemd.user.packages = packages;
                assertions = anything;
                warnings = anything;
              };
              config.home.packages = [ pkgs.hello ];
              config.programs.closurebox = {
                enable = true;
                wrapHomePackages = true;
              };
            }
          ]).home.packages;
      };
      # Pure evaluation does not know builtins.storePath.
      closures = closurebox.lib.\${system}.closureFiles [
        pkgs.hello
        (builtins.unsafeDiscardStringContext "\${self}")
      ];
      result = self.hello // {
        system = lib.head (boxed self.hello.system);
        home = lib.head (boxed self.hello.home);
      };
    };
}
END_NIX

flake() { # COMMAND... FLAKE ARGUMENT...: with nothing but this machine
	"$@" --offline --no-write-lock-file 2>"$work/log" || fail "$*: $(tail -n 30 "$work/log")"
}
with_input() { # COMMAND...: on closurebox's own flake
	flake "$@" --override-input nixpkgs "path:$work/nixpkgs"
}

with_input nix flake show --json "path:$work/self" >"$work/shown"
python3 - "$work/shown" >"$work/got" <<'END_PYTHON'
import json
import sys

def show(value, path):
    if "type" in value:
        print(".".join(path), value["type"])
    for name in value:
        if isinstance(value[name], dict):
            show(value[name], path + [name])

show(json.load(open(sys.argv[1])), [])
END_PYTHON
cat >"$work/want" <<'END'
checks.x86_64-linux.closurebox derivation
checks.x86_64-linux.hello derivation
homeManagerModules unknown
homeModules unknown
lib unknown
nixosModules.closurebox nixos-module
nixosModules.default nixos-module
overlays.closurebox nixpkgs-overlay
overlays.default nixpkgs-overlay
packages.x86_64-linux.closurebox derivation
packages.x86_64-linux.default derivation
END
diff "$work/want" "$work/got" || fail "the flake offers something else"
with_input nix flake check --no-build "path:$work/self"

# The closurebox that there is without flakes: nothing but the sources decides what it is.
with_input nix build --no-link --json "path:$work/self" >"$work/built"
grep -qF "\"$closurebox\"" "$work/built" || fail "not $closurebox: $(cat "$work/built")"
echo "ok: packages"

with_input nix build --no-link "path:$work/self#checks.x86_64-linux.hello"
got=$(with_input nix run "path:$work/self#boxed.hello")
[ "$got" = 'Hello, world!' ] || fail "boxed.hello: $got"
echo "ok: checks, nix run"

# Whatever way a user takes, it is one hello in one box.
flake nix eval --json "path:$work/user#result" >"$work/result"
python3 - "$work/result" <<'END_PYTHON' || fail "$(cat "$work/result")"
import json
import sys

result = json.load(open(sys.argv[1]))
ways = {"overlay", "packages", "library", "system", "home"}
sys.exit(result.keys() != ways or len(set(result.values())) != 1)
END_PYTHON
flake nix build --no-link --json "path:$work/user#closures" >"$work/built"
closures=$(sed 's,.*"out":"\([^"]*\)".*,\1,' "$work/built")
[ "$(find "$closures/" -type f | wc -l)" = 2 ] || fail "closures: $(ls "$closures")"
echo "ok: overlay, modules, library"
