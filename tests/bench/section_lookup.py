"""What it costs to find closures when a box is made: by closure files, and through a Nix daemon."""

import contextlib
import os
import shutil
import subprocess
import time

import boxes
from boxes import WORK
from section_launch import run_compare

OBJECTS = 300
PLACE = WORK + "/lookup"
NIX = {
    "NIX_STATE_DIR": "/nix/var/nix",
    "NIX_STORE_DIR": boxes.STORE,
    "NIX_LOG_DIR": PLACE + "/log",
    "NIX_CONF_DIR": PLACE + "/conf",
    "NIX_CONFIG": "build-users-group =\nsubstituters =",
}
SOCKET = "/nix/var/nix/daemon-socket/socket"


def references(paths):
    """Of each object to some ten later ones, as those of real closures; the first reaches all."""
    count = len(paths)
    for i in range(count):
        steps = [1, *(k * k % 37 + 1 for k in range(2, 11))]
        yield paths[i], [paths[i + step] for step in steps if i + step < count]


def graph(name, known):
    """A graph in line form."""
    file_name = f"{PLACE}/{name}.graph"
    with open(file_name, "w") as file:
        for path, others in known:
            print(path, "", len(others), *others, sep="\n", file=file)
    return file_name


def register(known):
    """What the daemon is to answer from; raises RuntimeError where Nix does not take it."""
    lines = []
    for path, others in known:
        lines += [path, f"sha256:{0:064}", "4096", "", str(len(others)), *others]
    words = ["nix-store", "--load-db"]
    text = "\n".join(lines) + "\n"
    done = subprocess.run(words, input=text, capture_output=True, text=True, env=os.environ | NIX)
    if done.returncode:
        raise RuntimeError("nix-store --load-db: " + done.stderr.strip()[-200:])


@contextlib.contextmanager
def nix_daemon(known):
    """A daemon that knows these; raises RuntimeError where there is none."""
    if not shutil.which("nix-daemon"):
        raise RuntimeError("no nix-daemon on PATH")
    register(known)
    with open(PLACE + "/daemon", "w+") as said:
        daemon = subprocess.Popen(
            ["nix-daemon"], stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=os.environ | NIX
        )
        try:
            for _ in range(100):
                if os.path.exists(SOCKET) or daemon.poll() is not None:
                    break
                time.sleep(0.1)
            if not os.path.exists(SOCKET):
                said.seek(0)
                raise RuntimeError("nix-daemon: " + (said.read().strip()[-200:] or "it is silent"))
            yield
        finally:
            daemon.terminate()
            daemon.wait()


def launchers(store, known):
    """{name: words}. All have the same program; what they find is what the link leads to."""
    own, root = (store.own, []), known[0][0]
    os.makedirs(PLACE + "/files", mode=0o755)
    with open(f"{PLACE}/files/{os.path.basename(root)}", "w") as file:
        print(*(path for path, _ in known), sep="\n", file=file)
    driver = PLACE + "/driver"
    os.symlink(root, driver)
    alone, together = graph("alone", [own]), graph("together", [(store.own, [root]), *known])
    grant = {"bind": driver}
    found = {**grant, "closure": True}

    def words(name, graph_file, grants, files):
        policy = {"closure-files": files, "filesystem": grants}
        output = f"{PLACE}/{name}-box"
        program = store.own + "/bin/noop"
        return [boxes.compile_launcher(graph_file, program, output, policy, [store.own]), "when"]

    return {
        "none": words("none", alone, [], []),
        "known": words("known", together, [grant], []),
        "closure files": words("files", alone, [found], [PLACE + "/files"]),
        # It keeps nothing, so each launch is the first.
        "daemon": words("daemon", alone, [found], []),
    }


def lookup(settings, emit):
    """Boxes with none of the objects, with objects that the launcher knows, and with objects that
    it finds."""
    store = boxes.FakeStore()
    store.closure(OBJECTS)
    os.mkdir(PLACE)
    known = list(references(store.objects))
    settings.say("lookup")
    group = {"group": f"{OBJECTS} store paths found at launch", "paths": OBJECTS}
    commands = {"bare": [store.own + "/bin/noop", "when"], **launchers(store, known)}
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(nix_daemon(known))
        except RuntimeError as error:
            del commands["daemon"]
            emit({**group, "name": "daemon", "skipped": str(error)})
        bases = ("none", "known", "closure files")
        for record in run_compare(commands, bases, settings.rounds, options=["-s", "-w"]):
            emit({**group, **record})
