# Closure files: for each store path a text file named like it that holds its closure, one store
# path a line; launchers read such files for what is known only at launch.
#
# The path itself is the last: a launcher takes no file without it, and so none that is just being
# copied.
{ lib, stdenvNoCC, ... }:
let
  inherit (builtins) hasContext storeDir unsafeDiscardStringContext;
  inherit (lib)
    concatLists
    hasPrefix
    imap0
    removePrefix
    ;

  # A package, or whatever else names a store path, as a string that a derivation can depend on.
  # What follows the store path may stay: Nix takes the object that it is in.
  storePath =
    value:
    let
      # Inserted into a string, a path of the store would be copied into the store once more.
      inStore = builtins.isPath value && hasPrefix "${storeDir}/" (toString value);
      text = if inStore then toString value else "${value}";
      name = unsafeDiscardStringContext text;
      object =
        if hasPrefix "${storeDir}/" name then
          builtins.match "([0-9a-df-np-sv-z]{32}-[^/]+)(/.*)?" (removePrefix "${storeDir}/" name)
        else
          null;
      # The path of a package that is addressed by its content is known when it is built.
      placeholder = builtins.match "/[0-9a-df-np-sv-z]{52}(/.*)?" name != null;
    in
    if hasContext text && (object != null || placeholder) then
      text
    else if object != null then
      # As builtins.storePath, which pure evaluation does not allow.
      builtins.appendContext text { "${storeDir}/${builtins.head object}".path = true; }
    else
      throw (
        "closurebox closureFiles: '${name}' is not in ${storeDir}; expected a package or a store "
        + "path; for a link such as /run/opengl-driver, name the package that it leads to"
      );
in
paths:
stdenvNoCC.mkDerivation {
  name = "closurebox-closures";

  # Not the structured form, whose cost grows with the square of a closure.
  __structuredAttrs = false;
  exportReferencesGraph = concatLists (
    imap0 (index: path: [
      "closure-${toString index}"
      (storePath path)
    ]) paths
  );
  # Hundreds of paths would be too long for an environment variable.
  passAsFile = [ "exportReferencesGraph" ];

  # That file names each graph and the path it is of, which a graph does not say. A graph is a
  # sequence of records: path, empty line, number of references, those; sorted by path.
  buildCommand = ''
    mkdir "$out"
    awk -v store="$NIX_STORE/" '
      function read_line() {
        if ((getline line < graph) <= 0) {
          print "closurebox: " graph " ends within a record" > "/dev/stderr"
          exit 1
        }
        return line
      }
      {
        for (i = 1; i < NF; i += 2) {
          graph = $i
          object = substr($(i + 1), length(store) + 1)
          sub("/.*", "", object)
          file = ENVIRON["out"] "/" object
          while ((getline line < graph) > 0) {
            if (line != store object)
              print line > file
            read_line()
            for (count = read_line(); count > 0; count--)
              read_line()
          }
          close(graph)
          print store object > file
          close(file)
        }
      }
    ' "$exportReferencesGraphPath"
  '';

  preferLocalBuild = true;
  allowSubstitutes = false;
}
