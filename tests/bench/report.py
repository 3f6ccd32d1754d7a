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


def matrix_lines(title, records, value):
    """Contenders by numbers of store paths."""
    counts = sorted({record["paths"] for record in records})
    names = list(dict.fromkeys(record["name"] for record in records))
    cells = {(record["name"], record["paths"]): value(record) for record in records}
    rows = [[title, *(str(count) for count in counts)]]
    rows += [[name, *(cells.get((name, count)) or "-" for count in counts)] for name in names]
    return columns(rows)


def measure_cell(measure):
    def cell(record):
        spread = record["measures"].get(measure)
        return number(spread["median"]) if spread else ""

    return cell


def ratio_cell(base):
    def cell(record):
        against = record["against"].get(base)
        return f"{against['ratio']['median']:.2f}" if against else ""

    return cell


def launch_lines(records):
    """The summary in front of all details."""
    cells = (
        ("milliseconds by store paths", measure_cell("wall")),
        ("times the floor", ratio_cell("floor")),
        ("ms until the first instruction", measure_cell("before")),
        ("ms from its end to the return", measure_cell("after")),
    )
    for title, value in cells:
        yield from matrix_lines(title, records, value)
        yield ""


def skipped_lines(records):
    for record in records:
        what = ", ".join(filter(None, [record["group"], record["name"]]))
        yield f"  skipped: {what}: {record['skipped']}"


def section_lines(section, records):
    done = [record for record in records if "measures" in record]
    yield f"== {section}"
    yield ""
    if section == "launch" and done:
        yield from launch_lines(done)
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


PLOT = """set terminal svg size 820,520 font 'sans,13' background '#ffffff'
set output '{output}'
set title 'One launch, by the number of store paths in the box'
set xlabel 'store paths'
set ylabel 'milliseconds, median and quartiles'
set logscale xy
set xrange [{least}*0.8:{most}*1.3]
set grid
set key left top
set style data yerrorlines
plot {lines}
"""
COLOURS = ("#888888", "#000000", "#0060c0", "#00a0a0", "#60b000")
COLOURS += ("#d03000", "#e08000", "#9040c0", "#c08080", "#806000")


def plot(results, output):
    """An SVG by gnuplot; raises OSError or CalledProcessError where that does not work. A
    logarithm has no place for 0 store paths."""
    lines, data = [], ""
    records = [each for each in results["sections"].get("launch", []) if "measures" in each]
    records = [each for each in records if each["paths"] > 0]
    if not records:
        raise OSError("there are no launches to plot")
    for i, name in enumerate(dict.fromkeys(record["name"] for record in records)):
        colour = COLOURS[i % len(COLOURS)]
        lines.append(f"'-' title '{name}' lc rgb '{colour}' lw 2 pt 7 ps 0.4")
        for record in records:
            if record["name"] == name:
                wall = record["measures"]["wall"]
                data += f"{record['paths']} {wall['median']} {wall['low']} {wall['high']}\n"
        data += "e\n"
    counts = [record["paths"] for record in records]
    script = PLOT.format(
        output=output, least=min(counts), most=max(counts), lines=", ".join(lines)
    )
    subprocess.run(["gnuplot"], input=script + data, text=True, check=True)
