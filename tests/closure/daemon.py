#!/usr/bin/env python3
"""Against a real nix-daemon: the closures are those that Nix itself tells."""

import os
import signal
import subprocess
import threading

from peer import *

if not shutil.which("nix-daemon"):
    skip("no nix-daemon here (Debian: nix-bin)")


class Daemon:
    """A nix-daemon on a socket of its own; of a store of its own, unless that is None."""

    def __init__(self, name, own):
        self.socket = f"{work}/{name}-socket"
        self.env = {key: value for key, value in os.environ.items() if "NIX" not in key}
        self.env["NIX_CONFIG"] = "build-users-group =\nsubstituters ="
        self.state = "/nix/var/nix"
        if own:
            self.state = f"{own}/state"
            for key in "STORE", "STATE", "LOG", "CONF":
                self.env[f"NIX_{key}_DIR"] = f"{own}/{key.lower()}"
                os.makedirs(f"{own}/{key.lower()}", exist_ok=True)

    def __enter__(self):
        os.makedirs(os.path.dirname(self.socket), exist_ok=True)
        self.log = open(self.socket + ".log", "w+")
        if os.path.exists(self.socket):
            os.unlink(self.socket)  # of the last one
        self.process = subprocess.Popen(["nix-daemon"], stderr=self.log, stdin=subprocess.DEVNULL,
                                        start_new_session=True,
                                        env={**self.env, "NIX_DAEMON_SOCKET_PATH": self.socket})
        for _ in range(3000):
            with socket.socket(socket.AF_UNIX) as client:
                if client.connect_ex(self.socket) == 0:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        skip("nix-daemon does not start: " + open(self.log.name).read())

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def nix_store(self, *arguments, **more):
        done = subprocess.run(["nix-store", *arguments], env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, **more)
        return done.stdout.split() if done.returncode == 0 else None


def compare(daemon, roots, *options):
    """Each root alone by Nix; all in one question by us."""
    known = [(root, daemon.nix_store("-qR", root)) for root in roots]
    known = [(root, found) for root, found in known if found]
    wanted = "".join("\n".join(root_last(found, root)) + "\n\n" for root, found in known)
    for user in USERS:
        expect(f"{len(known)} roots", [*daemon_only(daemon.socket), *options,
                                       *(root for root, _ in known)], (0, wanted, ""), user)
    return len(known)


# A store of its own: objects that are registered without being there.
own = work + "/own"
store = own + "/store"
names = [store_path(f"n{i}", store) for i in range(400)]
graph = {}
for i, name in enumerate(names):
    later = {min(len(names) - 1, i + k * k % 37 + 1) for k in range(9)}
    graph[name] = sorted({names[j] for j in later if j > i} | ({name} if i % 3 else set()))
registration = "".join(
    "\n".join([path, "sha256:" + "0" * 64, "4096", "", str(len(references)), *references, ""])
    for path, references in graph.items())
daemon = Daemon("own", own)
check(daemon.nix_store("--load-db", input=registration) is not None, "--load-db")

with daemon:
    options = "--store-dir", store
    expect("own store", [*daemon_only(daemon.socket), *options, names[0], names[250]],
           (0, printed(graph, names[0], names[250]), ""))
    compare(daemon, names[::20], *options)
    # 300 objects through the daemon for the first time, as a number for people to read
    hundred = max((n for n in names if len(closure(graph, n)) <= 300),
                  key=lambda n: len(closure(graph, n)))
    for user in USERS:
        start = time.monotonic()
        _, output, said = ask(["--verbose", *daemon_only(daemon.socket), *options, hundred], user)
        took = (time.monotonic() - start) * 1000
        check(output == printed(graph, hundred), "300 objects", said)
        print(f"{len(closure(graph, hundred))} objects in {took:.0f} ms;", said.strip())

    # What it does not have, and what it does not understand.
    missing = store_path("missing", store)
    expect("missing", [*daemon_only(daemon.socket), *options, names[0], missing],
           (1, "", f"closurebox-closure: {missing} is not in the store; build or fetch it again\n"))
    foreign = store_path("foreign")
    status, output, said = ask([*daemon_only(daemon.socket), foreign])
    check(status == 1 and output == "" and "it says: " in said and "not in the Nix store" in said,
          "foreign", status, said)

    # While a client's daemon has the database open.
    database = own + "/state/db/db.sqlite"
    client = socket.socket(socket.AF_UNIX)
    client.connect(daemon.socket)
    client.sendall(number(0x6E697863) + number(0x112) + number(0) * 2)
    while not client.recv(65536).endswith(number(LAST)):
        pass
    # (from 2.22 on the two files beside it stay for ever)
    check(os.path.exists(database + "-wal") or not with_sqlite, "it is open")
    for user in USERS if with_sqlite else []:
        expect("open database", ["--socket", "/none", "--database", database, *options, names[0]],
               (0, printed(graph, names[0]), ""), user)
    client.close()

