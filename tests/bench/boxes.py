"""What is compared: the same fake store objects in a box of closurebox and in everything else.

Every box has the same in it: the store paths, read-only; new user, mount, pid, ipc, uts, cgroup and
network namespaces; /proc, /dev, empty /tmp and home; closurebox's own system call filter; no
capabilities. Where another sandbox cannot do one of these it is left out, which is to its
advantage."""

import json
import os
import shutil
import subprocess

SOURCE = os.environ.get("srcdir") or os.path.abspath(os.path.dirname(__file__) + "/../..")
BUILD = os.environ.get("builddir") or SOURCE + "/build"
CLOSUREBOX = os.environ.get("CLOSUREBOX") or BUILD + "/closurebox"
STUB = os.environ.get("STUB") or BUILD + "/runtime/stub"
CLOSURE = os.environ.get("CLOSURE") or BUILD + "/closure/closurebox-closure"
BENCH = BUILD + "/tests/bench"
WORK = BENCH + "/work"
STORE = "/nix/store"
HOME = os.environ.get("HOME", "/root")
MODES = ("closure", "landlock", "whole")


class Refused(RuntimeError):
    """The compiler does not take what it was given."""


def compile_launcher(graph, program, output, policy, roots=()):
    """`policy`: a dictionary, without its version."""
    with open(output + ".json", "w") as file:
        json.dump({"closurebox": 1, **policy}, file)
    words = [CLOSUREBOX, "compile", "--stub", STUB, "--closure-program", CLOSURE]
    words += ["--graph", graph, "--program", program]
    for root in roots:
        words += ["--root", root]
    done = subprocess.run(
        words + ["--policy", output + ".json", "-o", output], capture_output=True, text=True
    )
    if done.returncode == 1:
        said = (done.stderr.splitlines() or ["no reason given"])[0]
        raise Refused("the compiler refuses it: " + said.rpartition("error: ")[2])
    if done.returncode:
        raise RuntimeError("closurebox compile: " + done.stderr.strip())
    return output


class Closure:
    """Store paths in the forms in which the contenders want them."""

    def __init__(self, name, paths, program, graph, is_fake=True):
        self.name, self.paths, self.program, self.graph = name, paths, program, graph
        self.is_fake = is_fake
        self.lists = self.write("paths", "".join(path + "\n" for path in paths))

    def write(self, suffix, text):
        name = f"{WORK}/{self.name}.{suffix}"
        with open(name, "w") as file:
            file.write(text)
        return name

    def launcher(self, mode, suffix="", **policy):
        name = f"{WORK}/{self.name}.{mode}{suffix}"
        if not os.path.exists(name):
            roots = self.paths[:1]
            compile_launcher(self.graph, self.program, name, {"store": mode, **policy}, roots)
        return name


def make_work():
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)


