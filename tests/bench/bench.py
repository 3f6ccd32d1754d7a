"""`make bench`: closurebox side by side with everything a user would take instead.

	bench.py [OPTION]... [SECTION]...

Sections, all of them by default: launch programs throughput memory sizes compiler inside lookup
instructions. Everything that is compared takes turns, A B C A B C ...; the table has medians with
their quartiles, and medians of the ratios of each round. What is not found here is skipped, with
the reason; nothing is installed or built. Each option has a variable of the environment too, which
`make bench NAME=VALUE` sets."""

import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys

import boxes
import report
import section_compiler
import section_launch
import section_lookup
import section_programs
import targets

SECTIONS = {
    "launch": section_launch.launch,
    "programs": section_programs.programs,
    "throughput": section_launch.throughput,
    "memory": section_launch.memory,
    "sizes": section_launch.sizes,
    "compiler": section_compiler.compiler,
    "inside": section_launch.inside,
    "lookup": section_lookup.lookup,
    "instructions": section_launch.instructions,
}
WITHOUT_STORE = ("programs", "compiler")
FAILED = "it failed, see above"
STORE_PATHS = "0 10 30 100 373 1000 3000 10000"
OBJECTS = "10 100 400 1000 10000 100000 1000000"


def numbers(text):
    return [int(word) for word in text.split()]


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def add(option, default, kind, text):
        name = option.strip("-").replace("-", "_").upper()
        value = os.environ.get(name) or default
        parser.add_argument(option, default=kind(value), type=kind, metavar=name, help=text)

    add("--rounds", "20", int, "rounds of each comparison (20)")
    add("--store-paths", STORE_PATHS, numbers, f"numbers of store paths ({STORE_PATHS})")
    add("--objects", OBJECTS, numbers, f"numbers of objects to compile ({OBJECTS})")
    add("--launches", "200", int, "launches in a run of section throughput (200)")
    add("--loops", "10000", int, "repetitions in a run of section inside (10000)")
    add("--scan", "1", int, "0: no scan in section compiler")
    add("--json", "", str, "write all results there; '-': to standard output, without a table")
    add("--plot", "", str, "draw the launches there, as SVG (gnuplot)")
    add("--from", "", str, "measure nothing: results of an earlier --json")
    parser.add_argument("--only-records", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("sections", nargs="*", metavar="SECTION")
    settings = parser.parse_args(arguments)
    settings.sections = settings.sections or os.environ.get("SECTIONS", "").split()
    settings.sections = settings.sections or list(SECTIONS)
    unknown = set(settings.sections) - set(SECTIONS)
    if unknown:
        parser.error("no section " + ", ".join(sorted(unknown)))
    settings.say = lambda text: print("bench: " + text, file=sys.stderr, flush=True)
    return settings


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.partition(":")[2].strip() for line in file if "model name" in line]
        return f"{names[0]}, {len(names)} threads"
    except (OSError, IndexError):
        return platform.processor() or "unknown"


def first_line(*words):
    if not shutil.which(words[0]):
        return ""
    done = subprocess.run(words, capture_output=True, text=True)
    return (done.stdout.splitlines() or [""])[0]


def load():
    return " ".join(f"{each:.2f}" for each in os.getloadavg())


def machine():
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) // 1048576
    with open("/proc/self/mountinfo") as file:
        mounts = len(file.readlines())
    return {
        "date": datetime.datetime.now().strftime("%Y-%m-%d %H:%M"),
        "closurebox": first_line("git", "-C", boxes.SOURCE, "log", "-1", "--format=%h %s") or "?",
        "kernel": platform.release(),
        "processor": processor(),
        "virtual": first_line("systemd-detect-virt") or "?",
        "memory": f"{memory} GiB",
        "user": str(os.getuid()),
        "mounts": str(mounts),
        "load before": load(),
    }


def own_namespace():
    """What puts a section into a mount namespace, in which it can put a store at /nix."""
    if os.getuid() == 0:
        return ["unshare", "--mount", "--propagation", "private"]
    return ["unshare", "--user", "--map-root-user", "--mount"]


def obstacle(section):
    """Why a section cannot be run here, or None."""
    if section in WITHOUT_STORE:
        return None
    if sys.executable.startswith("/nix/"):
        return "this Python is in /nix/store, in whose place the objects would be put"
    if os.getuid() != 0 and not os.path.isdir("/nix"):
        return "there is no /nix to put a store at, and only root can make it"
    done = subprocess.run([*own_namespace(), "true"], capture_output=True, text=True)
    return "no mount namespace: " + done.stderr.strip() if done.returncode else None


def pass_on(settings):
    """The settings as environment for the worker."""
    return {
        **os.environ,
        "ROUNDS": str(settings.rounds),
        "STORE_PATHS": " ".join(map(str, settings.store_paths)),
        "OBJECTS": " ".join(map(str, settings.objects)),
        "LAUNCHES": str(settings.launches),
        "LOOPS": str(settings.loops),
        "SCAN": str(settings.scan),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run_section(section, settings):
    """Its records; and, where it broke off, one that says so."""
    reason = obstacle(section)
    if reason:
        return [{"group": "", "name": section, "skipped": reason}]
    words = [] if section in WITHOUT_STORE else own_namespace()
    words += [sys.executable, os.path.abspath(__file__), "--only-records", section]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, env=pass_on(settings))
    records = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        records.append({"group": "", "name": section, "skipped": FAILED})
    return records


def is_broken(records):
    return any(record.get("skipped") == FAILED for record in records)


def measure(settings):
    results = {"machine": machine(), "sections": {}}
    results["machine"]["rounds"] = str(settings.rounds)
    start = datetime.datetime.now()
    for section in settings.sections:
        results["sections"][section] = run_section(section, settings)
    results["machine"]["load after"] = load()
    taken = datetime.datetime.now() - start
    results["machine"]["taken"] = f"{taken.total_seconds():.0f} s"
    shutil.rmtree(boxes.WORK, ignore_errors=True)
    return results


def show(results, settings):
    results["targets"] = list(targets.records(results))
    if settings.json == "-":
        json.dump(results, sys.stdout, indent=1)
        print()
        return
    print(*report.table(results), sep="\n")
    print(*targets.lines(results), sep="\n")
    if settings.json:
        with open(settings.json, "w") as file:
            json.dump(results, file, indent=1)
            file.write("\n")
    if settings.plot:
        try:
            report.plot(results, settings.plot)
        except (OSError, subprocess.CalledProcessError) as error:
            settings.say(f"no plot: {error}")


def main():
    settings = parse(sys.argv[1:])
    if not os.path.exists(boxes.BENCH + "/compare"):
        sys.exit(f"bench: no {boxes.BENCH}/compare; `make bench` builds it, or set builddir")
    if settings.only_records:
        for section in settings.sections:
            SECTIONS[section](settings, lambda record: print(json.dumps(record), flush=True))
        return
    earlier = getattr(settings, "from")
    if earlier:
        with open(earlier) as file:
            results = json.load(file)
    else:
        results = measure(settings)
    show(results, settings)
    broken = [name for name, records in results["sections"].items() if is_broken(records)]
    if broken:
        sys.exit("bench: failed: " + ", ".join(broken))


if __name__ == "__main__":
    main()