# While it registers ever more: neither the daemon nor the database has half of something.
chains = [[store_path(f"chain{n}-{i}", store) for i in range(50)] for n in range(24)]
done = []


def register():
    """One chain of objects after the other, by Nix itself."""
    for chain in chains:
        done.append(daemon.nix_store("--load-db", input="".join(
            "\n".join([path, "sha256:" + "0" * 64, "4096", "", str(len(rest)), *rest, ""])
            for path, rest in zip(chain, [[after] for after in chain[1:]] + [[]]))))


with daemon:
    ways = [["--socket", daemon.socket, "--database", "/none"]]
    if with_sqlite:
        ways.append(["--socket", "/none", "--database", database])
    writer = threading.Thread(target=register)
    writer.start()
    asked = known = 0
    while writer.is_alive() or asked < 30:
        chain = chains[-1 - asked % len(chains)]
        for way in ways:
            for user in USERS:
                status, output, said = ask([*way, *options, "--partial", "--timeout", "60000",
                                            names[0], chain[0]], user)
                of_chain = "".join(p + "\n" for p in root_last(chain, chain[0])) + "\n"
                check(status == 0 and output in (printed(graph, names[0]) + "\n",
                                                 printed(graph, names[0]) + of_chain),
                      "while it writes", way[:2], status, said, len(output))
                known += output.endswith(of_chain)
        asked += 1
    writer.join()
    check(len(done) == len(chains) and None not in done and known > 0, "chains", done, known)
    for chain in chains:
        check(ask([*ways[-1], *options, chain[0]])[1].split() == root_last(chain, chain[0]),
              "written")
    print(f"{asked} times asked while it wrote, {known} answers had what is new")

# A daemon where it listens by itself, with its state; killed while it is asked.
state = Daemon("state", own)
state.socket = own + "/state/daemon-socket/socket"
with state:
    for user in USERS:
        expect("--nix-state", ["--nix-state", own + "/state", *options, names[0]],
               (0, printed(graph, names[0]), ""), user)
    asking = [subprocess.Popen([program, "--socket", state.socket, "--database", "/none", *options,
                                *names[:200]], env={}, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True) for _ in range(6)]
    time.sleep(0.02)
    state.kill()
    for one in asking:
        output, said = one.communicate(timeout=60)
        check((one.returncode == 0 and output == printed(graph, *names[:200]) and not said) or
              (one.returncode == 1 and not output and said.count("\n") == 1), "killed",
              one.returncode, said)

# A daemon that is gone; its database, if this program reads one.
for user in USERS:
    status, output, said = ask(["--socket", daemon.socket, "--database", database, *options,
                                names[0]], user)
    if with_sqlite:
        check((status, output, said) == (0, printed(graph, names[0]), ""), "database", status, said)
    else:
        check(status == 1 and "Connection refused" in said, "daemon is gone", status, said)

# The machine's store, as far as it has one that we may serve.
if os.access("/nix/var/nix/db/db.sqlite", os.W_OK):
    paths = sorted("/nix/store/" + name for name in os.listdir("/nix/store") if name[0] != ".")
    paths = paths[::len(paths) // 60 + 1]
    # as many of those with a closure worth the name
    paths += sorted(p for p in map(os.path.realpath, paths) if p.count("/") == 3)[:20]
    with Daemon("machine", None) as daemon:
        print(compare(daemon, paths), "roots of /nix/store")

finish()
