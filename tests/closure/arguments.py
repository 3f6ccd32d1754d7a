#!/usr/bin/env python3
"""The command line, and what the program is started with."""

import signal
import threading

from peer import *

graph = small_graph()
a, b, c, d, e = map(store_path, "abcde")
peer = Peer(lambda conn: conn.serve(graph))
good = [*daemon_only(peer.path), a]
answered = (0, printed(graph, a), "")


def wrong(name, arguments, message, status=2):
    expect(name, arguments, (status, "", f"closurebox-closure: {message}\n"))


status, output, said = ask(["--help"])
check(status == 0 and output.startswith("usage: closurebox-closure ") and said == "", "help")
for option in ("--store-dir", "--nix-state", "--socket", "--database", "--partial", "--keep",
               "--output", "--timeout", "--verbose"):
    check(f"  {option} " in output, "help", option)
status, output, said = ask(["--version"])
check(status == 0 and output.startswith("closurebox-closure ") and said == "", "version")

wrong("nothing", [], "no store path is named; --help tells more")
wrong("no root", daemon_only(peer.path), "no store path is named; --help tells more")
for option in "--socke", "--sockets", "-s", "--", "-", "--verbose=1", "--store-dir:x":
    wrong(option, [option, a], f"unknown option '{option}'; --help lists all")
wrong("shown clean", ["--\033[31mx\n\ay", a], "unknown option '--x")
for option in ("--store-dir", "--nix-state", "--socket", "--database", "--keep", "--output",
               "--timeout"):
    wrong(option, [option], f"{option} takes a value")
for timeout in "", "0", "-1", "+1", " 1", "1s", "86400001", "99999999999999999999", "0x10":
    wrong(f"timeout {timeout}", ["--timeout", timeout, a],
          "--timeout takes 1 to 86400000 milliseconds")
for store, reason in (
        ("", "it is not an absolute path"), ("nix/store", "it is not an absolute path"),
        ("/", "it has an empty component, '.' or '..'"),
        ("/nix/store/", "it has an empty component, '.' or '..'"),
        ("//nix", "it has an empty component, '.' or '..'"),
        ("/nix/./store", "it has an empty component, '.' or '..'"),
        ("/nix/../store", "it has an empty component, '.' or '..'"),
        ("/" + "x" * 3072, "it is too long")):
    status, output, said = ask(["--store-dir", store, a])
    check(status == 2 and output == "" and said.endswith(f"': {reason}\n") or len(store) > 999,
          "store", store, said)
wrong("store", ["--store-dir", "/nix/st\nore", a], "--store-dir '/nix/st")
for option in "--nix-state", "--keep", "--output":
    wrong(option, [option, "x/y", a], f"{option} 'x/y': it is not an absolute path")
    wrong(option, [option, "", a], f"{option} '': it is not an absolute path")

# A root that is no store path is refused before anybody is asked.
for root, reason in (
        ("", "it is not below the store"), ("hello", "it is not below the store"),
        ("/etc", "it is not below the store"),
        (a + "/bin", "it is a path inside of a store object"),
        (STORE + "/x", "it does not begin with a hash of 32 characters and a dash"),
        (a + ":", "its name has a character outside 0-9, a-z, A-Z and +-._?=")):
    wrong(f"root {root}", [*daemon_only(peer.path), a, root],
          f"'{root}' is no store path: {reason}", 1)
check(peer.results == [], "nobody was asked", peer.results)

# Both forms of an option; roots are what comes after the first word that is none.
expect("value", [f"--socket={peer.path}", "--database=/none", "--timeout=4000", a], answered)
expect("empty value", ["--socket=", "--database=/none", a], (1, "", refusal(
    "", "a socket cannot have this path", path="/none")))
wrong("option behind a root", [*good, "--verbose"],
      "'--verbose' is no store path: it is not below the store", 1)

