# What forms.sh builds: a root whose closure has objects of several sorts, and the forms of that
# closure that Nix writes for a build.
{
  # where debian-store/build wrote its packages
  store,
}:
let
  packages = import store { };
  build =
    name: script: attributes:
    derivation (
      {
        inherit name;
        system = builtins.currentSystem;
        builder = "${packages.dash}/bin/dash";
        # With structured attributes the environment does not say where the output is.
        args = [
          "-euc"
          ''
            export PATH=${packages.coreutils}/bin:${packages.jq}/bin
            [ ! -e .attrs.json ] || out=$(jq -r .outputs.out .attrs.json)
            ${script}
          ''
        ];
      }
      // attributes
    );
in
rec {
  # A file that refers to itself, to a package, and to a text, whose object is content-addressed.
  root = build "root" ''echo "$out $git $text" >"$out"'' {
    inherit (packages) git;
    text = builtins.toFile "text" "a text\n";
  };

  lines = build "lines" ''cp lines "$out"'' {
    exportReferencesGraph = [
      "lines"
      root
    ];
  };

  attributes = build "attributes" ''cp .attrs.json "$out"'' {
    __structuredAttrs = true;
    exportReferencesGraph = {
      alone = [ root ];
      both = [
        root
        packages.hello
      ];
    };
  };

  # The function closureInfo of nixpkgs, but for its standard environment.
  closureInfo =
    build "closure-info"
      ''
        mkdir "$out"
        jq -r ".closure | map(.narSize) | add" <.attrs.json >"$out/total-nar-size"
        jq -r '.closure
          | map([.path, .narHash, .narSize, "", (.references | length)] + .references)
          | add | map("\(.)\n") | add' <.attrs.json | head -n -1 >"$out/registration"
        jq -r '.closure[].path' <.attrs.json >"$out/store-paths"
      ''
      {
        __structuredAttrs = true;
        exportReferencesGraph.closure = [ root ];
      };
}
