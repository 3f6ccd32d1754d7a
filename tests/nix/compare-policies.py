"""compare-policies.py collect SOURCES CLOSUREBOX CASES: writes policies, each with who takes it, as
JSON.
compare-policies.py compare SOURCES CASES RESULT: does nix/schema.nix judge them as the others
do?"""

import ast
import copy
import glob
import json
import os
import random
import re
import subprocess
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None

# Spelled out, for a file that names only ASCII characters.
CONTROL, DELETE, LETTER = "\x01", "\x7f", "\u00e9"
# What patterns tell apart, to make texts of.
TOKENS = ["$", "$$", "${", "}", "A", "z", "_", "UID", "INSTANCE", ":-", "/", "//", ".", "..",
          "0", "7", "9", "K", "T", "ms", "s", "-", "@", "*", " ", "\n", CONTROL, DELETE, LETTER,
          "{", "~"]
VALUES = [None, True, False, 0, -1, 3, 5.5, 2**40, "", "/", "/a", "/a/", "a", "$HOME", "$$", "none",
          "all", "read-only", "directory", "file", "0755", "5s", "1G", [], ["a"], ["native"],
          ["a", "a"], [3, 3], {}, {"a": "b"}, {"A": "$HOME"}, {"A": []}]
NAMES = ["a", "to", "bind", "tmpfs", "create", "closure", "links", "text", "mode", "Set"]


def texts(chance):
    found = ["", "$", "$HOME", "${UID:-1}", "$${UID:-1}", "$$${UID:-1}", "${UIDX:-1}", "/a\n",
             "a\n", "\n", "/" + 900 * "a", 300 * "$A/", "0" * 63, "a" * 63, "a" * 64, "a" * 65]
    while len(found) < 1500:
        found.append("".join(chance.choices(TOKENS, k=chance.randint(1, 6))))
    return found


def places(value):
    """All containers and their keys."""
    keys = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    for key in keys:
        yield value, key
        yield from places(value[key])


def mutants(chance, policies):
    """Policies with one mistake or change, which may be none."""
    while True:
        policy = copy.deepcopy(chance.choice(policies))
        found = list(places(policy))
        container, key = chance.choice(found)
        kind = chance.randrange(6)
        if kind == 0:
            del container[key]
        elif kind == 1:
            container[key] = copy.deepcopy(chance.choice(VALUES))
        elif kind == 2 and isinstance(container, dict):
            container[chance.choice(NAMES)] = copy.deepcopy(chance.choice(VALUES))
        elif kind == 3 and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        elif kind == 4 and isinstance(container[key], str):
            text = container[key]
            at = chance.randint(0, len(text))
            container[key] = text[:at] + chance.choice(TOKENS) + text[at:]
        else:
            # Something from elsewhere.
            other, name = chance.choice(list(places(chance.choice(policies))))
            container[key] = copy.deepcopy(other[name])
        yield policy


def in_nix(value):
    """Can Nix hold it? Not texts with zero bytes, or with halves of characters."""
    text = json.dumps(value)
    return "\\u0000" not in text and not re.search(r"\\ud[89a-f]", text)


