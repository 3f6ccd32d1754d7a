"""What the tests of closurebox-closure share: a scripted daemon, and the program's starts.

A test adds its checks with `check` and ends with `finish()`. Everything that it makes lies in
`work`, which others can read, so that for root the program also runs as uid 65534."""

import atexit
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from wire import *

work = tempfile.mkdtemp(prefix="closure-")
os.chmod(work, 0o755)
atexit.register(shutil.rmtree, work, True)
shutil.copy(os.environ["CLOSURE"], work + "/closurebox-closure")
program = work + "/closurebox-closure"
with_sqlite = bool(os.environ.get("CLOSURE_SQLITE"))
sanitized = bool(os.environ.get("SANITIZERS"))

# The compiler frees nothing.
no_leaks = {"ASAN_OPTIONS": "detect_leaks=0"} if sanitized else {}

NOBODY = "setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all".split()
USERS = [[]] if os.geteuid() else [[], NOBODY]

failures = 0
checks = 0


def check(passed, *what):
    global failures, checks
    checks += 1
    if not passed:
        failures += 1
        print("FAILED:", *what, flush=True)


def skip(why):
    print(why)
    sys.exit(77)


def finish():
    print(checks, "checks,", failures, "failed")
    sys.exit(failures > 0 or checks == 0)


def name_of(path):
    return os.path.basename(path)


def new_place(user):
    """A directory of the user's."""
    place = tempfile.mkdtemp(prefix="place-", dir=work)
    os.chmod(place, 0o755)
    if user:
        os.chown(place, 65534, 65534)
    return place


class Connection:
    """One client, as a daemon sees it. What it says is checked."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.said = 0  # bytes, by us

    def read(self, size):
        while len(self.buffer) < size:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self.buffer += data
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def number(self):
        return struct.unpack("<Q", self.read(8))[0]

    def string(self):
        size = self.number()
        data = self.read(size + -size % 8)
        assert not data[size:].strip(b"\0"), "the client's padding is not zero"
        return data[:size].decode()

    def send(self, *data):
        for part in data:
            self.said += len(part)
            self.sock.sendall(part)

    def greet(self, version=0x126, log=b""):
        assert self.number() == 0x6E697863 and self.number() == 0x126, "the client's greeting"
        full = greeting(version)
        self.send(full[:16])
        version = min(version, 0x126)
        for _ in range(3 if version >= 0x126 else 2):
            assert self.number() == 0, "features, affinity, space"
        self.send(full[16:-8] + log + full[-8:])

    def question(self):
        """The next path that is asked for, None at the end."""
        try:
            operation = self.number()
        except EOFError:
            return None
        assert operation == QUERY_PATH_INFO, f"operation {operation}"
        return self.string()

    def serve(self, graph, version=0x126, log=b""):
        self.greet(version, log)
        asked = []
        while path := self.question():
            asked.append(path)
            self.answer(graph, path, log)
        return asked

    def answer(self, graph, path, log=b""):
        if path in graph:
            self.send(log + number(LAST) + path_info(graph[path]))
        else:
            self.send(log + number(LAST) + number(0))


class Peer:
    """A daemon whose clients are served by `script(connection)`, one after the other, or, with
    `threads`, all at once."""

    count = 0

    def __init__(self, script, threads=False):
        Peer.count += 1
        self.threads = threads
        self.path = f"{work}/socket-{Peer.count}"
        self.script = script
        self.results = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        os.chmod(self.path, 0o666)
        self.listener.listen(16)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self.threads:
                threading.Thread(target=self.attend, args=[sock], daemon=True).start()
            else:
                self.attend(sock)

    def attend(self, sock):
        try:
            self.results.append(self.script(Connection(sock)))
        except (EOFError, BrokenPipeError, ConnectionResetError) as end:
            self.results.append(end)
        except AssertionError as wrong:
            check(False, "the peer:", wrong)
        sock.close()

    def served(self, count=1):
        """What the script has returned for each client, once that many have gone."""
        for _ in range(3000):
            if len(self.results) >= count:
                break
            time.sleep(0.01)
        return self.results

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Not closed before the thread has ended: another listener would get its number, and this
        # thread that one's clients.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        os.unlink(self.path)


def silent(conn):
    """A script: listens, and never says a word."""
    while conn.sock.recv(65536):
        pass


# The program

def ask(arguments, user=(), program=program, **more):
    """Its status, output and complaint."""
    more["env"] = {**no_leaks, **more.get("env", {})}
    done = subprocess.run(list(user) + [program, *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          errors="backslashreplace", **more)
    return done.returncode, done.stdout, done.stderr


def daemon_only(socket_path):
    # The last --timeout counts; on a busy machine five seconds may be few.
    return ["--socket", socket_path, "--database", work + "/no-database", "--timeout", "60000"]


def refusal(socket_path, message, database="No such file or directory", path=None):
    """The line when nobody has the answer."""
    database = database if with_sqlite else "this program was built without SQLite"
    return (f"closurebox-closure: no answer from the Nix daemon ({socket_path}: {message}), nor "
            f"from the database ({path or work + '/no-database'}: {database})\n")


def differs(found, wanted):
    return f"\n  found  {found!r:.600}\n  wanted {wanted!r:.600}"


def expect(name, arguments, wanted, user=(), **more):
    """`wanted` is status, output, complaint."""
    found = ask(arguments, user, **more)
    check(found == tuple(wanted), name, differs(found, tuple(wanted)))
    return found
