"""Real programs, from Debian packages that are Nix closures (tests/nix/debian-store)."""

import glob
import os
import shutil
import subprocess

import boxes
from section_launch import run_compare, skips

# name, link that the fixture makes, program below it, arguments
PROGRAMS = (
    ("ls", "coreutils", "bin/ls", ["--version"]),
    ("git", "git", "bin/git", ["--version"]),
    ("python", "python3-minimal", "bin/python3", ["-c", "pass"]),
    ("a GTK program", "gtk-3-examples", "bin/gtk3-widget-factory", ["--version"]),
    ("an office program", "gnumeric", "bin/gnumeric", ["--version"]),
)


def places():
    """Where the fixture's links may be: where FIXTURE says, or where tests and demo leave them."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return [
        *filter(None, [os.environ.get("FIXTURE")]),
        *sorted(glob.glob(boxes.BUILD + "/tests/nix/*.store")),
        boxes.SOURCE + "/build/demo/store",
        cache + "/closurebox/debian-store/built",
    ]


def find(link, pattern):
    """The store path that a link leads to and the program in it, or None."""
    for place in places():
        target = os.path.realpath(f"{place}/{link}")
        programs = sorted(glob.glob(f"{target}/{pattern}"))
        if target.startswith("/nix/store/") and programs:
            return target, min(programs, key=len)
    return None


def query(*words):
    done = subprocess.run(["nix-store", *words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("nix-store: " + done.stderr.strip()[-200:])
    return done.stdout


def closure_of(name, root, program):
    paths = query("-qR", root).split()
    paths.remove(root)
    closure = boxes.Closure(name.replace(" ", "-"), [root] + paths, program, None, False)
    closure.graph = closure.write("graph", query("--dump-db", root, *paths))
    return closure


def programs(settings, emit):
    """2: real programs, bare and boxed."""
    if not shutil.which("nix-store"):
        emit({"group": "", "name": "all", "skipped": "no nix-store on PATH"})
        return
    boxes.make_work()
    makers, missing = boxes.contenders()
    for record in skips(missing):
        emit(record)
    for name, link, pattern, arguments in PROGRAMS:
        settings.say("programs: " + name)
        found = find(link, pattern)
        if not found:
            why = f"no {link} here; tests/nix/debian-store/build {link} makes it"
            emit({"group": name, "name": "all", "skipped": why})
            continue
        try:
            closure = closure_of(name, *found)
            commands = {box: make(closure) + arguments for box, make in makers.items()}
        except RuntimeError as error:
            emit({"group": name, "name": "all", "skipped": str(error)})
            continue
        short = os.path.basename(closure.program)
        group = f"{name} ({' '.join([short, *arguments])}), "
        group += f"{len(closure.paths)} store paths"
        bases = ("bare", "floor", "closure")
        for record in run_compare(commands, bases, settings.rounds, options=["-s", "-w"]):
            heads = {"paths": len(closure.paths), "program": f"{short}, {len(closure.paths)}"}
            emit({"group": group, **heads, **record})
