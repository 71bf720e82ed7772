# SPDX-License-Identifier: MIT
"""The tables of docs/performance.md. Each function gives the lines of one."""

from bench_figures import Ratio, slope

QUIET = [{"fds": fds, "active": 1} for fds in (1, 10, 100, 1000, 9000)]
ACTIVE = [{"fds": 1000, "active": active} for active in (1, 10, 100, 1000)]


def table(header, rows):
    return [f"| {' | '.join(header)} |", "|" + "---|" * len(header)] + [
        f"| {' | '.join(row)} |" for row in rows
    ]


def named(name):
    return f"**{name}**" if name.startswith("pollux") else name


def ns(value):
    if value >= 999_500:
        return f"{value / 1e6:,.2f} ms"
    if value >= 99_950:
        return f"{value / 1e3:,.0f} µs"
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.1f}"


def count(value):
    return f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"


def cell(figure, base):
    words = ns(figure.median)
    if base.median > 0 and all(value > 0 for value in base.rounds):
        words += f" · {Ratio(figure, base)}"
    return words


def spreads(results, work, columns):
    """columns: pairs of what stands above, and the keys of the size. Ratios are to the first."""
    by_column = [results.figures(work, **keys) for _, keys in columns]
    rows = []
    for name in dict.fromkeys(name for figures in by_column for name in figures):
        cells = []
        for figures in by_column:
            first = next(iter(figures.values()))
            cells.append(cell(figures[name], first) if name in figures else "")
        rows.append([named(name), *cells])
    return table(["", *(title for title, _ in columns)], rows)


# The machine --------------------------------------------------------------------------------------


def machine(results):
    rows = [row for row in results.pairs("machine") if row[0] != "rounds bounded"]
    names = {"pollux-loop": "Pollux", "asio": "Asio"}
    rows += [[names.get(name, name), version] for name, version in results.pairs("versions")]
    lines = table(["what", "which"], rows)
    for name, reason in results.pairs("missing"):
        lines += ["", f"Not compared: {name} ({reason})."]
    bounded = dict(results.pairs("machine"))["rounds bounded"]
    if bounded != "no":
        lines += ["", f"**A trial with at most {bounded} rounds: the figures are not to be used.**"]
    return lines


# The chain ----------------------------------------------------------------------------------------


def size_title(keys):
    return f"{keys['fds']:,} watched, {keys['active']:,} active"


def chain_sizes(sizes):
    return [(size_title(keys), keys) for keys in sizes]


def chain(results):
    sizes = [QUIET[0], ACTIVE[0], ACTIVE[2], {"fds": 9000, "active": 1000}]
    columns = [(title, {"over": "best", **keys}) for title, keys in chain_sizes(sizes)]
    return spreads(results, "chain", columns)


def chain_over_poll(results):
    columns = [
        (title, {"over": "poll", **keys})
        for title, keys in chain_sizes([QUIET[0], QUIET[2], ACTIVE[0], ACTIVE[2]])
    ]
    return spreads(results, "chain", columns)


def one_shot(results):
    return spreads(
        results, "one-shot", chain_sizes([{"fds": 100, "active": 1}, {"fds": 1000, "active": 100}])
    )


def series(results, over, sizes, key):
    """Of each contender pairs of the size and nanoseconds per event."""
    points = {}
    for keys in sizes:
        for name, figure in results.figures("chain", over=over, **keys).items():
            points.setdefault(name, []).append((keys[key], figure.median))
    return points


def slopes(results):
    rows = []
    for over in ("best", "poll"):
        quiet = series(results, over, QUIET, "fds")
        active = series(results, over, ACTIVE, "active")
        for name, points in quiet.items():
            first, last = points[0][1], points[-1][1]
            rows.append(
                [named(name), ns(first), ns(last), f"{slope(points):.3f}"]
                + [ns(active[name][0][1]), ns(active[name][-1][1]), f"{slope(active[name]):.3f}"]
            )
    header = ["", "1 watched", "9,000 watched", "ns per watched descriptor", "1 of 1,000 active"]
    return table([*header, "all active", "ns per active one"], rows)


# Counts -------------------------------------------------------------------------------------------


def total(calls):
    return sum(calls.values())


