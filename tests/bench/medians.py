"""The statistics: makes of every single run, as compare prints them, medians, spreads and ratios.

As a program it reads what compare prints and writes a line of JSON for each contender:

	compare ... | medians.py [BASE]...

BASE: a contender whom the others are compared with, round by round."""

import json
import sys


def quantile(values, fraction):
    """Linear between the two values that are nearest (R's type 7)."""
    values = sorted(values)
    at = (len(values) - 1) * fraction
    below = int(at)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (at - below)


def spread(values):
    """The median, with the quartiles and the least as what says how sure that is."""
    return {
        "median": quantile(values, 0.5),
        "low": quantile(values, 0.25),
        "high": quantile(values, 0.75),
        "least": min(values),
    }


def measures_of(fields):
    """One run: milliseconds; the peak of memory in KiB; what the program said, if that is a number
    or, of noop, the times of its first and its last instruction."""
    wall, cpu, peak, start, end = (int(field) for field in fields[:5])
    run = {"wall": wall / 1e6, "cpu": cpu / 1e6, "peak": peak}
    said = fields[5].split() if len(fields) > 5 else []
    try:
        numbers = [float(word) for word in said]
    except ValueError:
        return run
    if len(numbers) == 1:
        run["said"] = numbers[0]
    elif len(numbers) == 2 and start <= numbers[0] <= numbers[1] <= end:
        run["before"] = (int(said[0]) - start) / 1e6
        run["after"] = (end - int(said[1])) / 1e6
    return run


def read_runs(lines):
    """{name: {round: {measure: value}}} and {name: reason}, in the order of their appearance."""
    runs, failed = {}, {}
    for line in lines:
        kind, *fields = line.rstrip("\n").split("\t")
        if kind == "failed":
            failed[fields[0]] = fields[1]
        elif kind == "run":
            runs.setdefault(fields[1], {})[int(fields[0])] = measures_of(fields[2:])
    return runs, failed


def pairs(own, other, measure):
    """The values of both in each round in which both have one."""
    return [
        (own[number][measure], other[number][measure])
        for number in own
        if number in other and measure in own[number] and measure in other[number]
    ]


def compare_with(own, other, measure):
    both = pairs(own, other, measure)
    if not both or any(theirs == 0 for _, theirs in both):
        return None
    result = {
        "ratio": spread([mine / theirs for mine, theirs in both]),
        "more": spread([mine - theirs for mine, theirs in both]),
    }
    first = pairs(own, other, "before")
    if first:
        result["before"] = spread([mine / theirs for mine, theirs in first])
    return result


def records(lines, bases=(), measure="wall"):
    """A dictionary for each contender: its measures, and how it stands to the bases."""
    runs, failed = read_runs(lines)
    result = []
    for name, own in runs.items():
        if name in failed:
            continue
        names = sorted(set.intersection(*(set(run) for run in own.values())))
        record = {"name": name, "rounds": len(own), "measures": {}, "against": {}}
        for each in names:
            record["measures"][each] = spread([run[each] for run in own.values()])
        for base in bases:
            against = compare_with(own, runs[base], measure) if base in runs else None
            if against and base != name:
                record["against"][base] = against
        result.append(record)
    result += [{"name": name, "skipped": reason} for name, reason in failed.items()]
    return result


if __name__ == "__main__":
    for each in records(sys.stdin, sys.argv[1:]):
        print(json.dumps(each))
