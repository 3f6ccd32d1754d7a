"""What is to be reached, held against the results."""

import re


def find(results, section, **wanted):
    """The measured records of a section that have these members."""
    return [
        record
        for record in results["sections"].get(section, [])
        if "measures" in record
        and all(record.get(member) == value for member, value in wanted.items())
    ]


def worst(values, highest):
    """(value, where) of those that are there."""
    values = [(value, where) for value, where in values if value is not None]
    if not values:
        return None, None
    return (max if highest else min)(values)


def ratio(record, base):
    against = record["against"].get(base)
    return against["ratio"]["median"] if against else None


def launch_ratio(results, least):
    values = [
        (ratio(record, "floor"), f"{record['paths']} paths")
        for record in find(results, "launch", name="closure")
        if record["paths"] >= least
    ]
    return worst(values, True)


def start_ratio(results, least):
    """As launch_ratio, but without the end, in which the floor waits for its namespaces."""
    values = [
        (record["against"]["floor"]["before"]["median"], f"{record['paths']} paths")
        for record in find(results, "launch", name="closure")
        if record["paths"] >= least and "before" in record["against"].get("floor", {})
    ]
    return worst(values, True)


def more_than_bare(results, name):
    values = [
        (record["against"]["bare"]["more"]["median"], "10 paths")
        for record in find(results, "launch", name=name, paths=10)
        if "bare" in record["against"]
    ]
    return worst(values, True)


def per_path(results):
    """How much dearer the last path is than one between the two numbers before."""
    records = find(results, "launch", name="closure")
    points = sorted((each["paths"], each["measures"]["wall"]["median"]) for each in records)
    if len(points) < 3 or points[-1][0] < 10000:
        return None, None
    (a, at_a), (b, at_b), (c, at_c) = points[-3:]
    slope = (at_b - at_a) / (b - a)
    return (at_c - at_b) / (c - b) / slope if slope > 0 else None, f"{b} to {c} paths"


def landlock(results):
    for record in find(results, "launch", name="landlock", paths=1000):
        return ratio(record, "closure"), "1000 paths"
    return None, None


def bubblewraps(results):
    """How many times slower each is at 1000 paths. The version says whether it uses mount_setattr,
    as 0.12 does, or reads the mount table again for each path."""
    for record in results["sections"].get("launch", []):
        if record["name"].startswith("bubblewrap") and record.get("paths") == 1000:
            if "measures" in record:
                modern = re.match(r"bubblewrap (0\.1[2-9]|0\.[2-9]\d|[1-9]\d*\.)", record["name"])
                against = record["against"].get("closure")
                times = against and against["ratio"]["median"]
                yield record["name"], times, modern is not None


def after_end(results):
    values = [
        (record["measures"]["after"]["median"], f"{record['paths']} paths")
        for record in find(results, "launch", name="closure")
        if "after" in record["measures"]
    ]
    return worst(values, True)


def after_growth(results):
    """How much longer the end takes with most paths than with few. In the floor, which waits until
    its mounts are gone, it grows with them. The least of all rounds, because this is about what
    has to be waited for, and not about what else the machine does."""
    ends = {}
    for name in "closure", "floor":
        records = find(results, "launch", name=name)
        records = [each for each in records if "after" in each["measures"] and each["paths"] > 0]
        records.sort(key=lambda record: record["paths"])
        if len(records) < 2:
            return None, None
        first, last = records[0], records[-1]
        ends[name] = last["measures"]["after"]["least"] / first["measures"]["after"]["least"]
    where = f"{first['paths']} to {last['paths']} paths; floor: {ends['floor']:.1f}"
    return ends["closure"], where


def lookup(results, name, base):
    """The milliseconds that a launch of section lookup takes more than another."""
    for record in find(results, "lookup", name=name):
        if base in record["against"]:
            return record["against"][base]["more"]["median"], f"{record['paths']} paths"
    return None, None


def found_by_files(results):
    """What it takes to find and bind the objects, times the bare binds."""
    found, where = lookup(results, "closure files", "none")
    binds, _ = lookup(results, "known", "none")
    return found / binds if found and binds and min(found, binds) > 0 else None, where


def private_memory(results):
    for record in find(results, "memory", name="closure"):
        return record["measures"]["private"]["median"], record["group"].partition(", ")[2]
    return None, None


def stub_size(results):
    for record in find(results, "sizes", name="stub"):
        return record["measures"]["bytes"]["median"] / 1024, "stub"
    return None, None


def compile_time(results, objects):
    values = [
        (record["measures"]["wall"]["median"], record["name"])
        for record in find(results, "compiler", objects=objects)
    ]
    return worst(values, True)


def inside(results, mode, base="outside"):
    values = [
        (ratio(record, base), f"{record['work']}, {record['name'].partition(', ')[2]}")
        for record in find(results, "inside")
        if record["name"].startswith(mode) and not record["name"].endswith("no filter")
    ]
    return worst(values, True)


def rows(results):
    """(what, limit, is the limit the least, (value, where))"""
    yield "launch / floor, from 30 paths", 1.3, False, launch_ratio(results, 30)
    what = "until the first instruction / floor, from 30 paths"
    yield what, 1.3, False, start_ratio(results, 30)
    yield "launch, ms above bare, 10 paths", 1.5, False, more_than_bare(results, "closure")
    what = "the same with the network blocked"
    yield what, 1.5, False, more_than_bare(results, "closure, blocked")
    for name, times, modern in bubblewraps(results):
        limit = 2.5 if modern else 50
        yield f"times faster than {name}", limit, True, (times, "1000 paths")
    yield "last paths / those before (linear)", 1.3, False, per_path(results)
    yield "landlock / closure, 1000 paths", 0.5, False, landlock(results)
    yield "ms from the program's end to the return", 0.5, False, after_end(results)
    yield "least of that, most paths / fewest", 2, False, after_growth(results)
    yield "private KiB of launcher and init", 100, False, private_memory(results)
    yield "KiB of the stub", 40, False, stub_size(results)
    yield "ms to compile 400 objects", 10, False, compile_time(results, 400)
    yield "ms to compile 100000 objects", 1000, False, compile_time(results, 100000)
    for mode in "closure", "landlock", "whole":
        yield f"in the box / outside, {mode}", 1.05, False, inside(results, mode)
    what = "the same / outside with any filter, closure"
    yield what, 1.05, False, inside(results, "closure", "outside, any filter")
    yield "paths by closure files / known ones", 1.3, False, found_by_files(results)
    what = "ms more to find them through a Nix daemon"
    yield what, 60, False, lookup(results, "daemon", "closure files")


def records(results):
    """What is reached and what is not; what was not measured is left out."""
    for what, limit, is_least, (value, where) in rows(results):
        if value is None:
            continue
        reached = value >= limit if is_least else value <= limit
        bound = "at least" if is_least else "at most"
        yield {
            "what": what,
            "value": value,
            "bound": bound,
            "limit": limit,
            "where": where,
            "reached": reached,
        }


def lines(results):
    """The same as text."""
    yield "== targets"
    yield ""
    for record in records(results):
        verdict = "reached" if record["reached"] else "MISSED "
        bound = f"{record['value']:.2f}, {record['bound']} {record['limit']}"
        yield f"  {verdict}  {record['what']}: {bound} ({record['where']})"
