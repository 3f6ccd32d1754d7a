"""The sections that start boxes of the fake store, and look at them."""

import os
import shutil
import subprocess
import time

import boxes
import medians
from boxes import BENCH, MODES, STUB

THROUGHPUT_PATHS = 30
LONGEST = 20 # seconds of one launch
MEMORY_PATHS = 100
INSIDE_PATHS = (10, 1000)
ANY_FILTER = "outside, any filter"


def run_compare(contenders, bases, rounds, measure="wall", options=()):
    """`contenders`: {name: words as compare wants them}. Its records."""
    words = [BENCH + "/compare", "-r", str(rounds), *options]
    for i, (name, command) in enumerate(contenders.items()):
        words += (["--"] if i else []) + [name, *command]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return medians.records(done.stdout.splitlines(), bases, measure)


def skips(missing):
    return [{"group": "", "name": name, "skipped": why} for name, why in missing.items()]


def too_slow(count, before, milliseconds):
    """Why a launch with `count` store paths is not tried, going by one with fewer: what takes long
    takes at least so much per path, and bubblewrap and firejail the square."""
    expected = milliseconds / 1000 * (count / max(before, 1)) ** 2
    if milliseconds < 500 or expected < LONGEST:
        return None
    return f"{milliseconds / 1000:.1f} s with {before}: that would take too long"


def launch(settings, emit):
    """1: the time of a launch by the number of store paths."""
    store = boxes.FakeStore()
    found, missing = boxes.contenders(store.closure(0))
    for record in skips(missing):
        emit(record)
    last = {}
    for count in settings.store_paths:
        settings.say(f"launch with {count} store paths")
        group = {"group": f"{count} store paths", "paths": count}
        closure = store.closure(count)
        commands = {}
        for name, make in found.items():
            reason = too_slow(count, *last[name]) if name in last else None
            if reason:
                emit({**group, "name": name, "skipped": reason})
            else:
                commands[name] = make(closure) + ["when"]
        bases = ("floor", "bare", "closure")
        for record in run_compare(commands, bases, settings.rounds, options=["-s", "-w"]):
            emit({**group, **record})
            if "measures" in record:
                last[record["name"]] = count, record["measures"]["wall"]["median"]


def throughput(settings, emit):
    """3: many launches, one after another and at the same time."""
    closure = boxes.FakeStore().closure(THROUGHPUT_PATHS)
    found, missing = boxes.contenders(closure)
    for record in skips(missing):
        emit(record)
    commands = {name: make(closure) for name, make in found.items()}
    for jobs in 1, 8:
        settings.say(f"throughput, {jobs} at a time")
        options = ["-n", str(settings.launches), "-j", str(jobs), "-b", "15", "-m", "1"]
        for record in run_compare(commands, ("floor", "closure"), settings.rounds, options=options):
            group = f"{settings.launches} launches, {THROUGHPUT_PATHS} store paths, "
            group += f"{jobs} at a time"
            emit({"group": group, "jobs": jobs, **record})


def children():
    """{pid: [pid of a child]} of all processes."""
    result = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                # behind the name, which may hold anything
                parent = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        result.setdefault(parent, []).append(int(pid))
    return result


def descendants(pid):
    tree = children()
    result = [pid]
    for each in result:
        result += tree.get(each, [])
    return result


def memory_of(pid):
    """Private and proportional memory in KiB."""
    private = proportional = 0
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name in ("Private_Clean", "Private_Dirty"):
                private += int(value.split()[0])
            elif name == "Pss":
                proportional = int(value.split()[0])
    return private, proportional


def is_program(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().split(b"\0")[0].endswith(b"/bin/inside")


def start(command):
    """Starts a contender with a pipe as standard input and one as output."""
    words = list(command)
    inside, feed = os.pipe()
    say, outside = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, inside, 0), (os.POSIX_SPAWN_DUP2, outside, 1)]
    while "<" in words[0]:
        number, file = words.pop(0).split("<")
        # Descriptor 0 is the program's; the list of the floor ends with its last line.
        if number == "0":
            os.write(feed, open(file, "rb").read() + b"\n")
            continue
        actions.append((os.POSIX_SPAWN_OPEN, int(number), file, os.O_RDONLY, 0))
    for fd in feed, say:
        os.set_inheritable(fd, False)
    pid = os.posix_spawn(words[0], words, os.environ, file_actions=actions)
    os.close(inside)
    os.close(outside)
    return pid, feed, say


def memory_while_running(command):
    """(private, proportional, processes) of all that are not the program."""
    pid, feed, say = start(command)
    try:
        if b"here" not in os.read(say, 100):
            raise RuntimeError("the program does not start")
        time.sleep(0.2)
        others = [each for each in descendants(pid) if not is_program(each)]
        found = [memory_of(each) for each in others]
    finally:
        os.close(feed)
        os.waitpid(pid, 0)
        os.close(say)
    return sum(each[0] for each in found), sum(each[1] for each in found), len(found)


def memory(settings, emit):
    """4: what a box keeps while its program runs. The floor reads its list from standard input,
    which is the program's here, so it is left out."""
    closure = boxes.FakeStore().closure(MEMORY_PATHS, "inside")
    found, missing = boxes.contenders()
    for record in skips(missing):
        emit(record)
    settings.say("memory")
    for name, make in found.items():
        if name in ("bare", "floor"):
            continue
        record = {"group": f"while the program runs, {MEMORY_PATHS} store paths", "name": name}
        try:
            times = [memory_while_running(make(closure) + ["wait"]) for _ in range(3)]
        except (OSError, RuntimeError) as error:
            emit({**record, "skipped": str(error)})
            continue
        private, proportional, processes = zip(*times)
        record["measures"] = {
            "private": medians.spread(private),
            "proportional": medians.spread(proportional),
            "processes": medians.spread(processes),
        }
        emit({**record, "rounds": len(times)})


