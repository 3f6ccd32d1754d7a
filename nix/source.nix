# The source tree without what a build or git leaves in it.
builtins.path {
  name = "closurebox-source";
  path = ../.;
  filter =
    path: type:
    let
      name = baseNameOf path;
      ends = suffix: builtins.match ".*${suffix}" name != null;
    in
    !(
      (type == "directory" && builtins.elem name [ ".git" ".ci" "autom4te.cache" "build" ".deps" ])
      || (type == "symlink" && builtins.match "result(-.*)?" name != null)
      || (type == "regular" && (ends "\\.o" || ends "\\.a" || ends "\\.log" || ends "\\.trs"))
      || type == "unknown"
    );
}
