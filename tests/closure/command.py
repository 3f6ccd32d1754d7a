#!/usr/bin/env python3
"""closurebox closure: what paths lead to, and where the files go."""

import stat

from peer import *

closurebox = os.environ.get("CLOSUREBOX") or skip("no closurebox here")
# A tree like an installation's, which an ordinary user can read: the command finds the program.
os.makedirs(work + "/bin")
os.makedirs(work + "/libexec/closurebox")
shutil.copy(closurebox, work + "/bin")
shutil.copy(program, work + "/libexec/closurebox")
closurebox = work + "/bin/closurebox"

# A store with a daemon beside it.
store = work + "/top/store"
a, b, c, d, link = (store_path(name, store) for name in ("a", "b", "c", "d", "link"))
graph = {a: [b], b: [], c: [c, b], d: [], link: [a]}
for directory in a + "/bin", b + "/lib", c, store + "/.links", work + "/top/var/nix/daemon-socket":
    os.makedirs(directory)
open(a + "/bin/x", "w").close()
open(d, "w").close()
os.symlink(a, link)
os.symlink(b + "/lib", a + "/lib")
peer = Peer(lambda conn: conn.serve(graph), threads=True)
os.rename(peer.path, work + "/top/var/nix/daemon-socket/socket")
os.symlink(work + "/top/var/nix/daemon-socket/socket", peer.path)
for name, target in {
        "run-driver": a, "chain": "links/1", "links/1": "2", "links/2": "../links/3",
        "links/3": link, "deep": a + "/bin/x", "lib": a + "/lib", "file": d,
        "none": "/none/such", "gone": store_path("gone", store), "loop": "loop",
        "etc": "/etc", "above": store}.items():
    os.makedirs(work + "/host/links", exist_ok=True)
    os.symlink(target, f"{work}/host/{name}")
host = work + "/host/"
options = ["--store-dir", store, "--timeout", "60000"]


def answer(*roots):
    return printed(graph, *roots)[:-1]


def run(arguments, wanted, user=(), files=None, output=None, **more):
    """`files`: the roots whose closures are in the directory afterwards."""
    place = new_place(user)
    more.setdefault("env", {"XDG_STATE_HOME": place})
    found = ask(["closure", *options, *arguments], user, closurebox, **more)
    check(found == wanted, arguments, user[:1], differs(found, wanted))
    directory = output or place + "/closurebox/closures"
    if files is not None:
        there = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
        check(there == sorted(map(name_of, files)), "files", arguments, there)
        for root in files:
            with open(f"{directory}/{name_of(root)}") as file:
                check(file.read() == answer(root), "content", root)
    return place


for user in USERS:
    # What a path leads to; in the store it is the object that it is in.
    for path, root in (
            (host + "run-driver", a), (host + "chain", a), (host + "deep", a), (host + "lib", b),
            (host + "file", d), (host + "chain/bin/../lib", b), (host + "chain/bin/x", a),
            (a, a), (a + "/", a), (a + "/bin/x", a), (a + "/lib", a), (link, link),
            (link + "/bin", link), (a + "/../" + name_of(c), c), (store + "/./" + name_of(c), c)):
        run([path], (0, answer(root), ""), user, [root])
    run(["chain"], (0, answer(a), ""), user, [a], cwd=host)
    run(["./run-driver/lib", "../top/store/" + name_of(c)], (0, printed(graph, b, c)[:-1], ""),
        user, [b, c], cwd=host)
    # Several: an empty line between, in their order, also twice.
    run([host + "file", a, host + "chain", c], (0, printed(graph, d, a, a, c)[:-1], ""), user,
        [a, c, d])
    check(printed(graph, d, a).count("\n\n") == 2, "one between, one that is cut")

    # Where the files go.
    here = {"HOME": new_place(user), "XDG_STATE_HOME": ""}
    home = here["HOME"] + "/.local/state/closurebox/closures"
    for environment in here, {"HOME": here["HOME"]}:
        run([a], (0, answer(a), ""), user, [a], env=environment, output=home)
        run(["--no-write", d], (0, answer(d), ""), user, [a], env=environment, output=home)
    check(stat.S_IMODE(os.stat(home).st_mode) == (0o700 if user or os.geteuid() else 0o755),
          "mode")
    output = here["HOME"] + "/out/put"
    run(["--output", output, c], (0, answer(c), ""), user, [c], output=output, env={})
    run(["--output", "put", d], (0, answer(d), ""), user, [d], output=here["HOME"] + "/put",
        env={}, cwd=here["HOME"])
    run(["--no-write", a], (0, answer(a), ""), user, env={})
    for environment, message in (
            ({}, "neither XDG_STATE_HOME nor HOME is set"), ({"HOME": ""}, "neither XDG_STATE_HOME"
             " nor HOME is set"),
            ({"HOME": "x"}, "HOME is 'x', which is not an absolute path"),
            ({"XDG_STATE_HOME": "./s", "HOME": "/"},
             "XDG_STATE_HOME is './s', which is not an absolute path")):
        run([a], (1, "", f"closurebox: error: {message}; name a directory with --output\n"), user,
            env=environment)
    # What cannot be written is an error here.
    run(["--output", "/proc/x", a], (3, "", "closurebox-closure: cannot write closure files: "
                                     "/proc/x: No such file or directory\n"), user)
    if user:
        run(["--output", work + "/new", a], (
            3, "", f"closurebox-closure: cannot write closure files: {work}/new: Permission "
            "denied\n"), user)

    # What leads nowhere, or elsewhere: each is said, and nothing is written.
    wrong, said = [], ""
    for path, message in (
            ("none", "cannot follow '{}': No such file or directory"),
            ("gone", "cannot follow '{}': No such file or directory"),
            ("nothing", "cannot follow '{}': No such file or directory"),
            ("run-driver/missing", "cannot follow '{}': No such file or directory"),
            ("file/x", "cannot follow '{}': Not a directory"),
            ("loop", "cannot follow '{}': LOOP"),
            ("etc", "'{}' leads to '/etc', which is not in an object of the store '" + store +
             "'\nclosurebox: note: if there are links in it, name those"),
            ("etc/passwd", "'{}' leads to '/etc/passwd', which is not in an object of the store '" +
             store + "'"),
            ("above", "'{}' leads to '" + store + "', which is not in an object of the store '" +
             store + "'"),
            ("above/.links", "'{}' leads to '" + store + "/.links', which is not in an object of "
             "the store '" + store + "'\nclosurebox: note: if there are links in it, name those"),
            ):
        wrong.append(host + path)
        said += "closurebox: error: " + message.replace("{}", host + path) + "\n"
    said = said.replace("LOOP", os.strerror(40))
    run([a, *wrong], (1, "", said), user, [])
    missing = store_path("gone", store)
    run([missing], (1, "", f"closurebox: error: cannot follow '{missing}': No such file or "
                    "directory\n"), user, [])
    # One that is there, but not in the daemon's word.
    unknown = store_path("unknown", store)
    os.makedirs(unknown, exist_ok=True)
    run([unknown, a], (1, "", f"closurebox-closure: {unknown} is not in the store; build or fetch "
                       "it again\n"), user, [])

