#!/usr/bin/env python3
"""Closures that are kept as files: what they are, when they are whole, and who is told what."""

import re
import resource
import stat
import threading

from peer import *

graph = small_graph()
a, b, c, d, e = map(store_path, "abcde")
peer = Peer(lambda conn: conn.serve(graph))


def run(name, files, *roots, user=(), said="", options=(), **more):
    expect(name, [*daemon_only(peer.path), "--keep", files, *options, *roots],
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
        files = place + "/local/state/closures"
        run("kept", files, e, c, user=user, umask=umask)
        check(sorted(os.listdir(files)) == sorted(map(name_of, (e, c))), "files", os.listdir(files))
        for root in e, c:
            kept = f"{files}/{name_of(root)}"
            check(content(kept) + "\n" == printed(graph, root), "content", content(kept))
            check(mode(kept) == 0o444 and os.stat(kept).st_uid == uid, "mode", oct(mode(kept)))
        # What root makes is for all users to read.
        for directory in files, place + "/local/state", place + "/local":
            check(mode(directory) == (0o700 if uid else 0o755) and
                  os.stat(directory).st_uid == uid, "directory", directory, oct(mode(directory)))

    # The line that readers look for is the last: without any part of its end a file is none.
    whole = content(f"{files}/{name_of(e)}")
    check(whole.count(e + "\n") == 1 and whole.endswith("\n" + e + "\n"), "the root is last", whole)

    # One that is there is replaced, by another file: who has the old one open reads that.
    kept = f"{files}/{name_of(c)}"
    for broken in "", "as it was", c, f"/etc/passwd\n{c}\n":
        os.unlink(kept)
        with open(kept, "w") as file:
            file.write(broken)
        before = os.stat(kept)
        with open(kept) as old:
            run("replaced", files, c, d, user=user)
            check(old.read() == broken, "the old file is as it was")
        check(content(kept) == c + "\n" and os.stat(kept).st_ino != before.st_ino and
              mode(kept) == 0o444, "replaced", content(kept))
    check(content(f"{files}/{name_of(d)}") == d + "\n", "added")
    # A link there leads nobody to write elsewhere.
    os.unlink(kept)
    os.symlink("../victim", kept)
    run("a link of that name", files, c, user=user)
    check(not os.path.islink(kept) and content(kept) == c + "\n", "replaced")
    check(os.listdir(place + "/local/state") == ["closures"], "victim")
    os.unlink(kept)
    os.mkdir(kept)
    run("a directory of that name", files, c, user=user)
    status, output, said = ask([*daemon_only(peer.path), "--output", files, c, d], user)
    # (Landlock's word, or the file system's)
    check((status, output) == (3, printed(graph, c, d)) and
          re.fullmatch(f"closurebox-closure: cannot write closure files: {kept}: "
                       "(Permission denied|Is a directory)\n", said), "output", status, said)
    check(os.listdir(kept) == [] and sorted(os.listdir(files)) == sorted(map(name_of, (c, d, e))),
          "left over", os.listdir(files))

    # Many at once, before there is a directory, and over one another's files, while others read:
    # at no moment is there half a file.
    files = new_place(user) + "/state/closures"
    wide = {store_path(f"w{i}"): [] for i in range(3000)}
    wide[a] = list(wide)
    with Peer(lambda conn: conn.serve(wide), threads=True) as large:
        several = [subprocess.Popen(
            [*user, program, *daemon_only(large.path), "--keep", files, a, names],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for names in [store_path(f"w{i % 3}") for i in range(16)]]
        threads = [threading.Thread(target=lambda one=one: answers.append(one.communicate()[0]))
                   for one in several]
        answers, reads, inodes = [], 0, set()
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            try:
                with open(f"{files}/{name_of(a)}") as file:
                    found = file.read()
                    inodes.add(os.fstat(file.fileno()).st_ino)
            except FileNotFoundError:
                continue
            reads += 1
            if found + "\n" != printed(wide, a):
                check(False, "half a file", len(found))
                break
        for thread in threads:
            thread.join()
        check([one.returncode for one in several] == [0] * 16, "at once", answers)
        check(all(answer.startswith(printed(wide, a)) for answer in answers), "answers")
        check(reads > 0, "nobody has read")
    wanted = sorted(map(name_of, (a, *(store_path(f"w{i}") for i in range(3)))))
    check(sorted(os.listdir(files)) == wanted, "left over", os.listdir(files))
    print(reads, "reads of", len(inodes), "files while 16 wrote")

    # Links to directories are followed, as people move them.
    place = new_place(user)
    os.mkdir(place + "/real")
    if user:
        os.chown(place + "/real", 65534, 65534)
    os.symlink("real", place + "/link")
    run("link", place + "/link", d, user=user)
    check(os.path.exists(f"{place}/real/{name_of(d)}"), "through a link")

    # What cannot be kept is no error, and said only if somebody asks; but for --output.
    place = new_place(user)
    open(place + "/file", "w").close()
    os.mkdir(place + "/others")
    too_long = "File ?name too long"  # in glibc's words and in musl's
    bad = {place + "/file": "Not a directory", place + "/file/x": "Not a directory",
           place + "/" + "x" * 256: too_long, place + "/" + "x" * 300 + "/y": too_long}
    # A file in a directory that others write to is not believed.
    for bits in 0o20, 0o2, 0o1777:
        bad[f"{place}/shared-{bits}"] = "it can be written to by others"
        os.mkdir(f"{place}/shared-{bits}")
        os.chmod(f"{place}/shared-{bits}", 0o755 | bits)
        if user:
            os.chown(f"{place}/shared-{bits}", 65534, 65534)
    if os.geteuid() == 0:
        os.mkdir(place + "/foreign")
        os.chown(place + "/foreign", 1, 1)
        bad[place + "/foreign"] = "it belongs to another user"
    os.chmod(place + "/others", 0o555)
    if user:
        bad[place + "/others/x"] = "Permission denied"
        bad["/proc/x"] = "No such file or directory"
        # root's own, which others may read
        bad[place + "/others"] = None
    for files, why in bad.items():
        run("not kept", files, a, user=user)
        status, output, said = ask([*daemon_only(peer.path), "--verbose", "--keep", files, a],
                                   user)
        advice = ("; name one that is %s alone with --output" % ("yours" if uid else "root's")
                  if why and why.startswith("it ") else "")
        why = f"{files}: {why}" if why else f"{files}/{name_of(a)}: Permission denied"
        check((status, output) == (0, printed(graph, a)) and
              re.search(f"^closurebox-closure: not kept: {why}\n", said, re.M), "said", said)
        status, output, said = ask([*daemon_only(peer.path), "--output", files, a], user)
        # (nothing is asked if that much is known before)
        check(status == 3 and output in ("", printed(graph, a)) and
              re.fullmatch(f"closurebox-closure: cannot write closure files: {why}{advice}\n",
                           said), "output", status, said)
    check(not any(os.listdir(f"{place}/shared-{bits}") for bits in (0o20, 0o2)), "shared")

    # A file that cannot be written to its end: a limit, and a full disk.
    files = new_place(user) + "/state"
    small = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))}
    run("too large", files, a, user=user, **small)
    check(os.listdir(files) == [], "half a file", os.listdir(files))
    expect("too large, output", [*daemon_only(peer.path), "--output", files, a],
           (3, printed(graph, a), "closurebox-closure: cannot write closure files: "
            f"{files}/{name_of(a)}: File too large\n"), user, **small)
    full = f"{new_place(())}/full"
    os.mkdir(full)
    if os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size=4k,mode=755,uid={uid}", "none", full]
            ).returncode == 0:
        run("disk has room for one page", full, c, user=user)
        run("full disk", full, a, user=user)
        check(os.listdir(full) == [name_of(c)], "half a file", os.listdir(full))
        check(content(f"{full}/{name_of(c)}") == c + "\n", "the other")
        subprocess.run(["umount", full], check=True)
    else:
        print("no full disk here")

    # What one has left that was ended before it could rename goes after an hour, and nothing else.
    files = new_place(user)
    left = ".new-0123456789abcdef"
    old = {left: False, ".new-0123456789abcde": True, ".new-0123456789abcdef0": True,
           ".new-0123456789abcdeF": True, "new-0123456789abcdef": True, name_of(b): True,
           ".new-1111111111111111": True, ".new-2222222222222222": bool(user),
           ".new-3333333333333333": True, ".new-4444444444444444": True}
    for name in old:
        if name.startswith(".new-3"):
            os.mkdir(f"{files}/{name}")
        elif name.startswith(".new-4"):
            os.symlink("x", f"{files}/{name}")
        else:
            open(f"{files}/{name}", "w").close()
        os.chown(f"{files}/{name}", uid, -1, follow_symlinks=False)
        age = 3500 if name.startswith(".new-1") else 3700
        os.utime(f"{files}/{name}", (time.time() - age,) * 2, follow_symlinks=False)
    if os.geteuid() == 0:
        # another's
        os.chown(f"{files}/.new-2222222222222222", 0 if user else 1, -1)
        old[".new-2222222222222222"] = True
    run("stale", files, c, user=user)
    wanted = sorted([name_of(c)] + [name for name in old if old[name]])
    check(sorted(os.listdir(files)) == wanted, "stale", os.listdir(files), wanted)

    # No answer, no file; nor where nobody takes the answer.
    files = new_place(user) + "/state"
    with Peer(lambda conn: conn.serve({a: [b]})) as broken:
        status, output, said = ask([*daemon_only(broken.path), "--keep", files, a], user)
        check(status == 1 and output == "" and os.listdir(files) == [], "no answer")
    with open("/dev/full", "w") as full:
        done = subprocess.run([*user, program, *daemon_only(peer.path), "--keep", files, a],
                              stdout=full, stderr=subprocess.PIPE, text=True)
    check(done.returncode == 3 and
          done.stderr == "closurebox-closure: standard output: No space left on device\n",
          "full", done)
    check(os.listdir(files) == [], "kept what was not told")

    # Of a partial answer only what is known.
    with Peer(lambda conn: conn.serve({a: [b], c: []})) as broken:
        expect("partial", [*daemon_only(broken.path), "--partial", "--output", files, a, c, d],
               (0, f"\n{c}\n\n\n", ""), user)
    check(os.listdir(files) == [name_of(c)], "partial", os.listdir(files))