class FakeStore:
    """Objects in a /nix/store that only this process and its children see."""

    def __init__(self):
        os.makedirs(STORE, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", "/nix"], check=True)
        os.makedirs(STORE)
        make_work()
        self.own = f"{STORE}/{0:032}-noop"
        os.makedirs(self.own + "/bin")
        for name in "noop", "inside":
            shutil.copy(f"{BENCH}/{name}", self.own + "/bin/")
        self.objects = []

    def closure(self, count, program="noop"):
        """The closure of a program with `count` store paths besides its own."""
        for i in range(len(self.objects), count):
            self.objects.append(f"{STORE}/{i + 1:032}-object-{i + 1}")
            os.mkdir(self.objects[-1])
        others = self.objects[:count]
        graph = f"{WORK}/{program}-{count}.graph"
        with open(graph, "w") as file:
            print(self.own, "", len(others), *others, sep="\n", file=file)
            for path in others:
                print(path, "", 0, sep="\n", file=file)
        return Closure(
            f"{program}-{count}", [self.own] + others, f"{self.own}/bin/{program}", graph
        )


def bare(closure):
    return [closure.program]


def floor(closure):
    return ["0<" + closure.lists, BENCH + "/floor", closure.program]


def closurebox(mode):
    return lambda closure: [closure.launcher(mode)]


def blocked(closure):
    """No network namespace: a system call filter instead."""
    return [closure.launcher("closure", "-blocked", network="blocked")]


def filter_of(closure):
    """The system call filter of closurebox, as bubblewrap loads it."""
    name = f"{WORK}/filter"
    if not os.path.exists(name):
        with open(name + ".new", "w") as file:
            subprocess.run(
                [BENCH + "/filter", closure.launcher("closure")], check=True, stdout=file
            )
        os.rename(name + ".new", name)
    return name


def bubblewrap(program):
    """The options are read from a file, because the kernel bounds a command line."""
    said = subprocess.run([program, "--help"], capture_output=True, text=True)
    nested = ["--disable-userns"] if "--disable-userns" in said.stdout + said.stderr else []

    def words(closure):
        # It makes /dev and /proc read-only where that is due itself; its root stays writable
        # unless it is told.
        options = ["--unshare-user", "--unshare-all", *nested, "--hostname", "box"]
        options += ["--die-with-parent", "--cap-drop", "ALL", "--seccomp", "9"]
        options += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", HOME]
        for path in closure.paths:
            options += ["--ro-bind", path, path]
        options += ["--remount-ro", "/"]
        # a file for each bubblewrap: not all have the same options
        suffix = program.replace("/", "-") + ".bwrap"
        arguments = closure.write(suffix, "".join(option + "\0" for option in options))
        files = ["8<" + arguments, "9<" + filter_of(closure)]
        return [*files, program, "--args", "8", closure.program]

    return words


def firejail(program):
    """It keeps the host's root and hides what is not on a white list; its filter is its own."""

    def words(closure):
        lines = ["private-dev", "private-tmp", "net none", "ipc-namespace", "hostname box"]
        lines += ["seccomp", "caps.drop all", "nonewprivs"]
        # refused for root, who gets no user namespace of it
        lines += [] if os.geteuid() == 0 else ["noroot"]
        for path in closure.paths:
            lines.append("whitelist " + path)
        lines.append("read-only " + STORE)
        profile = closure.write("firejail", "".join(line + "\n" for line in lines))
        return [program, "--quiet", "--profile=" + profile, closure.program]

    return words


def systemd_run(program):
    """The manager does not see a fake store, but objects of the same names in a real place."""

    def words(closure):
        there = WORK + "/objects"
        properties = ["TemporaryFileSystem=/:ro /tmp " + HOME]
        for path in closure.paths:
            real = there + "/" + os.path.basename(path) if closure.is_fake else path
            if path == closure.paths[0] and not os.path.exists(real):
                shutil.copytree(path, real)
            os.makedirs(real, exist_ok=True)
            # One each: the kernel bounds a single argument (MAX_ARG_STRLEN) before all of them.
            properties.append(f"BindReadOnlyPaths={real}:{path}")
        properties += [
            *("MountAPIVFS=yes", "PrivateDevices=yes", "PrivateUsers=yes", "PrivateNetwork=yes"),
            *("PrivateIPC=yes", "ProtectHostname=yes", "ProtectControlGroups=yes"),
            *("ProtectKernelTunables=yes", "NoNewPrivileges=yes", "CapabilityBoundingSet="),
            "SystemCallFilter=@system-service",
            *(["PrivatePIDs=yes"] if systemd_version(program) >= 257 else []),
        ]
        options = [word for each in properties for word in ("--property", each)]
        return [program, "--quiet", "--pipe", "--wait", "--collect", *options, closure.program]

    return words


def systemd_version(program):
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split()
    return int(said[1]) if len(said) > 1 and said[1].isdigit() else 0


def no_manager():
    """Why systemd-run cannot be used here, or None."""
    if not shutil.which("systemd-run"):
        return "no systemd-run on PATH"
    with open("/proc/self/uid_map") as file:
        if file.read().split()[:2] != ["0", "0"] or os.geteuid() != 0:
            return "the manager serves root only, from a user namespace"
    done = subprocess.run(["systemctl", "is-system-running"], capture_output=True, text=True)
    state = done.stdout.strip()
    if state in ("running", "degraded"):
        return None
    return "no manager: " + (state or "systemctl says nothing")


def version(program):
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    return (said.splitlines() or ["?"])[0].split()[-1]


def other_sandboxes():
    """What is found here, as {name: function}, and what is not, as {name: reason}."""
    found, missing = {}, {}
    programs = [shutil.which("bwrap"), *os.environ.get("BWRAP2", "").split()]
    if not programs[0]:
        missing["bubblewrap"] = "no bwrap on PATH"
    for program in filter(None, programs):
        if not os.access(program, os.X_OK):
            missing["BWRAP2"] = program + " is no program"
            continue
        name = "bubblewrap " + version(program)
        found[name + (" (2)" if name in found else "")] = bubblewrap(program)
    if shutil.which("firejail"):
        found["firejail " + version("firejail")] = firejail(shutil.which("firejail"))
    else:
        missing["firejail"] = "no firejail on PATH"
    reason = no_manager()
    if reason:
        missing["systemd-run"] = reason
    else:
        found["systemd-run"] = systemd_run(shutil.which("systemd-run"))
    return found, missing


def contenders(trial=None):
    """All, by name, in the order in which they take turns; and who is not there. `trial`: a closure
    for finding out whether the compiler knows "blocked"; without it that does not take part."""
    found, missing = other_sandboxes()
    own = {mode: closurebox(mode) for mode in MODES}
    try:
        if trial and blocked(trial):
            own["closure, blocked"] = blocked
    except Refused as reason:
        missing["closure, blocked"] = str(reason)
    return {"bare": bare, "floor": floor, **own, **found}, missing