# Root with a user's HOME (sudo), which could lead root anywhere: it says what helps. The control
# beside it: the same home, when it is root's.
if len(USERS) > 1:
    for uid in 0, 65534:
        home = new_place(())
        target = home + "/etc"
        os.makedirs(home + "/.local/state/closurebox")
        os.mkdir(target)
        os.symlink(target, home + "/.local/state/closurebox/closures")
        os.chown(home, uid, uid)
        default = home + "/.local/state/closurebox/closures"
        told = ("closurebox-closure: cannot write closure files: {}: " + home + " belongs to "
                "another user; name one that is root's alone with --output\n")
        for more in [], ["--output", default]:
            run([*more, a], (3, "", told.format(default)) if uid else (0, answer(a), ""),
                env={"HOME": home})
            check(os.listdir(target) == ([] if uid else [name_of(a)]), "led", uid,
                  os.listdir(target))
        run(["--output", "out", a], (3, "", told.format(home + "/out")) if uid
            else (0, answer(a), ""), env={"HOME": home}, cwd=home)
        check(os.path.exists(home + "/out") == (not uid), "made")
        output = new_place(()) + "/out"
        run(["--output", output, a], (0, answer(a), ""), (), [a], output=output, env={"HOME": home})
        run(["--no-write", a], (0, answer(a), ""), env={"HOME": home})

# Nobody answers; another state directory; another program.
run(["--nix-state-dir", "/none", a], (1, "", refusal(
    "/none/daemon-socket/socket", "connect: No such file or directory",
    path="/none/db/db.sqlite")), (), [])
os.makedirs(work + "/other/daemon-socket")
os.symlink(work + "/top/var/nix/daemon-socket/socket", work + "/other/daemon-socket/socket")
run(["--nix-state-dir", "other", a], (0, answer(a), ""), (), [a], cwd=work)
run(["--closure-program", "/none/such", a], (
    3, "", "closurebox: error: cannot start '/none/such': No such file or directory\n"), (), [])
with open(work + "/killed", "w") as file:
    file.write("#!/bin/sh\nkill -9 $$\n")
os.chmod(work + "/killed", 0o755)
run(["--closure-program", "killed", a], (
    3, "", f"closurebox: error: '{work}/killed' was ended by signal 9\n"), (), [], cwd=work)
run(["--timeout", "0", a], (2, "", "closurebox-closure: --timeout takes 1 to 86400000 "
                            "milliseconds\n"), (), [])

# The command line.
status, output, said = ask(["closure", "--help"], program=closurebox)
check(status == 0 and output.startswith("usage: closurebox closure ") and said == "", "help")
for arguments, message in (
        ([], "no path is named"), (["--output", "", a], "--output takes a directory, not ''"),
        (["--nix-state-dir", "", a], "--nix-state-dir takes a directory, not ''"),
        (["--store-dir", "nix/store", a], "--store-dir takes an absolute canonical path, not "
         "'nix/store'"),
        (["--no-write", "--output", work, a], "--no-write and --output contradict each other"),
        (["--state", a], None)):
    status, output, said = ask(["closure", *arguments], program=closurebox)
    check(status == 2 and output == "" and "\nusage: closurebox closure " in said and
          (not message or said.startswith(f"closurebox closure: {message}\n")), arguments, said)
# A name that a terminal would obey.
status, output, said = ask(["closure", "--no-write", "/none/\033[31mx\n"], program=closurebox)
check(status == 1 and "\033" not in said and said.count("\n") == 1, "escaped", said)
# Nobody takes the answer: the files are there all the same.
place = work + "/full"
with open("/dev/full", "w") as full:
    done = subprocess.run([closurebox, "closure", *options, "--output", place, a], stdout=full,
                          stderr=subprocess.PIPE, text=True, env=no_leaks)
check(done.returncode == 3 and "No space left on device" in done.stderr, "full", done)
check(os.listdir(place) == [name_of(a)], "files", os.listdir(place))

finish()