# Root leaves nothing in a directory of a user's: who could not write there afterwards. Nor does a
# user lead root elsewhere, by a link in any directory on the way. The control beside each: the user
# gets there, and so does root where the very same is root's.
def root_is_led(name, files, target, theirs, wrong):
    """`theirs`: what is root's in the control; `wrong`: what is the matter with the way."""
    run(f"{name}, root's", files, c)
    check(os.listdir(target) == [name_of(c)], f"{name}, control", os.listdir(target))
    os.unlink(f"{target}/{name_of(c)}")
    for path in theirs:
        os.lchown(path, 65534, 65534)
    before = sorted(os.walk(os.path.dirname(target)))
    run(f"{name}, a user's", files, c)
    status, output, said = ask([*daemon_only(peer.path), "--verbose", "--keep", files, c])
    check((status, output) == (0, printed(graph, c)) and
          f"closurebox-closure: not kept: {files}: {wrong}\n" in said, name, said)
    expect(f"{name}, output", [*daemon_only(peer.path), "--output", files, c], (
        3, "", f"closurebox-closure: cannot write closure files: {files}: {wrong}; name one that "
        "is root's alone with --output\n"))
    check(sorted(os.walk(os.path.dirname(target))) == before, f"{name}: made", os.listdir(target))


if len(USERS) > 1:
    another = "belongs to another user"
    place = new_place(NOBODY)
    for files in place, place + "/local/state":
        run("root in a user's directory", files, a)
        check(os.listdir(place) == [], "made", os.listdir(place))
        run("the user, there", files, a, user=NOBODY)
        shutil.rmtree(place)
        os.mkdir(place)
        os.chown(place, 65534, 65534)

    # The last directory, one above it and one that is not there, each by a link.
    for way, made, last in (("closures", "", ""), ("state", "closures", "/closures"),
                            ("state", "", "/new/closures")):
        place = new_place(())
        target = place + "/etc/target" + (last if made else "")
        home = place + "/home"
        for directory in target, home + "/.local":
            os.makedirs(directory)
        os.symlink(place + "/etc/target", f"{home}/.local/{way}")
        files = f"{home}/.local/{way}{last}"
        real = place + "/etc/target" + last
        os.makedirs(real, exist_ok=True)
        root_is_led(f"link {way}{last}", files, real,
                    [home, home + "/.local", f"{home}/.local/{way}"], f"{home} {another}")
        # (as the user, who owns what it leads to)
        os.chown(real, 65534, 65534)
        run("the user's own link", files, c, user=NOBODY)
        check(os.listdir(real) == [name_of(c)], "the user's own link", os.listdir(real))
        if last.startswith("/new"):
            shutil.rmtree(place + "/etc/target/new")
            run("made behind a user's link", files, c)
            check(os.listdir(place + "/etc/target") == [], "made", os.listdir(target))
            for path in home, home + "/.local":
                os.chown(path, 0, 0)
            run("made behind root's link", files, c)
            check(os.listdir(real) == [name_of(c)], "made, control")

    # A directory that is root's, but below one that is not; by "..", too, and by root's own link.
    for hop in "", "/../root", "link":
        place = new_place(())
        users, target = place + "/users", place + "/users/root"
        os.makedirs(target)
        os.symlink("users/root", place + "/link")
        files = place + "/link" if hop == "link" else target + hop
        root_is_led(f"below a user's {hop}", files, target, [users], f"{users} {another}")

    # Where others may make links none is followed, whoever owns it; a directory is entered if it is
    # sticky: nobody else can have moved it there.
    place = new_place(())
    shared, target = place + "/shared", place + "/etc/target"
    os.makedirs(target)
    os.makedirs(shared + "/directory")
    os.symlink(target, shared + "/link")
    for mode_of_shared, led, entered in ((0o755, None, None),
                                         (0o1777, "{}/link is a link where others may have made it",
                                          None),
                                         (0o777, "{} can be written to by others", "{}"),
                                         (0o775, "{} can be written to by others", "{}")):
        os.chmod(shared, mode_of_shared)
        for name, where, wrong in (("link", target, led), ("directory", shared + "/directory",
                                                           entered and led)):
            files = f"{shared}/{name}"
            status, output, said = ask([*daemon_only(peer.path), "--verbose", "--keep", files, c])
            wrong = wrong and wrong.format(shared)
            if wrong == files + " is a link where others may have made it":
                wrong = "it is a link where others may have made it"
            check(status == 0 and (f"not kept: {files}: {wrong}\n" in said) == bool(wrong),
                  "shared", oct(mode_of_shared), name, said)
            check(os.listdir(where) == ([] if wrong else [name_of(c)]), "shared",
                  oct(mode_of_shared), name, os.listdir(where))
            for there in os.listdir(where):
                os.unlink(f"{where}/{there}")

    # Links of root's: relative, to the top, one to the other; endless ones end.
    place = new_place(())
    os.makedirs(place + "/a/b/c")
    for name, target in {"a/b/up": "../../one", "one": "./two/", "two": place + "/a//b",
                         "loop": "loop", "file": "a/b/c/f", "top": "/"}.items():
        os.symlink(target, f"{place}/{name}")
    open(place + "/a/b/c/f", "w").close()
    for way, wrong in {"a/b/up/c": None, "two/../b/up/up/c/": None, f"top{place}/one/c": None,
                       "loop/c": "LOOP", "file": "Not a directory", "file/x": "Not a directory",
                       "a/" * 2048: "File ?name too long"}.items():
        files = f"{place}/{way}"
        status, output, said = ask([*daemon_only(peer.path), "--output", files, d])
        if wrong:
            wrong = wrong.replace("LOOP", os.strerror(40).replace("(", "."))
        check((status == 0 and said == "" if not wrong else status == 3 and
               re.search(f": ({wrong}|Symbolic link loop|Too many.*)\n$", said)), way[:100], said)
        kept = f"{place}/a/b/c/{name_of(d)}"
        check(os.path.exists(kept) == (not wrong), way[:100])
        if not wrong:
            os.unlink(kept)

finish()
