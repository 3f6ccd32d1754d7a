"""Turns results into the table, and into the plot of launches."""

import subprocess

UNITS = {
    "wall": "ms",
    "cpu": "CPU ms",
    "before": "first instruction",
    "after": "end to return",
    "peak": "peak KiB",
    "said": "ns",
    "private": "private KiB",
    "proportional": "proportional KiB",
    "processes": "processes",
    "bytes": "bytes",
    "instructions": "instructions",
}
# What is shown of each section: measures, and whom ratios are to.
SHOWN = {
    "launch": (("wall", "before", "after"), ("floor",)),
    "programs": (("wall",), ("bare",)),
    "throughput": (("wall",), ("floor",)),
    "memory": (("private", "proportional", "processes"), ()),
    "sizes": (("bytes",), ()),
    "compiler": (("wall", "peak"), ()),
    "inside": (("said",), ("outside",)),
    "lookup": (("wall",), ("known",)),
    "instructions": (("instructions",), ()),
}


def number(value):
    if value >= 10000 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def with_spread(spread):
    if spread["low"] == spread["high"]:
        return number(spread["median"])
    return f"{number(spread['median'])} [{number(spread['low'])} {number(spread['high'])}]"


def columns(rows):
    """Text in columns; the first one to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        first, *others = row
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:])]
        yield "  ".join(["  " + first.ljust(widths[0]), *cells]).rstrip()


def group_lines(section, records):
    measures, bases = SHOWN[section]
    rows = [["", *(UNITS[measure] for measure in measures)]]
    rows[0] += [f"/ {base}" for base in bases] + ["MB", "MB/s", "rounds"]
    for record in records:
        row = [record["name"]]
        for measure in measures:
            spread = record["measures"].get(measure)
            row.append(with_spread(spread) if spread else "")
        for base in bases:
            against = record.get("against", {}).get(base)
            row.append(with_spread(against["ratio"]) if against else "")
        row.append(number(record["megabytes"]) if "megabytes" in record else "")
        row.append(number(record["rate"]) if "rate" in record else "")
        rows.append(row + [str(record["rounds"])])
    empty = [i for i in range(1, len(rows[0])) if not any(row[i] for row in rows[1:])]
    return columns([[cell for i, cell in enumerate(row) if i not in empty] for row in rows])


def measure_cell(measure, unit=1):
    def cell(record):
        spread = record["measures"].get(measure)
        return number(spread["median"] / unit) if spread else ""

    return cell


def whole_cell(measure):
    return lambda record: f"{record['measures'][measure]['median']:.0f}"


def ratio_cell(base):
    def cell(record):
        against = record["against"].get(base)
        return f"{against['ratio']['median']:.2f}" if against else ""

    return cell


# What stands in front of the details: title, what makes the columns, what stands in the cells.
SUMMARIES = {
    "launch": (
        ("milliseconds by store paths", "paths", measure_cell("wall")),
        ("times the floor", "paths", ratio_cell("floor")),
        ("ms until the first instruction", "paths", measure_cell("before")),
        ("ms from its end to the return", "paths", measure_cell("after")),
    ),
    "programs": (
        ("ms by program, store paths", "program", measure_cell("wall")),
        ("times bare", "program", ratio_cell("bare")),
    ),
    "sizes": (("launcher, bytes by store paths", "paths", measure_cell("bytes")),),
    "compiler": (
        ("ms by objects", "objects", measure_cell("wall")),
        ("peak MiB by objects", "objects", measure_cell("peak", 1024)),
    ),
    "inside": (
        ("ns each", "work", whole_cell("said")),
        ("times outside", "work", ratio_cell("outside")),
    ),
}


def matrix_lines(title, records, member, value):
    """Contenders by what a member of the records says, in the order in which that was measured."""
    heads = list(dict.fromkeys(record[member] for record in records))
    names = list(dict.fromkeys(record["name"] for record in records))
    cells = {(record["name"], record[member]): value(record) for record in records}
    rows = [[title, *(str(head) for head in heads)]]
    rows += [[name, *(cells.get((name, head)) or "-" for head in heads)] for name in names]
    return columns(rows)


def summary_lines(section, records):
    for title, member, value in SUMMARIES.get(section, ()):
        having = [record for record in records if member in record]
        if having:
            yield from matrix_lines(title, having, member, value)
            yield ""


def skipped_lines(records):
    for record in records:
        what = ", ".join(filter(None, [record["group"], record["name"]]))
        yield f"  skipped: {what}: {record['skipped']}"


def section_lines(section, records):
    done = [record for record in records if "measures" in record]
    yield f"== {section}"
    yield ""
    yield from summary_lines(section, done)
    groups = {}
    for record in done:
        groups.setdefault(record["group"], []).append(record)
    for group, members in groups.items():
        yield group
        yield from group_lines(section, members)
        yield ""
    skipped = list(skipped_lines([record for record in records if "skipped" in record]))
    yield from skipped + ([""] if skipped else [])


def table(results):
    """All of it as text, a line at a time."""
    yield from (f"{name}: {value}" for name, value in results["machine"].items())
    yield "medians [quartiles]; ratios are medians of the ratios in each round"
    yield ""
    for section, records in results["sections"].items():
        yield from section_lines(section, records)


PLOT = """set terminal svg size 860,560 font 'sans-serif,14' background '#ffffff'
set output '{output}'
set title 'Time of one launch: medians and quartiles' font ',16'
set xlabel 'store paths in the box (both axes are logarithmic)'
set logscale xy
set xrange [{least}*0.8:{most}*1.25]
set xtics scale 0.5 ({xtics})
set ytics scale 0.5 ('0.1 ms' 0.1, '1 ms' 1, '10 ms' 10, '0.1 s' 100, '1 s' 1000, '10 s' 10000)
set grid lc rgb '#dddddd' lt 1
set border 3 lc rgb '#444444'
set tics nomirror
set bars 0.4
set key outside right top Left reverse samplen 2 spacing 1.25
plot {lines}
"""
# Those of all runs: a colour that keeps its meaning, and a width. No dashes: not all that show SVG
# end one line's before the next.
OWN_WIDTH = 3
LINES = {
    "bare": ("#888888", 1.5),
    "floor": ("#000000", 1.5),
    "closure": ("#0060c0", OWN_WIDTH),
    "closure, blocked": ("#60b0f0", OWN_WIDTH),
    "landlock": ("#009070", OWN_WIDTH),
    "whole": ("#70b020", OWN_WIDTH),
}
OTHER_COLOURS = ("#d03000", "#e08000", "#c8a000", "#9040c0", "#c04080", "#806000")
WITHOUT_PATHS = 1 / 3 # of the least number: where a logarithmic axis has 0


def plot_x(count, least):
    return count or least * WITHOUT_PATHS


def plot(results, output):
    """An SVG by gnuplot; raises OSError or CalledProcessError where that does not work."""
    lines, data = [], ""
    records = [each for each in results["sections"].get("launch", []) if "measures" in each]
    counts = sorted({record["paths"] for record in records})
    if not any(counts):
        raise OSError("there are no launches to plot")
    least = min(filter(None, counts))
    names = list(dict.fromkeys(record["name"] for record in records))
    own = {name: {} for name in names}
    for record in records:
        own[record["name"]][record["paths"]] = record["measures"]["wall"]
    # The slowest on top, as the lines are where all have one.
    common = max(set.intersection(*map(set, own.values())), default=None)
    names.sort(key=lambda name: -own[name].get(common, {"median": 0})["median"])
    others = iter(OTHER_COLOURS * len(names))
    for name in names:
        colour, width = LINES.get(name) or (next(others), 1.5)
        style = f"lc rgb '{colour}' lw {width} pt 7 ps 0.35"
        title = ("closurebox, " if width == OWN_WIDTH else "") + name
        lines.append(f"'-' with yerrorlines title '{title}' {style}")
        for paths, wall in own[name].items():
            x = plot_x(paths, least)
            data += f"{x} {wall['median']} {wall['low']} {wall['high']}\n"
        data += "e\n"
    xtics = ", ".join(f"'{count}' {plot_x(count, least)}" for count in counts)
    places = [plot_x(count, least) for count in counts]
    script = PLOT.format(
        output=output, least=min(places), most=max(places), xtics=xtics, lines=", ".join(lines)
    )
    subprocess.run(["gnuplot"], input=script + data, text=True, check=True)
