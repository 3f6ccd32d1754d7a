"""schemas.py SOURCES CLOSUREBOX: do the schemas say what the compiler does?"""

import glob
import json
import os
import subprocess
import sys

from jsonschema import Draft202012Validator

sources, closurebox = sys.argv[1], os.path.abspath(sys.argv[2])
failures = []
checked = {"accepted": 0, "refused": 0, "written": 0}

# Cases that are refused for what no schema can say.
BEYOND_SCHEMAS = {
    "graph-attrs-reference-absent": "references are objects of the graph",
    "graph-attrs-several": "which one is meant is said on the command line",
    "graph-duplicate-in-two-files": "each graph is well for itself",
    "graph-duplicate-other-hash": "each graph is well for itself",
    "graph-json-duplicate-key": "validators never see the first of two members",
    "graph-json-duplicate-unknown-key": "validators never see the first of two members",
    "graph-json-nesting": "the depth of what is ignored",
    "graph-map-duplicate-key": "validators never see the first of two members",
    "graph-map-other-store-directory": "one path is compared with another",
    "graph-reference-absent-json": "references are objects of the graph",
    "graph-show-sizes-overflow": "the sizes are well, their sum is not",
    "policy-covered-twice": "two entries are compared by one of their members",
    "policy-duplicate-key": "validators never see the first of two members",
    "policy-limit-too-large": "numbers with units cannot be compared",
    "policy-links-twice": "two entries are compared by one of their members",
    "policy-path-default": "templates nest, which regular expressions cannot follow",
    "policy-path-defaults": "the combinations of defaults are counted",
    "policy-revoke-below-grant": "an entry is compared with what is granted",
    "policy-revoke-default-above": "an entry is compared with what is granted",
    "policy-revoke-links": "an entry is compared with what is granted",
    "policy-same-destination-spelled": "two paths are compared for what they mean",
    "policy-same-destination-twice": "two entries are compared by one of their members",
    "policy-size-too-large": "numbers with units cannot be compared",
    "policy-stop-timeout-too-long": "numbers with units cannot be compared",
    "policy-system-call-group-of-nested": "the schema has no table of system calls",
    "policy-system-call-needed": "the schema has no table of system calls",
    "policy-system-call-unknown": "the schema has no table of system calls",
    "policy-template-syntax": "templates nest, which regular expressions cannot follow",
    "policy-variable-set-and-unset": "a name here is compared with the names there",
    "sample-attrs-several": "which one is meant is said on the command line",
    "store-two-graphs": "each graph is well for itself",
}

# The samples in tests/graphs, and the definition of the one form that each has; None: refused.
SAMPLES = {
    "SYNTH-nix-2.19.path-info-rS.json": "map",
    "SYNTH-nix-2.23.path-info-rS.json": "map",
    "SYNTH-nix-2.33.path-info-format1.json": "map",
    "SYNTH-nix-2.33.path-info-format2.json": "format-2",
    "nix-2.8.0.attrs.json": "attributes",
    "nix-2.8.0.path-info-binarycache.json": "list",
    "nix-2.8.0.path-info-invalid.json": None,
    "nix-2.8.0.path-info-rS.json": "list",
    "nix-2.8.0.path-info.json": "list",
    "nix-2.8.0.show-derivation.json": None,
}


def fail(text):
    failures.append(text)


