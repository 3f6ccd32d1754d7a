# Policies as Nix values: checks them against the schema of policies and writes them as JSON.
#
# The schema is the one source: what it says is interpreted by schema.nix, so that whatever is
# written in Nix is checked while Nix evaluates, with the option's name in the message, and not at
# the end of a build. What no schema can say (two entries for one path, names of system calls) is
# left to `closurebox compile`.
{ ... }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elemAt
    filter
    genList
    head
    isAttrs
    isList
    isString
    length
    substring
    toJSON
    typeOf
    ;

  schema = import ./schema.nix {
    schema = builtins.fromJSON (builtins.readFile ../schemas/policy.schema.json);
  };
  inherit (schema) at item;

  # `where` is what the text of a mistake begins with: a file, which of several policies.
  failure = where: text: throw "closurebox policy: ${at where text}";

  textOf =
    where: value:
    let
      mistakes = schema.mistakes value;
      lines = map (mistake: "closurebox policy: ${at where mistake}") mistakes;
    in
    if mistakes == [ ] then toJSON value else throw (concatStringsSep "\n" lines);

  # What the text of a file depends on, as Nix found it there, the policy's text keeps.
  textOfFile =
    where: file:
    let
      name = builtins.unsafeDiscardStringContext "${toString file}";
      content = builtins.readFile file;
    in
    if isBuilt file then
      failure where (
        "${name} would have to be built to evaluate this; "
        + "expected an attribute set or a file of the sources"
      )
    else
      substring 0 0 content
      + textOf (at where name) (
        # Nix says what is wrong with the text, but not of which file it is.
        builtins.addErrorContext "while reading the policy in '${name}':" (
          builtins.fromJSON (builtins.unsafeDiscardStringContext content)
        )
      );

  isFile =
    value:
    typeOf value == "path"
    || isString value && substring 0 1 value == "/"
    || isAttrs value && value ? outPath;

  # The output of a derivation: reading it would be an import from derivation.
  isBuilt =
    file:
    typeOf file != "path"
    && builtins.any (entry: entry ? outputs || entry ? allOutputs) (
      builtins.attrValues (builtins.getContext "${file}")
    );

  # In Nix the language's version need not be said.
  filled = value: if isAttrs value then { closurebox = 1; } // value else value;

  # What functions of this library return.
  isA = kind: value: isAttrs value && value._type or null == "closurebox-${kind}";

  textOfAny =
    where: value: if isFile value then textOfFile where value else textOf where (filled value);

  # What may stand for several policies, or for none, has lines but no JSON.
  alone =
    value:
    if isList value then
      throw "closurebox policy: a list has no JSON of its own; policyLines takes it"
    else if isA "when" value then
      throw "closurebox policy: a condition has no JSON of its own; policyLines takes it"
    else if isA "checked" value then
      throw "closurebox policy: a checked policy has no JSON of its own; policyLines takes it"
    else
      value;

  # The single policies of a value, in their order, each with its condition.
  flatten =
    where: condition: value:
    let
      list = if where == "" then "policy" else where;
      each = index: flatten (item list index) condition (elemAt value index);
    in
    if isList value then
      builtins.concatLists (genList each (length value))
    else if isA "when" value then
      flatten where (both where condition value.condition) value.policy
    else if isA "checked" value then
      map (single: single // { condition = both where condition single.condition; }) value.singles
    else
      [
        {
          inherit condition;
          json = textOfAny where value;
        }
      ];

  # A policy has one glob and one expression in what the builders read.
  both =
    where: outer: inner:
    let
      twice = filter (name: inner ? ${name}) (attrNames outer);
    in
    if twice == [ ] then
      outer // inner
    else
      failure where "a 'when' of '${head twice}' is in another; expected one such condition";

  linesOf =
    where: value:
    concatStringsSep "" (
      map ({ condition, json }: "${condition.file or ""}\n${condition.library or ""}\n${json}\n") (
        flatten where { } value
      )
    );
in
{
  # An attribute set in the language of closurebox-policy(5), or a path of a JSON file, as JSON.
  policy = value: textOfAny "" (alone value);

  # What is wrong with an attribute set that says `closurebox = 1` as well, as texts that begin with
  # the option's name.
  policyMistakes = schema.mistakes;

  # A value that is a policy wherever one is taken, and is checked only once: for those that many
  # packages share.
  checkedPolicy = value: {
    _type = "closurebox-checked";
    policy = value;
    singles = flatten "" { } value;
  };

  # What the builders read of a policy, or of a list of them, some with conditions: three lines for
  # each. They are: a glob that a file of the package matches, or nothing; an extended regular
  # expression that a library of the closure matches, or nothing; the policy as JSON.
  policyLines = linesOf "";

  # The same for a value that is an option's: messages begin with its name.
  policyLinesAt = linesOf;
}
