#!/usr/bin/env python3
"""--partial: what is wrong with one object takes the closures of those that reach it away, and no
others."""

from nix_database import *
from peer import *

a, b, c, d, e, x = map(store_path, "abcdex")
# e reaches all of a's; x is there to be missing.
whole = {**small_graph(), x: []}
without = {path: references for path, references in whole.items() if path != x}
missing = f"{x} is not in the store; build or fetch it again"
count = 0


def sections(graph, roots, empty):
    return "".join("\n" if root in empty else printed(graph, root) for root in roots)


def from_daemon(name, graph, roots, empty, version=0x126, answers=None):
    """`answers`: what the daemon tells instead of what `graph` has."""
    for user in USERS:
        with Peer(lambda conn: conn.serve({**graph, **(answers or {})}, version)) as peer:
            expect(f"{name} {version:#x}", [*daemon_only(peer.path), "--partial", *roots],
                   (0, sections(graph, roots, empty), ""), user)


def from_database(name, change, roots, empty):
    """`change`: what is done to a database that has all."""
    global count
    if not with_sqlite:
        return
    count += 1
    path, connection = new_database(whole, f"{work}/{count}.sqlite")
    connection.executescript(change)
    connection.close()
    for user in USERS:
        expect(name, ["--socket", "/none", "--database", path, "--partial", *roots],
               (0, sections(whole, roots, empty), ""), user)


gone = f"delete from ValidPaths where path = '{x}';"
for roots in [x], [x, x], [a, x], [x, a], [a, x, d], [c, x, a, x, e]:
    for version in VERSIONS:
        from_daemon("a root is missing", without, roots, [x], version)
    from_database("a root is missing", gone, roots, [x])
# Without the option, for comparison.
with Peer(lambda conn: conn.serve(without)) as peer:
    expect("control", [*daemon_only(peer.path), a, x], (1, "", f"closurebox-closure: {missing}\n"))
from_daemon("all are there", whole, [a, e, x], [])
from_database("all are there", "", [a, e, x], [])

# A hole: a and e reach d by b, c does not.
holed = {path: references for path, references in whole.items() if path != d}
for roots in [a, c], [c, b, e], [d, c], [c, d], [d, b, a, c]:
    from_daemon("hole", {**holed}, roots, [a, b, d, e])
    from_database("hole", f"delete from ValidPaths where path = '{d}';", roots, [a, b, d, e])
# What cannot be in a closure, from the middle of an answer.
for path in "/etc/passwd", d + "/bin", "", d + "\n" + c:
    for roots in [a, c], [c, e, d], [d, b, c]:
        from_daemon("bad path", whole, roots, [a, b, e],
                    answers={b: [c, path, d] if path else [path]})
        from_database("bad path", "insert into ValidPaths (path, hash, registrationTime) "
                      f"values ('{path}', '', 0); insert into Refs select x.id, y.id from "
                      f"ValidPaths x, ValidPaths y where x.path = '{b}' and y.path = '{path}';",
                      roots, [a, b, e])
# A root that refers to nothing else that could be there.
from_daemon("bad alone", whole, [x, a], [x], answers={x: ["/etc/passwd"]})

# What is wrong with the daemon is wrong for all.
with Peer(lambda conn: (conn.greet(), conn.question(), conn.answer(whole, a))) as peer:
    expect("closes", [*daemon_only(peer.path), "--partial", a, d], (1, "", refusal(
        peer.path, "it closes the connection before it has answered")))
expect("nobody", [*daemon_only("/none"), "--partial", a, d],
       (1, "", refusal("/none", "connect: No such file or directory")))
expect("no store path", [*daemon_only("/none"), "--partial", a, "/etc"], (
    1, "", "closurebox-closure: '/etc' is no store path: it is not below the store\n"))

# What the daemon has told before it went is not taken for what the database has.
if with_sqlite:
    path, connection = new_database(whole, work + "/after.sqlite")
    connection.close()
    with Peer(lambda conn: (conn.greet(), conn.question(),
                            conn.send(number(LAST) + number(0)))) as peer:
        expect("both", ["--socket", peer.path, "--database", path, "--partial", a, d],
               (0, printed(whole, a, d), ""))
    # But what it has said to its end is, whatever the database has.
    with Peer(lambda conn: conn.serve(without)) as peer:
        expect("daemon first", ["--socket", peer.path, "--database", path, "--partial", x, d],
               (0, "\n" + printed(whole, d), ""))

finish()
