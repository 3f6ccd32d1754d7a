#!/usr/bin/env python3
"""What the program has given up before it reads the first byte; each refusal beside its control."""

import re

from nix_database import *
from peer import *

if sanitized:
    skip("a sanitizer build, without the filter: its sanitizer calls what it likes")

graph = small_graph()
a, b, c, d, e = map(store_path, "abcde")
confined = work + "/confined"
shutil.copy(os.environ["CONFINED"], confined)


# As its daemon sees it, once it has said something.
def look(conn):
    pid = struct.unpack("3i", conn.sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    conn.sock.recv(16, socket.MSG_PEEK)
    with open(f"/proc/{pid}/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
    try:
        files = {fd: os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    except PermissionError:
        files = None
    conn.serve(graph)
    return status, files


database = work + "/database"
os.mkdir(database)
open(database + "/db.sqlite", "w").close()
for user in USERS:
    state = new_place(user)
    with Peer(look) as peer:
        ask(["--socket", peer.path, "--database", database + "/db.sqlite", "--keep", state, a],
            user)
        status, files = peer.served()[0]
        check(status["Seccomp"] == "2" and status["NoNewPrivs"] == "1", "confined", status)
        for caps in "CapEff", "CapPrm", "CapInh", "CapAmb":
            check(int(status[caps], 16) == 0, caps, status[caps])
        check(status["Threads"] == "1", "threads")
        if files:
            more = sorted(path for fd, path in files.items() if int(fd) > 2)
            wanted = ["socket:.*", *([database] if with_sqlite else []), state]
            check(len(more) == len(wanted) and
                  all(any(re.fullmatch(w, m) for m in more) for w in wanted), "descriptors", more)

# By attempts from inside, with the same code.
place = work + "/place"
files = place + "/files"
for directory in place, files, place + "/database", place + "/else":
    os.mkdir(directory)
    os.chmod(directory, 0o777)
for directory in "database", "else":
    with open(f"{place}/{directory}/file", "w") as file:
        file.write("content")
    os.chmod(f"{place}/{directory}/file", 0o666)

# attempt: errno in the confinement of a program that has found a database; None: it works
EACCES, ENOSYS = 13, 38
attempts = {
    "read-database": None, "write-database": EACCES, "create-database": EACCES,
    "remove-database": EACCES, "rename-database": EACCES, "read-else": EACCES,
    "write-else": EACCES, "create-else": EACCES, "remove-else": EACCES, "read-passwd": EACCES,
    "create-files": None, "rename-files": None, "remove-files": None, "append-files": EACCES,
    "truncate-files": EACCES, "read-files": EACCES, "link-files": ENOSYS,
    "symlink-files": ENOSYS, "mkdir-files": ENOSYS, "chmod-files": ENOSYS, "socket": ENOSYS,
    "socketpair": ENOSYS, "exec": ENOSYS, "fork": ENOSYS, "clone3": ENOSYS, "kill": ENOSYS,
    "ptrace": ENOSYS, "map-executable": EACCES, "make-executable": EACCES, "ioctl": ENOSYS,
    "setuid": ENOSYS, "chdir": ENOSYS, "getdents": ENOSYS, "memfd": ENOSYS, "prctl": ENOSYS,
    "setowner": EACCES, "map-memory": None, "sleep": None, "lock": None,
}
# What else one has lost that has found none.
WITHOUT = {"read-database": EACCES, "sleep": ENOSYS, "lock": ENOSYS, "setowner": ENOSYS}
landlock = subprocess.run([confined, "landlock"]).returncode == 0
for user in USERS:
    for attempt, wanted in attempts.items():
        def result(confinement):
            for path in files + "/new", files + "/old", files + "/link":
                if os.path.lexists(path):
                    os.unlink(path)
            open(files + "/old", "w").close()
            os.chmod(files + "/old", 0o666)
            done = subprocess.run([*user, confined, confinement, place, attempt],
                                  stdin=subprocess.DEVNULL)
            return done.returncode
        free = result("free")
        if os.path.isdir(files + "/directory"):
            os.rmdir(files + "/directory")
        for name in "database", "else":
            for renamed in "new", "renamed":
                if os.path.exists(f"{place}/{name}/{renamed}"):
                    os.unlink(f"{place}/{name}/{renamed}")
            with open(f"{place}/{name}/file", "w") as file:
                file.write("content")
            os.chmod(f"{place}/{name}/file", 0o666)
        # (a tracer may be forbidden here for everybody)
        check(free == 0 or attempt == "ptrace", f"{attempt} without confinement", user[:1], free)
        for confinement, wanted in (
                ("confined", wanted), ("confined-without", WITHOUT.get(attempt, wanted))):
            # Without Landlock files are refused only as far as the filter sees why.
            if landlock or wanted != EACCES:
                found = result(confinement)
                check(found == (wanted or 0), f"{attempt} {confinement}", user[:1], found,
                      "wanted", wanted)
if not landlock:
    print("no Landlock here: only the filter was tested")

# Another ABI of the kernel's ends the program (x86-64 only has one that is easily called).
if os.uname().machine == "x86_64":
    check(subprocess.run([confined, "free", place, "other-abi"]).returncode == 0, "other ABI")
    code = subprocess.run([confined, "confined", place, "other-abi"]).returncode
    check(code == -31, "other ABI in confinement", code)

# No libc has to do without what is on no list: whatever the program does, nothing fails as unknown.
def trace(name, user, arguments):
    """What it calls once it is confined."""
    log = f"{work}/trace-{name}-{len(user)}"
    done = subprocess.run(["strace", "-o", log, *user, program, *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0 and "ptrace" in done.stderr:
        skip("no tracing here: " + done.stderr.strip())
    check(done.stdout == printed(graph, e), "traced", done)
    with open(log) as file:
        calls = file.read()
    inside = calls[calls.index("seccomp(SECCOMP_SET_MODE_FILTER"):]
    check("ENOSYS" not in inside, "unknown inside", inside)
    return inside


if not shutil.which("strace"):
    skip("no strace here, by which the rest is seen")
for user in USERS:
    kept = new_place(user)
    with Peer(lambda conn: conn.serve(graph)) as peer:
        inside = trace("daemon", user, [*daemon_only(peer.path), "--keep", kept, e])
    opened = re.findall(r'open(?:at)?\([^"]*"([^"]*)"', inside)
    check("EACCES" not in inside and len(opened) == 1 and opened[0].startswith(".new-"),
          "opened", inside)
    if with_sqlite:
        directory = f"{work}/traced-{len(user)}"
        os.mkdir(directory)
        new_database(graph, directory + "/db.sqlite")[1].close()
        inside = trace("database", user, ["--socket", "/none", "--database",
                                          directory + "/db.sqlite", e])
        # It tries to make its log as long as nobody says no.
        refused = [line for line in inside.split("\n") if "EACCES" in line]
        check(all("O_RDWR|O_CREAT" in line for line in refused), "refused", refused)
        opened = re.findall(r'open(?:at)?\([^"]*"([^"]*)"', inside)
        check(all(name.startswith(directory + "/db.sqlite") for name in opened), "opened", opened)

finish()
