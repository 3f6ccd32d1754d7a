# The store paths that a text names, each with the context of all, which says what must be built.
{ lib }:
text:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    getContext
    head
    isList
    listToAttrs
    match
    replaceStrings
    split
    storeDir
    stringLength
    substring
    unsafeDiscardStringContext
    ;

  digit = "[0-9a-df-np-sv-z]";
  pattern = "(${
    replaceStrings [ "." "+" ] [ "[.]" "[+]" ] storeDir
  }/${digit}{32}-[-+._?=0-9a-zA-Z]+|/${digit}{52})";
  found = names (map head (filter isList (split pattern (unsafeDiscardStringContext text))));
  isPath = path: substring 0 (stringLength storeDir + 1) path == "${storeDir}/";
  nameOf = path: substring (stringLength storeDir + 34) (-1) path;

  # The names of what the context has; in it a content-addressed output has no path yet.
  context = getContext text;
  expected = attrSet (
    concatMap (
      path:
      let
        name = nameOf path;
        # Of a derivation; a source has no outputs, and `drvPath` as a text none that are meant.
        isDerivation = match ".*[.]drv" name != null;
        base = substring 0 (stringLength name - 4) name;
      in
      if context.${path}.path or false then
        # The graph of a derivation would ask for all that it can build.
        if isDerivation then [ ] else [ name ]
      else
        map (output: if output == "out" then base else "${base}-${output}") (
          context.${path}.outputs or [ ]
        )
    ) (attrNames context)
  );
  # The full stop of a sentence looks like more of the path before it.
  trimmed =
    path:
    let
      shorter = match "(.*[^-+._?=])[-+._?=]*" path;
    in
    if !(expected ? ${nameOf path}) && expected ? ${nameOf (head shorter)} then
      head shorter
    else
      path;
  paths = names (map trimmed (filter isPath found));
  isKnown = path: expected ? ${nameOf path};

  attrSet =
    list:
    listToAttrs (
      map (name: {
        inherit name;
        value = null;
      }) list
    );
  # Sorted, each once.
  names = list: attrNames (attrSet list);
  inContext = map (lib.addContextFrom text);
in
{
  # Those that the context accounts for, by their names.
  known = inContext (filter isKnown paths);
  # Mere texts.
  others = inContext (filter (path: !isKnown path) paths);
  # What stands for outputs that are addressed by their content until they are built. Its hash tells
  # nothing, so it is looked for only if the context has something without a path.
  placeholders =
    if removeAttrs expected (map nameOf paths) == { } then
      [ ]
    else
      inContext (filter (path: !isPath path) found);
}
