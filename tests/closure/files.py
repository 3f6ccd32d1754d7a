#!/usr/bin/env python3
"""Closures that are kept as files: what they are, and that nothing about them is an error."""

import re
import resource
import stat

from peer import *

graph = small_graph()
a, b, c, d, e = map(store_path, "abcde")
peer = Peer(lambda conn: conn.serve(graph))
count = 0


def name_of(path):
    return os.path.basename(path)


def new_place(user):
    """A directory of the user's."""
    global count
    count += 1
    directory = f"{work}/{count}"
    os.mkdir(directory)
    if user:
        os.chown(directory, 65534, 65534)
    return directory


def run(name, state, *roots, user=(), said="", options=(), **more):
    expect(name, [*daemon_only(peer.path), "--state", state, *options, *roots],
           (0, printed(graph, *roots), said), user, **more)


def content(path):
    with open(path) as file:
        return file.read()


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


for user in USERS:
    uid = 65534 if user else os.geteuid()
    for umask in 0, 0o22, 0o77, 0o777:
        place = new_place(user)
        state = place + "/local/state/closurebox"
        run("kept", state, e, c, user=user, umask=umask)
        files = state + "/closures"
        check(sorted(os.listdir(files)) == sorted(map(name_of, (e, c))), "files", os.listdir(files))
        for root in e, c:
            kept = f"{files}/{name_of(root)}"
            check(content(kept) + "\n" == printed(graph, root), "content", content(kept))
            check(mode(kept) == 0o444 and os.stat(kept).st_uid == uid, "mode", oct(mode(kept)))
        for directory in files, state, place + "/local/state", place + "/local":
            check(mode(directory) == 0o700 and os.stat(directory).st_uid == uid, "directory",
                  directory, oct(mode(directory)))

    # One that is there is left, whatever is in it; another is added beside it.
    kept = f"{files}/{name_of(c)}"
    os.chmod(kept, 0o644)
    with open(kept, "w") as file:
        file.write("as it was")
    before = os.stat(kept)
    run("left", state, c, d, user=user)
    check(content(kept) == "as it was" and os.stat(kept).st_ino == before.st_ino, "left")
    check(content(f"{files}/{name_of(d)}") == d + "\n", "added")
    os.unlink(kept)
    os.mkdir(kept)
    run("a directory of that name", state, c, user=user)
    check(os.listdir(kept) == [], "left")
    # A link there leads nobody to write elsewhere.
    os.rmdir(kept)
    os.symlink("../../victim", kept)
    run("a link of that name", state, c, user=user)
    check(not os.path.islink(kept) and content(kept) == c + "\n", "replaced")
    check(sorted(os.listdir(state)) == ["closures"], "victim", os.listdir(state))

    # Many at once, before there is a directory.
    state = new_place(user) + "/state/closurebox"
    several = [subprocess.Popen([*user, program, *daemon_only(peer.path), "--state", state, a, e],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
               for _ in range(12)]
    for one in several:
        check(one.communicate()[0] == printed(graph, a, e) and one.returncode == 0, "at once")
    check(sorted(os.listdir(state + "/closures")) == sorted(map(name_of, (a, e))), "left over",
          os.listdir(state + "/closures"))
    for root in a, e:
        check(content(f"{state}/closures/{name_of(root)}") + "\n" == printed(graph, root), "whole")

    # Links to directories are followed, as people move them.
    place = new_place(user)
    os.mkdir(place + "/real")
    if user:
        os.chown(place + "/real", 65534, 65534)
    os.symlink("real", place + "/link")
    run("link", place + "/link", d, user=user)
    check(os.path.exists(f"{place}/real/closures/{name_of(d)}"), "through a link")

    # What cannot be kept is no error, and said only if somebody asks.
    place = new_place(user)
    open(place + "/file", "w").close()
    os.mkdir(place + "/others")
    too_long = "File ?name too long"  # in glibc's words and in musl's
    bad = {place + "/file": "Not a directory", place + "/" + "x" * 256: too_long,
           place + "/" + "x" * 300 + "/y": too_long}
    os.chmod(place + "/others", 0o555)
    if user:
        bad[place + "/others"] = "Permission denied"
        bad["/proc/x"] = "No such file or directory"
    for state, why in bad.items():
        run("not kept", state, a, user=user)
        status, output, said = ask([*daemon_only(peer.path), "--verbose", "--state", state, a],
                                   user)
        check((status, output) == (0, printed(graph, a)) and
              re.match(f"closurebox-closure: not kept: {state}/closures: {why}\n", said), "said",
              said)

    # A file that cannot be written to its end.
    state = new_place(user) + "/state"
    run("too large", state, a, user=user,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50)))
    check(os.listdir(state + "/closures") == [], "half a file", os.listdir(state + "/closures"))

    # No answer, no file; nor where nobody takes the answer.
    state = new_place(user) + "/state"
    with Peer(lambda conn: conn.serve({a: [b]})) as broken:
        status, output, said = ask([*daemon_only(broken.path), "--state", state, a], user)
        check(status == 1 and output == "" and os.listdir(state + "/closures") == [], "no answer")
    with open("/dev/full", "w") as full:
        done = subprocess.run([*user, program, *daemon_only(peer.path), "--state", state, a],
                              stdout=full, stderr=subprocess.PIPE, text=True)
    check(done.returncode == 3 and
          done.stderr == "closurebox-closure: standard output: No space left on device\n",
          "full", done)
    check(os.listdir(state + "/closures") == [], "kept what was not told")

# Root leaves nothing in a directory of a user's: who could not write there afterwards.
if len(USERS) > 1:
    place = new_place(NOBODY)
    for state in place, place + "/local/state":
        run("root in a user's directory", state, a)
        check(os.listdir(place) == [], "made", os.listdir(place))
    os.makedirs(place + "/closures")
    os.chown(place + "/closures", 65534, 65534)
    run("root in a user's state directory", place, a)
    check(os.listdir(place + "/closures") == [], "made", os.listdir(place))

finish()