def counts(results, work):
    rows = []
    found = results.counts(work)
    for name, (instructions, calls) in found.items():
        each = ", ".join(f"`{call}` {count(number)}" for call, number in calls.items() if number)
        rows.append([named(name), f"{instructions:,.1f}", count(total(calls)), each])
    return table(["", "instructions", "system calls", "of these"], rows)


# Servers ------------------------------------------------------------------------------------------


def served(results, work, sizes, over="best"):
    columns = [
        (
            f"{connections:,} connections, {active:,} active",
            {"over": over, "connections": connections, "active": active},
        )
        for connections, active in sizes
    ]
    return spreads(results, work, columns)


def latency(results, work, connections, active):
    keys = {"over": "best", "connections": connections, "active": active}
    rows = [
        [named(row["contender"]), f"{int(row['per_second']):,}"]
        + [f"{int(row[key]) / 1000:,.0f}" for key in ("p50", "p99")]
        for row in results.select(work, **keys)
    ]
    return table(["", "answers a second", "median, µs", "99th percentile, µs"], rows)


def accept(results):
    columns = []
    for threads, listeners, active in ((1, 1, 64), (2, 1, 64), (2, 2, 64), (8, 1, 1), (8, 1, 64)):
        who = "1 thread" if threads == 1 else f"{threads} threads"
        where = "" if threads == 1 else ", a port each" if listeners > 1 else ", one listener"
        keys = {"threads": threads, "listeners": listeners, "active": active}
        columns.append((f"{who}{where}, {active} at a time", keys))
    return spreads(results, "accept", columns)


# Steps --------------------------------------------------------------------------------------------


def steps(results, work):
    found = dict.fromkeys(row["step"] for row in results.rows(work))
    return spreads(results, work, [(step.replace("|", "/"), {"step": step}) for step in found])


def timers(results, count_of_timers):
    rows = []
    figures = {}
    for row in results.select("timers", timers=count_of_timers):
        figures.setdefault(row["step"], []).append(row["contender"])
    names = next(iter(figures.values()))
    for step in figures:
        of_step = results.figures("timers", timers=count_of_timers, step=step)
        first = of_step[names[0]]
        rows.append([step, *(cell(of_step[name], first) for name in names)])
    return table(["ns per timer", *(named(name) for name in names)], rows)


def idle(results):
    ticks = results.figures("idle", step="ticking")
    silent = results.figures("idle", step="silent")
    wakes = results.figures("idle", step="wake-ups a tick")
    rows = []
    for name in ticks:
        rows.append(
            [named(name), f"{ticks[name].median / 1e7:.3f} %", f"{silent[name].median / 1e7:.4f} %"]
            + [f"{wakes[name].median:.2f}"]
        )
    return table(["", "of a processor, ticking", "without the timer", "wake-ups a tick"], rows)


def posts(results):
    one = results.figures("posts", threads=1)
    two = results.figures("posts", threads=2)
    pings = results.figures("ping")
    rows = []
    for name in dict.fromkeys([*pings, *one]):
        cells = []
        for figures in (pings, one, two):
            base = figures["pollux-loop"]
            cells.append(cell(figures[name], base) if name in figures else "")
        rows.append([named(name), *cells])
    return table(["", "there and back", "a post, 1 thread posts", "a post, 2 threads post"], rows)


def programs(results):
    return spreads(results, "startup", [("a program, from its start to its end", {})])


# Memory -------------------------------------------------------------------------------------------


def bytes_of(row):
    library = float(row["library"])
    return "?" if library < 0 else f"{library:,.0f} + {int(row['caller']):,}"


def memory(results):
    watched = {row["contender"]: row for row in results.select("memory")}
    timer = {row["contender"]: row for row in results.select("footprint", of="timer")}
    loop = {row["contender"]: row for row in results.select("footprint", of="loop")}
    rows = []
    for name in dict.fromkeys([*watched, *timer, *loop]):
        cells = [bytes_of(found[name]) if name in found else "" for found in (watched, timer, loop)]
        rows.append([named(name), *cells])
    return table(["bytes: library + caller", "a descriptor", "a timer", "a loop"], rows)


def sizes(results):
    rows = [
        [named(row["library"][len("lib") :]), f"{int(row['file']):,}", f"{int(row['text']):,}"]
        for row in results.rows("sizes")
    ]
    return table(["", "the file, stripped", "code and constants"], rows)

