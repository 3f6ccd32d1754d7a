"""What compiling costs, by the form and the size of the graph; how fast scanning is."""

import os
import random
import subprocess

import boxes
from boxes import BENCH, CLOSUREBOX, STUB, WORK
from section_launch import run_compare

HERE = os.path.dirname(os.path.abspath(__file__))
FORMS = ("lines", "registration", "dump-db", "attrs", "list", "map", "map1", "map2", "map3")
FORMS += ("store-paths",)
REFERENCES = 10 # of each object
LARGE = 1000000 # from here on a graph is compiled once
SCANNED = 200 * 1000 * 1000
ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz"


def make_graph(form, objects):
    name = f"{WORK}/{form}-{objects}"
    words = [HERE + "/graph-make", form, str(objects), str(objects * REFERENCES)]
    with open(name, "w") as file:
        subprocess.run(words, stdout=file, check=True)
    return name


def compile_words(graph, root):
    words = [CLOSUREBOX, "compile", "--stub", STUB, "--graph", graph, "--root", root]
    return words + ["--program", root + "/bin/program", "-o", WORK + "/launcher"]


def compile_all(settings, emit):
    """All forms of a size take turns; of the largest there is room for one at a time only."""
    words = [HERE + "/graph-make", "store-paths", "1", "1"]
    root = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    for objects in settings.objects:
        settings.say(f"compiler: {objects} objects")
        group = f"compiling {objects} objects, {objects * REFERENCES} references"
        large = objects >= LARGE
        for forms in [[form] for form in FORMS] if large else [FORMS]:
            graphs = {form: make_graph(form, objects) for form in forms}
            commands = {form: compile_words(graph, root) for form, graph in graphs.items()}
            rounds = 1 if large else settings.rounds
            options = ["-b", "14", "-m", "1"]
            for record in run_compare(commands, (), rounds, options=options):
                if "measures" in record:
                    size = os.path.getsize(graphs[record["name"]])
                    record["megabytes"] = size / 1e6
                emit({"group": group, "objects": objects, **record})
            for graph in graphs.values():
                os.remove(graph)


def make_candidates(name, count):
    chance = random.Random(1)
    with open(name, "w") as file:
        for _ in range(count):
            hash_part = "".join(chance.choice(ALPHABET) for _ in range(32))
            print(f"/nix/store/{hash_part}-object", file=file)


def make_scanned():
    """A file of what this machine has, a random one, and the worst: one run of hash characters."""
    chance = random.Random(1)
    names = {name: f"{WORK}/scanned-{name}" for name in ("programs", "random", "hashes")}
    with open(names["programs"], "wb") as file:
        left = SCANNED
        for directory, _, files in os.walk("/usr/lib"):
            for each in sorted(files):
                path = os.path.join(directory, each)
                if left > 0 and os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as source:
                        left -= file.write(source.read(left))
    with open(names["random"], "wb") as file:
        file.write(chance.randbytes(SCANNED))
    with open(names["hashes"], "wb") as file:
        file.write("".join(chance.choices(ALPHABET, k=SCANNED // 10)).encode() * 2)
    return names


def scan_all(settings, emit):
    settings.say("scan")
    files = make_scanned()
    for count in 1000, 50000:
        candidates = f"{WORK}/candidates-{count}"
        make_candidates(candidates, count)
        words = [CLOSUREBOX, "scan", "--json", "--candidates", candidates]
        commands = {name: words + [file] for name, file in files.items()}
        for record in run_compare(commands, (), settings.rounds, options=["-b", "5"]):
            if "measures" in record:
                size = os.path.getsize(files[record["name"]])
                record["rate"] = size / 1e3 / record["measures"]["wall"]["median"]
            emit({"group": f"scanning for {count} hashes", "candidates": count, **record})


def compiler(settings, emit):
    """6: compiling and scanning."""
    boxes.make_work()
    compile_all(settings, emit)
    if settings.scan:
        scan_all(settings, emit)
