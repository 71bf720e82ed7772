#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes docs/performance.md, and its plots in docs/performance/, of what a run has measured.

    bench_report.py RESULTS-DIRECTORY

The words are in docs/performance.md.in. There a line `@name@` stands for a table, and within a line
    {{ratio WORK WHO OF KEY=VALUE ...}}      how many times what OF needs WHO needs
    {{median WORK WHO KEY=VALUE ...}}        nanoseconds
    {{added WORK WHO OF}}                    instructions per event more than OF
    {{bytes FILE WHO KEY=VALUE ...}}         what the library allocates
"""

import os
import re
import shlex
import sys

import bench_svg as svg
import bench_tables as tables
import bench_targets as targets
from bench_figures import Missing, Ratio, Results, short

TEMPLATE = "docs/performance.md.in"
PAGE = "docs/performance.md"
PLOTS = "docs/performance"

ECHO = [(1, 1), (100, 1), (100, 100), (1000, 100), (5000, 5000)]
IN_PLOTS = ["epoll", "pollux-epoll", "pollux-loop", "libev", "libevent", "libuv", "asio", "mio"]

TABLES = {
    "machine": tables.machine,
    "targets": targets.targets,
    "peers": targets.matrix,
    "chain": tables.chain,
    "chain over poll": tables.chain_over_poll,
    "one-shot": tables.one_shot,
    "slopes": tables.slopes,
    "counts of chain": lambda results: tables.counts(results, "chain"),
    "counts of echo": lambda results: tables.counts(results, "echo"),
    "echo": lambda results: tables.served(results, "echo", ECHO),
    "echo over poll": lambda results: tables.served(
        results, "echo", [(1, 1), (100, 1), (100, 100), (1000, 100)], "poll"
    ),
    "latency": lambda results: tables.latency(results, "echo", 1000, 100),
    "http": lambda results: tables.served(
        results, "http", [(1, 1), (100, 100), (1000, 100), (5000, 100)]
    ),
    "accept": tables.accept,
    "timers": lambda results: tables.timers(results, 1000000),
    "slow timers": lambda results: tables.timers(results, 200000),
    "churn": lambda results: tables.steps(results, "churn"),
    "wake": lambda results: tables.steps(results, "wake"),
    "posts": tables.posts,
    "idle": tables.idle,
    "create": lambda results: tables.steps(results, "create"),
    "programs": tables.programs,
    "memory": tables.memory,
    "sizes": tables.sizes,
}


# Plots --------------------------------------------------------------------------------------------


def chain_plots(results):
    for name, over, sizes, key, title in (
        ("chain-quiet", "best", tables.QUIET, "fds", "An event among quiet descriptors"),
        ("chain-active", "best", tables.ACTIVE, "active", "An event, and how many at a time"),
        ("chain-poll", "poll", tables.QUIET, "fds", "The same over poll"),
    ):
        series = tables.series(results, over, sizes, key)
        if over == "best":
            series = {who: points for who, points in series.items() if who in IN_PLOTS}
        x_name = {"fds": "descriptors watched, 1 of them active", "active": "active, of 1,000"}[key]
        y_name = "ns of processor time per event"
        yield name, svg.lines(title, x_name, y_name, series, has_log_y=over == "poll")


def echo_plot(results):
    series = {}
    for connections, active in ((1, 1), (10, 10), (100, 100), (1000, 1000), (5000, 5000)):
        keys = {"over": "best", "connections": connections, "active": active}
        for who, figure in results.figures("echo", **keys).items():
            if who in IN_PLOTS:
                series.setdefault(who, []).append((connections, figure.median))
    y_name = "ns of the server's processor time per message"
    yield "echo", svg.lines("Echo over TCP", "connections, all of them active", y_name, series)


def bar_plot(name, title, unit, figures, base):
    ratios = [(who, Ratio(figure, figures[base])) for who, figure in figures.items() if who != base]
    yield name, svg.bars(title, unit, [(base, Ratio(figures[base], figures[base])), *ratios])


def bar_plots(results):
    accept = {"threads": 8, "listeners": 1, "active": 1}
    yield from bar_plot(
        "ratios-accept",
        "8 threads wait at one listener",
        "processor time per connection, epoll by hand = 1",
        results.figures("accept", **accept),
        "epoll",
    )
    yield from bar_plot(
        "ratios-chain",
        "1,000 descriptors, 100 active",
        "processor time per event, epoll by hand = 1",
        results.figures("chain", over="best", fds=1000, active=100),
        "epoll",
    )
    many = results.figures("timers", timers=1000000, step="sum")
    few = results.figures("timers", timers=200000, step="sum")
    ours = few.pop("pollux-loop")
    ratios = [(who, Ratio(figure, many["pollux-loop"])) for who, figure in many.items()]
    ratios += [(who, Ratio(figure, ours)) for who, figure in few.items()]
    unit = "processor time for all steps, the loop of Pollux = 1"
    yield "ratios-timers", svg.bars("Timers, a million of them", unit, ratios)


def plots(results):
    yield from chain_plots(results)
    yield from echo_plot(results)
    yield from bar_plots(results)


# Words --------------------------------------------------------------------------------------------


def absent_words(name):
    return f"(not measured without {name})"


def inline(results, words):
    what, work, who, *rest = shlex.split(words)
    keys = dict(word.split("=", 1) for word in rest if "=" in word)
    of = next((word for word in rest if "=" not in word), None)
    if what == "added":
        counts = results.counts(work)
        return f"{counts[who][0] - counts[of][0]:,.0f}"
    if what == "bytes":
        found = {row["contender"]: row["library"] for row in results.select(work, **keys)}
        return f"{float(found[who]):,.0f}" if who in found else absent_words(who)
    figures = results.figures(work, **keys)
    absent = [name for name in (who, of) if name and name not in figures]
    if absent:
        return absent_words(absent[0])
    if what == "ratio":
        return short(Ratio(figures[who], figures[of]).value)
    if what == "median":
        return tables.ns(figures[who].median)
    raise Missing(f"{TEMPLATE}: there is no figure '{what}'")


def page(results):
    with open(TEMPLATE, encoding="utf-8") as file:
        for line in file.read().splitlines():
            block = re.fullmatch(r"@([\w -]+)@", line)
            if block and block[1] not in TABLES:
                raise Missing(f"{TEMPLATE}: there is no table '{block[1]}'")
            if block:
                yield from TABLES[block[1]](results)
            else:
                yield re.sub(r"\{\{(.*?)\}\}", lambda found: inline(results, found[1]), line)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    results = Results(sys.argv[1])
    try:
        # All of it before anything is written.
        text = "\n".join(page(results)) + "\n"
        drawn = dict(plots(results))
    except Missing as problem:
        sys.exit(f"error: {problem}")
    except KeyError as name:
        sys.exit(f"error: nothing was measured of {name}, which the report needs")
    os.makedirs(PLOTS, exist_ok=True)
    for name, image in drawn.items():
        write(os.path.join(PLOTS, name + ".svg"), image)
    write(PAGE, text)
    print(f"{PAGE}, and {len(drawn)} plots in {PLOTS}")


if __name__ == "__main__":
    main()