def sizes(settings, emit):
    """5: the stub, and launchers by the number of store paths."""
    store = boxes.FakeStore()
    settings.say("sizes")

    def emit_size(record, file):
        size = medians.spread([os.path.getsize(file)])
        emit({**record, "rounds": 1, "measures": {"bytes": size}, "against": {}})

    emit_size({"group": "stub", "name": "stub"}, STUB)
    for count in settings.store_paths:
        closure = store.closure(count)
        group = {"group": f"launcher, {count} store paths", "paths": count}
        for mode in MODES:
            emit_size({**group, "name": mode}, closure.launcher(mode))


def inside_files(store):
    """{what: path}: the program itself; one deep in another object; one that is no store path."""
    deep = store.objects[0] + "/1/2/3/4/5"
    os.makedirs(os.path.dirname(deep), exist_ok=True)
    other = boxes.WORK + "/other"
    for path in deep, other:
        with open(path, "w") as file:
            file.write("here\n")
    return {"": store.own + "/bin/noop", " deep": deep, " other": other}


def inside_boxes(store, other):
    """{name: words} of the boxes in which the loops run; in all there is `other`."""
    found, _ = boxes.contenders()
    program = store.closure(0, "inside").program
    commands = {"outside": [program], ANY_FILTER: [program, "filtered"]}
    grant = {"filesystem": [{"bind": other}]}
    for count in INSIDE_PATHS:
        closure = store.closure(count, "inside")
        for mode in MODES:
            commands[f"{mode}, {count} paths"] = [closure.launcher(mode, "-other", **grant)]
        no_filter = {"system-calls": {"base": "none"}, **grant}
        unfiltered = [closure.launcher("closure", "-unfiltered", **no_filter)]
        commands[f"closure, {count} paths, no filter"] = unfiltered
        if count > min(INSIDE_PATHS):
            continue
        closure = boxes.Closure(closure.name, closure.paths + [other], closure.program, None)
        for name, make in found.items():
            if name.startswith("bubblewrap"):
                # the filter is made from a launcher, which is there by now
                commands[f"{name}, {count} paths"] = make(closure)
    return commands


def inside(settings, emit):
    """7: what programs do, in boxes and outside."""
    store = boxes.FakeStore()
    boxes.filter_of(store.closure(min(INSIDE_PATHS)))
    files = inside_files(store)
    commands = inside_boxes(store, files[" other"])
    works = [(call + what, call, path) for call in ("open", "stat") for what, path in files.items()]
    works.append(("exec", "exec", files[""]))
    # A child on another processor takes half as long again.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for work, call, path in works:
        settings.say("inside: " + work)
        loops = settings.loops if call != "exec" else max(settings.loops // 20, 1)
        each = {name: words + [call, path, str(loops)] for name, words in commands.items()}
        for record in run_compare(each, ("outside", ANY_FILTER), settings.rounds, "said"):
            emit({"group": f"{work}, ns each", "work": work, **record})


def instructions(settings, emit):
    """What backs up the times: instructions in user space, which no load changes."""
    store = boxes.FakeStore()
    # A step takes 20 us in a virtual machine: few launches, of closures that are not large.
    counts = [count for count in settings.store_paths if count <= 100]
    for count in sorted({*counts[:1], *counts[-1:]}):
        settings.say(f"instructions of a launch with {count} store paths")
        words = [store.closure(count).launcher("closure")]
        record = {"group": f"a launch with {count} store paths", "name": "closure", "paths": count}
        emit({**record, **count_steps(words)})
    for count in (10, 400):
        settings.say(f"instructions of compiling {count} objects")
        closure = store.closure(count - 1)
        words = [boxes.CLOSUREBOX, "compile", "--stub", STUB, "--graph", closure.graph]
        words += ["--program", closure.program, "-o", boxes.WORK + "/counted"]
        record = {"group": f"compiling {count} objects", "objects": count}
        emit({**record, "name": "valgrind", **count_by_valgrind(words)})
        emit({**record, "name": "perf stat", **count_by_perf(words)})


def counted(number):
    return {"rounds": 1, "measures": {"instructions": medians.spread([number])}}


def count_steps(words):
    done = subprocess.run([BENCH + "/instructions", *words], capture_output=True, text=True)
    if done.returncode:
        return {"skipped": done.stderr.strip() or "instructions failed"}
    return counted(int(done.stdout.split()[-1]))


def count_by_valgrind(words):
    if not shutil.which("valgrind"):
        return {"skipped": "no valgrind on PATH"}
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run(tool + words, capture_output=True, text=True)
    for line in done.stderr.splitlines():
        if "Collected :" in line:
            return counted(int(line.split()[-1]))
    return {"skipped": "valgrind: " + done.stderr.strip()[-200:]}


def count_by_perf(words):
    """Not in most virtual machines, which have no counters."""
    if not shutil.which("perf"):
        return {"skipped": "no perf on PATH"}
    perf = ["perf", "stat", "-x", ",", "-e", "instructions:u"]
    done = subprocess.run(perf + words, capture_output=True, text=True)
    value = (done.stderr.strip().splitlines() or ["it says nothing"])[-1].split(",")[0]
    return counted(int(value)) if value.isdigit() else {"skipped": "perf stat: " + value}