# Where a Nix is whose state is elsewhere; without a word, beside the store.
top = work + "/top"
os.makedirs(top + "/var/nix/daemon-socket")
os.symlink(peer.path, top + "/var/nix/daemon-socket/socket")
other = {store_path("x", top + "/store"): []}
expect("--nix-state", ["--nix-state", top + "/var/nix", a], answered)
expect("--nix-state first", ["--nix-state", "/none", "--socket", peer.path, a], answered)
expect("--nix-state last", ["--socket", peer.path, "--nix-state", "/none", a], answered)
with Peer(lambda conn: conn.serve(other)) as beside:
    os.unlink(top + "/var/nix/daemon-socket/socket")
    os.symlink(beside.path, top + "/var/nix/daemon-socket/socket")
    root = store_path("x", top + "/store")
    expect("beside the store", ["--store-dir", top + "/store", root], (0, printed(other, root), ""))
    expect("elsewhere", ["--store-dir", top + "/store", "--nix-state", "/none", root], (
        1, "", refusal("/none/daemon-socket/socket", "connect: No such file or directory",
                       path="/none/db/db.sqlite")))

# Whoever starts it, with whatever.
for environment in (
        {}, {} if sanitized else {"LD_PRELOAD": "/x.so", "LD_LIBRARY_PATH": work},
        {"GCONV_PATH": work, "LANG": "x", "LC_ALL": "de_DE.UTF-8", "TZ": "/etc/passwd",
         "SQLITE_TMPDIR": work, "TMPDIR": "/none", "HOME": "", "MALLOC_CHECK_": "3", "PATH": "",
         "NIX_REMOTE": "x", "NIX_STORE_DIR": "/x", "NIX_DAEMON_SOCKET_PATH": "/x"}):
    expect("environment", good, answered, env=environment)
for missing in [0], [2], [0, 2]:
    def close():
        for fd in missing:
            os.close(fd)
    status, output, said = ask(good, preexec_fn=close)
    check((status, output) == answered[:2], f"without {missing}", status, output, said)
for missing in [1], [0, 1], [0, 1, 2]:
    status, output, said = ask(good, preexec_fn=close)
    check(status == 3 and output == "" and
          said == ("" if 2 in missing else "closurebox-closure: standard output: Bad file "
                   "descriptor\n"), f"without {missing}", status, said)
reader, writer = os.pipe()
os.close(reader)
done = subprocess.run([program, *good], stdout=writer, stderr=subprocess.PIPE, text=True)
check(done.returncode == 3 and
      done.stderr == "closurebox-closure: standard output: Broken pipe\n", "no reader", done)
os.close(writer)


def deaf():
    """Ignored and blocked signals are inherited."""
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))


# A reader that takes nothing of a large answer: this ends too, by the one limit that is left.
wide = {store_path(f"w{i}"): [] for i in range(3000)}
wide[a] = list(wide)
with Peer(lambda conn: conn.serve(wide)) as large:
    stuck = [subprocess.Popen([program, *daemon_only(large.path), "--timeout", "5000", a],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              preexec_fn=before) for before in (None, deaf)]
    for process in stuck:
        status = process.wait(60)
        said = process.stderr.read()
        check(status == 1 and said == "closurebox-closure: the time limit is over\n",
              "no reader", status, said)

# The time limit while files are being written takes nothing from the answer.
many = [store_path(f"m{i}") for i in range(150)]
graph = {root: list(wide) for root in many} | {path: [] for path in wide}
answer = printed({a: []}, a)
stopped = 0
with Peer(lambda conn: conn.serve(graph)) as large:
    for attempt in range(4):
        place = f"{work}/late-{attempt}"
        process = subprocess.Popen([program, *daemon_only(large.path), "--keep", place, *many],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=lambda: process.stdout.read(), daemon=True).start()
        while process.poll() is None and not (os.path.isdir(place) and os.listdir(place)):
            pass
        process.send_signal(signal.SIGALRM)
        check(process.wait(60) == 0 and process.stderr.read() == "", "late", process.returncode)
        files = [name for name in os.listdir(place) if name[0] != "."]
        stopped += len(files) < len(many)
        for name in files:
            with open(f"{place}/{name}") as file:
                check(file.read().endswith(f"/{name}\n"), "whole", name)
check(stopped > 0, "no signal came in time")

finish()
