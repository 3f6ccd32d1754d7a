#!/usr/bin/env python3
"""Whom the live tests ask for closures: `closure.py daemon` is a scripted Nix daemon that answers
out of /scratch/references, in the way that stands in /scratch/how; `closure.py database` makes
Nix's database of it and goes on writing to it. Both make the file /scratch/ready and stay; each
client of the daemon is a line in /scratch/served."""

import itertools
import os
import signal
import sqlite3
import sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
signal.alarm(120)
sys.path.insert(0, os.environ["srcdir"] + "/tests/closure")
from nix_database import *
from peer import *

STATE = "/nix/var/nix"


def references():
    graph = {}
    with open("/scratch/references") as file:
        for line in file:
            path, *others = line.split()
            graph[path] = others
    return graph


# How it answers

def right(conn, version=0x126):
    conn.serve(references(), version)


def slow(conn):
    """Not before somebody says so."""
    open("/scratch/asked-daemon", "w").close()
    while not os.path.exists("/scratch/go"):
        time.sleep(0.01)
    right(conn)


def hold(conn):
    """Greets, and never answers."""
    conn.greet()
    silent(conn)


def garbage(conn):
    conn.send(os.urandom(100000))
    silent(conn)


def endless_text(conn):
    conn.greet()
    while True:
        conn.send(number(NEXT) + string("x" * 60000))
        time.sleep(0.001)


def drips(conn):
    """A byte at a time."""
    for byte in greeting(0x126):
        conn.send(bytes([byte]))
        time.sleep(0.5)
    silent(conn)


def endless_paths(conn):
    """Each object refers to another."""
    conn.greet()
    count = 0
    while conn.question():
        count += 1
        conn.send(number(LAST) + path_info([store_path(f"endless-{count}-{i}") for i in (0, 1)]))


def truncated(conn):
    conn.greet()
    conn.question()
    conn.send((number(LAST) + path_info(list(references())))[:-100])


def closes(conn):
    del conn


def refuses(conn):
    conn.greet()
    conn.question()
    conn.send(error(0x126, "no\n\033[31m\001, never"))
    silent(conn)


def refers_to(*paths):
    """References that are none are not taken for some."""
    def script(conn):
        graph = references()
        conn.greet()
        while path := conn.question():
            conn.send(number(LAST) + path_info([*graph.get(path, []), *paths]))
    return script


def hangs(conn, turn=itertools.count()):
    """In turn by every way to keep a client waiting."""
    (silent, hold, endless_text, drips)[next(turn) % 4](conn)


HOW = {
    "right": right, "slow": slow, "hangs": hangs, "garbage": garbage,
    "endless-paths": endless_paths, "truncated": truncated,
    "closes": closes, "refuses": refuses,
    "outside": refers_to("/etc/passwd"),
    "above": refers_to("/nix/store/../../etc"),
    "inside": refers_to(store_path("x") + "/bin"),
    "lines": refers_to(store_path("x") + "\n/etc/passwd"),
    "huge": refers_to(store_path("x" * 100000)),
    **{f"version-1.{v - 0x100}": lambda conn, v=v: right(conn, v) for v in VERSIONS},
}


def serve():
    directory = STATE + "/daemon-socket"
    os.makedirs(directory, exist_ok=True)
    path = directory + "/socket"
    if os.path.lexists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o666)
    listener.listen(64)
    open("/scratch/ready", "w").close()
    while True:
        sock, _ = listener.accept()
        with open("/scratch/served", "a") as served:
            served.write("client\n")
        with open("/scratch/how") as how:
            script = HOW[how.read().strip()]
        threading.Thread(target=client, args=(sock, script), daemon=True).start()


def client(sock, script):
    try:
        script(Connection(sock))
    except (EOFError, OSError, AssertionError):
        pass
    sock.close()


def write_database():
    """All but the last object are in the database itself, that is in the log only; and a
    transaction is open that would take it all away."""
    os.makedirs(STATE + "/db", exist_ok=True)
    graph = references()
    last = list(graph)[-1]
    _, connection = new_database({p: graph[p] for p in graph if p != last},
                                 STATE + "/db/db.sqlite")
    os.chmod(STATE + "/db/db.sqlite", 0o644)
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.execute("begin")
    insert(connection, graph)
    connection.execute("begin")
    connection.execute("delete from Refs")
    open("/scratch/ready", "w").close()
    while True:
        time.sleep(60)


if sys.argv[1] == "daemon":
    serve()
else:
    write_database()
