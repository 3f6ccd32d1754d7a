#!/usr/bin/env python3
"""The database in every state that it can be found in; never written to, nor next to it."""

import resource
import sqlite3
import stat

from nix_database import *
from peer import *

if not with_sqlite:
    skip("this program was built without SQLite")

graph = small_graph()
a, b, c, d, e = map(store_path, "abcde")
count = 0


def new_path():
    global count
    count += 1
    directory = f"{work}/db-{count}"
    os.mkdir(directory)
    return directory + "/db.sqlite"


def closed(objects, mode="wal", path=None):
    path, connection = new_database(objects, path or new_path(), mode)
    connection.close()
    return path


def around(path):
    """All there is, and when it was last changed."""
    return {name: (entry.st_size, entry.st_mtime_ns, stat.S_IMODE(entry.st_mode))
            for name in os.listdir(os.path.dirname(path))
            for entry in [os.stat(os.path.join(os.path.dirname(path), name))]}


def database_only(path):
    return ["--socket", work + "/no-daemon", "--database", path, "--timeout", "60000"]


def answers(name, path, *roots, objects=graph, options=()):
    before = around(path)
    for user in USERS:
        expect(f"{name} {user[:1]}", [*database_only(path), *options, *roots],
               (0, printed(objects, *roots), ""), user)
    check(around(path) == before, name, "changed", differs(around(path), before))


def fails(name, path, message, root=a, options=()):
    for user in USERS:
        expect(f"{name} {user[:1]}", [*database_only(path), *options, root],
               (1, "", refusal(work + "/no-daemon", "connect: No such file or directory",
                               message, path)), user)


# Nobody has it open: there are no files beside it.
for mode in "wal", "delete", "truncate":
    path = closed(graph, mode)
    check(mode == "truncate" or os.listdir(os.path.dirname(path)) == ["db.sqlite"], "idle",
          around(path))
    answers(f"idle {mode}", path, a)
    answers(f"idle {mode}, roots", path, e, c, a, e)
path = closed(graph)
expect("verbose", ["--verbose", *database_only(path), a],
       (0, printed(graph, a), "closurebox-closure: database: 4 objects\n"))

# Open by a writer: what it has written and not yet moved into the file itself counts.
path, writer = new_database({a: [], b: []}, new_path())
check(os.path.getsize(path + "-wal") > 0, "there is a log")
answers("writer", path, a, objects={a: []})
insert(writer, {c: [b], b: [a]})
more = {a: [], b: [a], c: [b]}
answers("writer, later", path, c, objects=more)
writer.execute("begin")
writer.execute("delete from Refs")
answers("writer, within a transaction", path, c, objects=more)
writer.execute("rollback")
# The same without the file that readers need: only the writer's own log has it all.
copy = new_path()
for suffix in "", "-wal":
    shutil.copyfile(path + suffix, copy + suffix)
before = around(copy)
fails("log alone", copy, "what was written last can be read by its writer only", c)
check(around(copy) == before, "log alone: changed", around(copy))
# All three without a writer, as after a crash.
shutil.copyfile(path + "-shm", copy + "-shm")
answers("log after a crash", copy, c, objects=more)
# Emptied, as Nix keeps them from 2.22 on.
writer.execute("pragma wal_checkpoint(truncate)")
check(os.path.getsize(path + "-wal") == 0, "the log is empty")
answers("writer, emptied log", path, c, objects=more)
copy = new_path()
for suffix in "", "-wal", "-shm":
    shutil.copyfile(path + suffix, copy + suffix)
answers("empty log", copy, c, objects=more)
writer.close()
copy = closed(more)
for suffix in "-wal", "-shm":
    open(copy + suffix, "w").close()
answers("empty files", copy, c, objects=more)
os.unlink(copy + "-shm")
answers("empty log alone", copy, c, objects=more)

