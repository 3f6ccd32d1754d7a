# The source tree without git's files and without what a build left in it, so that the same sources
# have the same store path wherever they are built.
let
  root = ../.;
  prefix = builtins.stringLength (toString root) + 1;
  directories = [
    ".ci"
    ".deps"
    ".git"
    "_build"
    "_inst"
    "autom4te.cache"
  ];
  # By their names from the top: what .gitignore lists, except what autoreconf makes.
  files = [
    "Makefile"
    "closure/closurebox-closure"
    "closurebox"
    "compiler/presets.c"
    "config.log"
    "config.status"
    "runtime/stub"
    "test-suite.log"
  ];
in
builtins.path {
  name = "closurebox-source";
  path = root;
  filter =
    path: type:
    let
      name = baseNameOf path;
      relative = builtins.substring prefix (-1) path;
    in
    if type == "directory" then
      !(builtins.elem name directories || builtins.pathExists "${path}/config.status")
    else if type == "regular" then
      !(builtins.elem relative files || builtins.match ".*[.](a|o|log|trs)" name != null)
    else
      type == "symlink" && builtins.match "result(-.*)?" name == null;
}
