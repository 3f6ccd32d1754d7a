# Facts for modules.nix: of what the modules have closure files.
{
  lib,
  pkgs,
  systemOf,
  homeOf,
  # a home that has jq as one of its own
  home,
}:
let
  # Of what a system has closure files, beside those of its own packages, which each has.
  closuresOf =
    configuration:
    let
      config = systemOf {
        imports = [ configuration ];
        programs.closurebox.enable = true;
      };
      all = map (path: "${path}") config.programs.closurebox.runtimeClosures;
      own = "${config.system.path}";
    in
    assert lib.elem own all;
    builtins.filter (path: path != own) all;
in
{
  # What links of the system lead to is no affair of the user's.
  closures = {
    got = map closuresOf [
      { }
      { programs.closurebox.runtimeClosures = [ pkgs.jq ]; }
      {
        systemd.tmpfiles.settings = {
          graphics-driver = {
            "/run/opengl-driver"."L+".argument = "${pkgs.hello}";
            "/run/opengl-driver-32"."L+".argument = "opengl-driver";
          };
          other."/run/other"."L+".argument = "${pkgs.dash}";
        };
      }
      {
        systemd.tmpfiles.rules = [
          "L+ /run/opengl-driver-32 - - - - ${pkgs.hello}"
          "L+ /run/other - - - - ${pkgs.dash}"
          "r /run/opengl-driver"
        ];
      }
      {
        environment.etc = {
          fonts.source = "${pkgs.git}/share";
          other.source = pkgs.dash;
        };
      }
      {
        environment.etc.fonts = {
          enable = false;
          source = pkgs.git;
        };
      }
      { environment.etc.fonts.source = "/var/fonts"; }
      { users.users.eve.packages = [ pkgs.hello ]; }
    ];
    want = map (map (path: "${path}")) [
      [ ]
      [ pkgs.jq ]
      [ pkgs.hello ]
      [ pkgs.hello ]
      [ "${pkgs.git}/share" ]
      [ ]
      [ ]
      [
        (pkgs.buildEnv {
          name = "user-environment";
          paths = [ pkgs.hello ];
        })
      ]
    ];
  };
  homeClosures = {
    got = map (path: "${path}") home.programs.closurebox.runtimeClosures;
    want = map (path: "${path}") [
      pkgs.jq
      home.home.path
      home.home-files
    ];
  };
  # Nothing is copied for who has no boxes.
  noClosures = {
    got =
      (systemOf { }).systemd.tmpfiles.packages
      ++ builtins.attrNames (homeOf { }).home.activation;
    want = [ ];
  };
}
