#!/usr/bin/env python3
"""The conversation with a daemon of every protocol version; what is asked, and how often."""

import threading

from peer import *

graph = small_graph()
a, b, c, d, e = map(store_path, "abcde")

# Every version, silent and with messages of all kinds before everything; also newer ones.
for version in ALL_VERSIONS:
    for log in b"", chatter(version):
        for user in USERS:
            with Peer(lambda conn: conn.serve(graph, version, log)) as peer:
                expect(f"version {version:#x}", [*daemon_only(peer.path), a],
                       (0, printed(graph, a), ""), user)

# An error is shown in the words of the daemon, in both forms that it has had.
for version in ALL_VERSIONS:
    def refuse(conn):
        conn.greet(version)
        conn.question()
        conn.send(error(version, "disk on fire"))
    with Peer(refuse) as peer:
        expect(f"error of {version:#x}", [*daemon_only(peer.path), a],
               (1, "", refusal(peer.path, "it says: disk on fire")))

# Several roots: each has its closure, in the order asked for, also twice; what they share is asked
# for once.
for roots in [e, a], [a, e], [d, d], [c, b, a, e, c]:
    with Peer(lambda conn: conn.serve(graph)) as peer:
        expect(f"roots {roots}", [*daemon_only(peer.path), *roots],
               (0, printed(graph, *roots), ""))
        reached = set().union(*(closure(graph, root) for root in roots))
        check(sorted(peer.served()[0]) == sorted(reached), "asked", peer.results)

# An object of its own, without references, or with one to itself only.
for root in c, d:
    with Peer(lambda conn: conn.serve(graph)) as peer:
        expect(f"alone {root}", [*daemon_only(peer.path), root], (0, f"{root}\n\n", ""))

# Another store; and the same path is none of /nix/store.
store = "/some where/else"
other = {store_path("x", store): [store_path("y", store)], store_path("y", store): []}
with Peer(lambda conn: conn.serve(other)) as peer:
    root = store_path("x", store)
    expect("another store", [*daemon_only(peer.path), "--store-dir", store, root],
           (0, printed(other, root), ""))
    expect("path of another store", [*daemon_only(peer.path), root],
           (1, "", f"closurebox-closure: '{root}' is no store path: it is not below the store\n"))

# Round trips: this daemon answers nothing before as many questions are open as there can be. A
# client that waits for an answer before it asks on would wait for ever.
wide = {store_path(f"w{i}"): [] for i in range(300)}
wide[a] = list(wide)


def late(conn):
    conn.greet()
    rounds, answered = [], 0
    while answered < len(wide):
        open_ = min(1 if not rounds else 128, len(wide) - answered)
        paths = [conn.question() for _ in range(open_)]
        for path in paths:
            conn.answer(wide, path)
        rounds.append(open_)
        answered += open_
    return rounds


with Peer(late) as peer:
    expect("rounds", [*daemon_only(peer.path), a], (0, printed(wide, a), ""))
    check(peer.served() == [[1, 128, 128, 44]], "rounds", peer.results)

# Reads: a daemon that says everything at once is read in as few pieces as it fits.
def at_once(conn):
    conn.greet()
    conn.question()
    conn.answer(wide, a)
    answers = b"".join(number(LAST) + path_info([]) for _ in range(128))
    for count in 128, 128, 44:
        for _ in range(count):
            conn.question()
        conn.send(answers[:len(answers) * count // 128])
    conn.question()


with Peer(at_once) as peer:
    status, output, said = ask(["--verbose", *daemon_only(peer.path), a])
    check(status == 0 and output == printed(wide, a), "at once", status, said)
    # 16 bytes; the rest of the greeting; the root (24 KiB); answers of 152 bytes each
    reads = int(said.split()[-2])
    check(said.startswith("closurebox-closure: daemon: protocol 1.38, 301 objects, "), said)
    check(reads <= 9, "reads", said)

# Large: 20,000 objects, 20 references each, in a ring so that all reach all.
ring = {}
names = [store_path(f"r{i}") for i in range(20000)]
for i, name in enumerate(names):
    ring[name] = [names[(i * 7 + k * k) % len(names)] for k in range(19)]
    ring[name].append(names[(i + 1) % len(names)])
with Peer(lambda conn: len(conn.serve(ring))) as peer:
    expect("20,000 objects", [*daemon_only(peer.path), names[5]],
           (0, "".join(n + "\n" for n in root_last(names, names[5])) + "\n", ""))

# As many clients at a time as like.
with Peer(lambda conn: conn.serve(graph)) as peer:
    threads = [threading.Thread(target=expect, args=(
        "one of eight", [*daemon_only(peer.path), e], (0, printed(graph, e), "")))
        for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

finish()