def load_schema(name):
    with open(os.path.join(sources, "schemas", name), encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    return schema


graph_schema = load_schema("graph.schema.json")
policy = Draft202012Validator(load_schema("policy.schema.json"))
graph = Draft202012Validator(graph_schema)


def form(name):
    """A validator of one form of graphs."""
    return Draft202012Validator({"$ref": "#/$defs/" + name, "$defs": graph_schema["$defs"]})


FORMS = [name for name in ("list", "attributes", "map", "format-2", "format-3")]
canonical = form("canonical")


def load(path):
    """The JSON in a file; None if it has none (or is compressed)."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            return json.load(file)
    except (ValueError, UnicodeDecodeError):
        return None


def accept(validator, path, value):
    checked["accepted"] += 1
    for error in validator.iter_errors(value):
        where = "/".join(str(part) for part in error.absolute_path)
        fail(f"{path}: accepted by closurebox, refused by the schema: /{where}: {error.message}")


def arguments(directory):
    for name in ("args", "graph-args"):
        try:
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            pass
    return []


def named(directory, option, words):
    """The files that an option names, with what they hold; only JSON."""
    for option_word, word in zip(words, words[1:]):
        path = os.path.join(directory, word)
        if option_word != option or not os.path.isfile(path):
            continue
        with open(path, "rb") as file:
            start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        if start in (b"[", b"{"):
            yield path, load(path)


def write_and_check(path, options):
    """What closurebox writes of a graph is its canonical form, and a list."""
    for more in ([], ["--closure-size"]):
        run = subprocess.run(
            [closurebox, "graph", "--graph", path, "--format", "json", *options, *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if run.returncode != 0:
            fail(f"{path}: not written as JSON: {run.stderr.decode()}")
            return
        checked["written"] += 1
        value = json.loads(run.stdout)
        for validator in (graph, canonical):
            for error in validator.iter_errors(value):
                fail(f"{path}, written as JSON: {error.message}")
        paths = [element["path"] for element in value]
        if paths != sorted(paths):
            fail(f"{path}, written as JSON: not sorted")


def check_samples():
    found = {os.path.basename(path) for path in glob.glob(sources + "/tests/graphs/*.json")}
    if found != set(SAMPLES):
        fail(f"tests/graphs and the table of samples differ: {found ^ set(SAMPLES)}")
    for name, expected in SAMPLES.items():
        path = os.path.join(sources, "tests", "graphs", name)
        value = load(path)
        fits = [other for other in FORMS if form(other).is_valid(value)]
        if fits != ([expected] if expected else []):
            fail(f"{path}: the schema takes it for {fits}, expected {expected}")
        if expected:
            accept(graph, path, value)
            write_and_check(path, ["--graph-key", "two"] if expected == "attributes" else [])
        elif graph.is_valid(value):
            fail(f"{path}: refused by closurebox, accepted by the schema")


def check_examples():
    for path in glob.glob(sources + "/schemas/examples/*.json"):
        accept(policy, path, load(path))
    for path in glob.glob(sources + "/compiler/presets/*.json"):
        accept(policy, path, load(path))


def check_case(directory):
    words = arguments(directory)
    graphs = list(named(directory, "--graph", words))
    policies = list(named(directory, "--policy", words))
    name = os.path.basename(directory)
    has = {os.path.basename(path) for path in glob.glob(directory + "/want.*")}
    if has & {"want.plan", "want.descriptor", "want.graph"}:
        for path, value in graphs:
            accept(graph, path, value)
        for path, value in policies:
            accept(policy, path, value)
        return
    # What a case is about is the first word of its name.
    if name.startswith("policy-"):
        subject, validator = policies, policy
    elif name.startswith(("graph-", "sample-", "store-")):
        subject, validator = graphs, graph
    else:
        return
    if not subject:
        return
    checked["refused"] += 1
    refused = any(value is None or not validator.is_valid(value) for _, value in subject)
    if refused and name in BEYOND_SCHEMAS:
        fail(f"{name}: refused by the schema, yet listed as beyond it")
    elif not refused and name not in BEYOND_SCHEMAS:
        fail(f"{name}: refused by closurebox, accepted by the schema")


check_samples()
check_examples()
cases = glob.glob(sources + "/tests/cases/*")
for case in sorted(cases):
    check_case(case)
for missing in set(BEYOND_SCHEMAS) - {os.path.basename(case) for case in cases}:
    fail(f"{missing}: there is no such case any more")
for text in failures:
    print(text)
print(", ".join(f"{count} {what}" for what, count in checked.items()))
sys.exit(1 if failures or not all(checked.values()) else 0)
