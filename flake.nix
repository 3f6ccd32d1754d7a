# For who uses flakes: the package, the library, the overlay, the modules and the checks.
{
  description = "Compiles a store closure and a policy into a sandboxing launcher";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      # What the launchers are tested on.
      systems = [ "x86_64-linux" ];
      eachSystem =
        function:
        builtins.listToAttrs (
          map (system: {
            name = system;
            value = function nixpkgs.legacyPackages.${system};
          }) systems
        );
      closureboxFor = pkgs: import ./nix/closurebox.nix { inherit pkgs; };

      # Not the bare paths: older versions of `nix flake check` want sets or functions.
      nixosModule = {
        imports = [ ./nix/module.nix ];
      };
      homeModule = {
        imports = [ ./nix/home-manager.nix ];
      };
      modulesOf = module: {
        default = module;
        closurebox = module;
      };
    in
    {
      packages = eachSystem (pkgs: rec {
        closurebox = closureboxFor pkgs;
        default = closurebox;
      });

      # `nix build .#boxed.hello`
      legacyPackages = eachSystem (pkgs: {
        closureboxHook = (closureboxFor pkgs).hook;
        boxed = (closureboxFor pkgs).lib.boxed pkgs;
      });

      # wrap, policy, inPlace...: `closurebox.lib.x86_64-linux.wrap`
      lib = eachSystem (pkgs: (closureboxFor pkgs).lib);

      overlays = {
        default = import ./nix/overlay.nix;
        closurebox = self.overlays.default;
      };

      nixosModules = modulesOf nixosModule;
      homeModules = modulesOf homeModule;
      homeManagerModules = modulesOf homeModule;

      checks = eachSystem (
        pkgs:
        let
          closurebox = closureboxFor pkgs;
          boxedHello = closurebox.lib.wrap { package = pkgs.hello; };
        in
        {
          inherit closurebox;
          # Builders may not be allowed to make namespaces: it is inspected, not started.
          hello = pkgs.runCommand "closurebox-hello" { nativeBuildInputs = [ closurebox ]; } ''
            closurebox inspect ${boxedHello}/bin/hello | tee "$out"
            grep -qF ${pkgs.hello} "$out"
          '';
        }
      );
    };
}