# One that never stops: each answer is of one moment. The root refers to all of one set or of the
# other, never to some of both.
sets = [[store_path(f"{name}{i}") for i in range(300)] for name in "st"]
moments = [{a: one, **dict.fromkeys(one, [])} for one in sets]
path, writer = new_database({**moments[0], **moments[1], a: []}, new_path())
root_id = writer.execute("select id from ValidPaths where path = ?", (a,)).fetchone()[0]
ids = [[(root_id, writer.execute("select id from ValidPaths where path = ?", (p,)).fetchone()[0])
        for p in one] for one in sets]
turns = 0


def turn():
    global turns
    writer.execute("begin immediate")
    writer.execute("delete from Refs where referrer = ?", (root_id,))
    writer.executemany("insert into Refs values (?, ?)", ids[turns % 2])
    writer.execute("commit")
    if turns % 7 == 0:
        writer.execute("pragma wal_checkpoint(" + ["passive", "truncate"][turns % 2] + ")")
    turns += 1


writer.execute("pragma busy_timeout = 60000")
writer.execute("pragma synchronous = off")
turn()
answered = [0, 0]
for user in USERS * 4:
    asking = [subprocess.Popen([*user, program, *database_only(path), a], env={}, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
    while any(one.poll() is None for one in asking):
        turn()
    for one in asking:
        output, said = one.communicate()
        of = [i for i in (0, 1) if output == printed(moments[i], a)]
        check(one.returncode == 0 and len(of) == 1, "live writer", one.returncode, said,
              len(output))
        answered[of[0] if of else 0] += 1
print(f"{turns} transactions; of the two states {answered[0]} and {answered[1]} answers")
writer.close()

# A writer without a log locks readers out for as long as it writes.
path, writer = new_database(graph, new_path(), "truncate")
writer.execute("begin exclusive")
fails("locked", path, "it does not answer in time", options=["--timeout", "200"])
started = subprocess.Popen([program, *database_only(path), a], env={},
                           stdout=subprocess.PIPE, text=True)
time.sleep(0.2)
writer.execute("commit")
check(started.communicate()[0] == printed(graph, a), "unlocked while it waits")
answers("truncated journal", path, a)
# Its journal, if it has crashed, must be rolled back, which a reader cannot.
writer.execute("pragma cache_size = 1")
writer.execute("begin")
insert_many = [(store_path(f"j{i}"),) for i in range(2000)]
writer.executemany("insert into ValidPaths (path, hash, registrationTime) values (?, '', 0)",
                   insert_many)
check(os.path.getsize(path + "-journal") > 0, "there is a journal")
copy = new_path()
for suffix in "", "-journal":
    shutil.copyfile(path + suffix, copy + suffix)
fails("journal after a crash", copy, "what was written last can be read by its writer only")
writer.close()

# Its name: links, and what has a meaning in a URI.
directory = os.path.dirname(new_path()) + "/a?b%20#c & d"
os.mkdir(directory)
path = closed(graph, path=directory + "/100%?mode=rwc#.sqlite")
answers("name", path, a)
os.symlink(directory, work + "/link")
os.symlink(os.path.basename(path), directory + "/link.sqlite")
answers("link", work + "/link/link.sqlite", a)
answers("another store", closed({p.replace("/nix/", "/x y/"): [] for p in (a, b)}),
        a.replace("/nix/", "/x y/"), objects={a.replace("/nix/", "/x y/"): []},
        options=["--store-dir", "/x y/store"])

# What it does not have.
path = closed(graph)
for roots, missing in ([store_path("x")], store_path("x")), ([a, store_path("x")], store_path("x")):
    expect("not there", [*database_only(path), *roots],
           (1, "", f"closurebox-closure: {missing} is not in the store; build or fetch it again\n"))

# What it must not have.
path, writer = new_database(graph, new_path())
writer.execute("delete from ValidPaths where path = ?", (d,))
writer.close()
fails("hole", path, f"{b} refers to an object that is not there")
path = closed({a: ["/etc/passwd"], "/etc/passwd": []})
fails("path outside", path, "'/etc/passwd' is no store path: it is not below the store")
path = closed({a: [a + "\n" + b], a + "\n" + b: []})
fails("line break", path, f"'{a}' is no store path: it is a path inside of a store object")
path = closed({a: [a + "/bin"], a + "/bin": []})
fails("path inside", path, f"'{a}/bin' is no store path: it is a path inside of a store object")
many = [store_path(f"m{i}") for i in range(100001)]
path, writer = new_database({a: []}, new_path())
writer.execute("begin")
writer.executemany("insert into ValidPaths (path, hash, registrationTime) values (?, '', 0)",
                   [(p,) for p in many])
writer.execute("insert into Refs select 1, id from ValidPaths")
writer.execute("commit")
writer.close()
fails("too many", path, "there are more than 100000 objects")

# What is no database, or none of Nix.
for content in b"", b"not a database" * 1000, bytes(8192):
    path = new_path()
    with open(path, "wb") as file:
        file.write(content)
    fails(f"content {content[:5]}", path,
          "file is not a database" if content.strip(b"\0") else
          "file is not a database" if content else "no such table: ValidPaths")
path = new_path()
fails("missing", path, "No such file or directory")
os.mkdir(path)
fails("directory", path, "unable to open database file")
path = closed(graph)
os.chmod(path, 0)
# (root gives up the right to read it all the same, but it is the owner)
if os.geteuid() == 0:
    os.chown(path, 1, 1)
fails("unreadable", path, "unable to open database file")

# Views in the place of tables that never end, or are as large as memory.
for view, said in (
        ("with recursive c(x) as (select 1 union all select x + 1 from c) "
         "select x id, 'x' || x path from c", "it does not answer in time"),
        ("with recursive c(x) as (select 1 union all select x || x from c) "
         "select 1 id, x path from c where length(x) > 1e9", None),
        ("select 1 id, load_extension('/x') path", None),
        ("select 1 id, hex(zeroblob(400000000)) path", None)):
    path = new_path()
    writer = sqlite3.connect(path)
    writer.executescript(f"create view ValidPaths as {view};"
                         "create table Refs (referrer, reference)")
    writer.close()
    if said:
        fails("view", path, said, options=["--timeout", "200"])
        continue
    found = ask([*database_only(path), "--timeout", "2000", a], preexec_fn=None if sanitized else
                lambda: resource.setrlimit(resource.RLIMIT_DATA, (256 << 20,) * 2))
    check(found[0] == 1 and found[1] == "" and found[2].count("\n") == 1, "view", found)

# Damage: refused, or the right answer; never another, nor a crash.
whole = closed({**graph, **{store_path(f"f{i}"): [a, b] for i in range(300)}}, "delete")
data = open(whole, "rb").read()
path = new_path()
for step in range(150):
    place = step * step * 41 % len(data)
    with open(path, "wb") as file:
        damaged = data[:place] + bytes([data[place] ^ (1 << step % 8)]) + data[place + 1:]
        file.write(damaged if step % 3 else data[:place])
    status, output, said = ask([*database_only(path), a])
    fine = status == 0 and all(len(line) == 45 and line.startswith(STORE + "/")
                               for line in output.split())
    check(fine or (status == 1 and output == "" and said.count("\n") == 1), f"damage at {place}",
          status, output, said)

# The order of the sources: a daemon that hangs or fails leaves the database its time, and nothing
# of what it has told; what it says is not there is not there.
path = closed(graph)
with Peer(silent) as peer:
    expect("daemon hangs", ["--socket", peer.path, "--database", path, "--timeout", "4000", a],
           (0, printed(graph, a), ""))


def breaks(conn):
    conn.greet()
    conn.question()
    conn.send(number(LAST) + path_info([store_path("x"), store_path("y")]))


with Peer(breaks) as peer:
    expect("daemon fails", ["--socket", peer.path, "--database", path, a],
           (0, printed(graph, a), ""))
with Peer(lambda conn: conn.serve({})) as peer:
    expect("daemon says no", ["--socket", peer.path, "--database", path, a],
           (1, "", f"closurebox-closure: {a} is not in the store; build or fetch it again\n"))
with Peer(lambda conn: conn.serve({a: []})) as peer:
    expect("daemon first", ["--socket", peer.path, "--database", path, a],
           (0, printed({a: []}, a), ""))

finish()