def in_python(schema):
    """The schema with its patterns as Python writes them, whose '$' fits before a last line break,
    too."""
    if isinstance(schema, list):
        return [in_python(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: in_python(value) for key, value in schema.items()}
    if isinstance(made.get("pattern"), str):
        made["pattern"] = re.sub(r"(\\.|\[(?:\\.|[^]])*\])|\$", lambda found: found[1] or r"\Z",
                                 made["pattern"])
    return made


def collect(sources, closurebox, path):
    schema = json.load(open(sources + "/schemas/policy.schema.json", encoding="utf-8"))
    validator = Draft202012Validator(in_python(schema)) if Draft202012Validator else None
    chance = random.Random(5)
    cases, policies = [], []

    def add(name, file, value):
        run = subprocess.run([closurebox, "policy", "check", file], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, check=False)
        if run.returncode not in (0, 1):
            sys.exit(f"closurebox policy check {file}: status {run.returncode}")
        cases.append({"name": name, "value": value, "reader": run.returncode == 0,
                      "schema": validator.is_valid(value) if validator else None})

    files = glob.glob(sources + "/schemas/examples/*.json")
    files += glob.glob(sources + "/compiler/presets/*.json")
    files += glob.glob(sources + "/nix/policies/*.json")
    files += glob.glob(sources + "/tests/cases/*/*.json")
    for file in sorted(files):
        name = os.path.relpath(file, sources)
        try:
            with open(file, encoding="utf-8-sig") as opened:
                value = json.load(opened)
        except (ValueError, UnicodeDecodeError):
            continue
        # In the folders of cases there are graphs as well; they say so less clearly.
        if name.startswith("tests/cases/") and not os.path.basename(file).startswith("policy"):
            if not isinstance(value, dict) or "closurebox" not in value:
                continue
        if in_nix(value):
            add(name, file, value)
            if cases[-1]["reader"]:
                policies.append(value)
    count = len(cases)
    made = mutants(chance, policies)
    while len(cases) < count + 800:
        value = next(made)
        if not in_nix(value):
            continue
        with open(path + ".mutant", "w", encoding="utf-8") as opened:
            json.dump(value, opened)
        add(f"mutant {len(cases) - count}", path + ".mutant", value)
    with open(path, "w", encoding="utf-8") as opened:
        json.dump({"cases": cases, "texts": texts(chance)}, opened)


def beyond_schemas(sources):
    """The table in tests/schemas.py of what no schema can refuse."""
    tree = ast.parse(open(sources + "/tests/schemas.py", encoding="utf-8").read())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "BEYOND_SCHEMAS":
            return ast.literal_eval(node.value)
    sys.exit("no BEYOND_SCHEMAS in tests/schemas.py")


def is_refused(directory):
    """Is it a case of tests/cases whose policies are refused? See tests/run."""
    if not os.path.basename(directory).startswith("policy-"):
        return False
    if any(os.path.exists(f"{directory}/want.{what}") for what in ("plan", "descriptor", "graph")):
        return False
    try:
        with open(directory + "/args", encoding="utf-8") as file:
            return "--policy" in file.read().splitlines()
    except FileNotFoundError:
        return False


def compare(sources, path, result):
    with open(path, encoding="utf-8") as opened:
        given = json.load(opened)
    with open(result, encoding="utf-8") as opened:
        got = json.load(opened)
    failures = [f"schema: {text}" for text in got["dialect"]]
    beyond = beyond_schemas(sources)
    refused = {}
    counts = {"accepted": 0, "refused": 0, "refused by the compiler only": 0}
    for case, mistakes in zip(given["cases"], got["cases"], strict=True):
        name = case["name"]
        if case["reader"]:
            counts["accepted"] += 1
        elif mistakes:
            counts["refused"] += 1
        else:
            counts["refused by the compiler only"] += 1
        if case["reader"] and mistakes:
            failures.append(f"{name}: accepted by closurebox, refused in Nix: {mistakes}")
        if case["schema"] is not None and case["schema"] != (not mistakes):
            failures.append(f"{name}: schema: {case['schema']}, Nix: {mistakes}: {case['value']}")
        directory = os.path.dirname(name)
        if is_refused(os.path.join(sources, directory)):
            refused.setdefault(os.path.basename(directory), []).extend(mistakes)
    for name, mistakes in refused.items():
        if not mistakes and name not in beyond:
            failures.append(f"{name}: refused by closurebox, accepted in Nix")
    matches = {False: 0, True: 0}
    for pattern, found in got["patterns"].items():
        # In Python's, "$" is also before a newline at the end.
        expression = re.compile(re.sub(r"(?<!\\)\$(?=\)|$)", r"\\Z", pattern))
        for text, fits in zip(given["texts"], found, strict=True):
            matches[fits] += 1
            if (expression.search(text) is not None) != fits:
                failures.append(f"pattern {pattern}, text {text!r}: {fits} in Nix")
    for text in failures[:40]:
        print(text)
    print(", ".join(f"{count} {what}" for what, count in counts.items())
          + f"; {len(got['patterns'])} patterns: {matches[True]} texts fit, {matches[False]} not")
    sys.exit(1 if failures or not all(counts.values()) or not all(matches.values()) else 0)


{"collect": collect, "compare": compare}[sys.argv[1]](*sys.argv[2:])
