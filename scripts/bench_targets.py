# SPDX-License-Identifier: MIT
"""What was set out to be reached, and whether it is: all of it calculated."""

from bench_figures import Ratio, short
from bench_tables import count, named, table, total

# Contenders whose figures are compared with those of Pollux in the same language.
LOOPS = ["libev", "libevent", "libuv", "asio"]
CRATES = ["mio", "polling"]
OVER_POLL = ["libev-poll", "libevent-poll"]
STEPS = {
    "churn": ["add, remove", "add | remove", "toggle", "toggle there, back", "toggle alone"],
    "wake": ["trip", "busy", "storm"],
    "create": ["create", "create, watch one"],
    "timers": ["sum"],
    "idle": ["ticking", "silent"],
}


def size_of(row):
    """What tells a row's size from the others of its piece of work."""
    keys = ("step", "fds", "connections", "threads", "listeners", "active", "timers")
    return {key: row[key] for key in keys if key in row}


def title_of(work, size):
    parts = [size["step"]] if "step" in size else []
    for key, name in (("timers", "timers"), ("fds", "watched"), ("connections", "connected")):
        if key in size and work not in ("idle", "churn"):
            parts.append(f"{int(size[key]):,} {name}")
    if work == "accept":
        ports = "one listener" if size["listeners"] == "1" else "a port each"
        parts = ["1 thread"] if size["threads"] == "1" else [f"{size['threads']} threads, {ports}"]
        parts.append(f"{size['active']} at a time")
    elif "active" in size:
        parts.append(f"{int(size['active']):,} active")
    if work == "posts":
        parts = ["1 thread" if size["threads"] == "1" else f"{size['threads']} threads"]
    return f"{work}: {', '.join(parts)}".replace("|", "/") if parts else work


def workloads(results, over="best"):
    """Title, and the figures of all contenders, of each piece of work at each size."""
    works = ["chain", "echo", "http"]
    if over == "best":
        works += ["one-shot", "accept", "ping", "posts", *STEPS, "startup"]
    for work in works:
        seen = []
        for row in results.rows(work):
            size = size_of(row)
            if size in seen or row.get("over", over) != over:
                continue
            if work in STEPS and size["step"] not in STEPS[work]:
                continue
            seen.append(size)
            keys = {"over": over, **size} if "over" in row else size
            yield title_of(work, size), results.figures(work, **keys)


def ours(peer, figures):
    """Whom of Pollux a peer is compared with."""
    if peer == "mio":  # always edge-triggered
        names = ["pollux-rust-edge", "pollux-rust", "pollux-epoll"]
    elif peer in CRATES:
        names = ["pollux-rust", "pollux-epoll"]
    elif peer in OVER_POLL:
        names = ["pollux-loop-poll"]
    else:
        names = ["pollux-loop", "pollux"]
    return next((figures[name] for name in names if name in figures), None)


def against(results, peers, over="best"):
    """Of each workload its title and, of each peer that has it, Pollux's ratio to it."""
    for title, figures in workloads(results, over):
        ratios = {}
        for peer in peers:
            mine = ours(peer, figures)
            if mine and peer in figures and all(value > 0 for value in figures[peer].rounds):
                ratios[peer] = Ratio(mine, figures[peer])
        if ratios:
            yield title, ratios


def matrix(results):
    """How many times what Pollux needs the others need; where they need less, bold."""
    rows = []
    for title, ratios in against(results, LOOPS + CRATES):
        cells = []
        for peer in LOOPS + CRATES:
            if peer not in ratios:
                cells.append("")
                continue
            words = short(1 / ratios[peer].value)
            marks = {"met": "", "open": "*", "missed": "**"}[ratios[peer].verdict(1)]
            cells.append(f"{marks}{words}{marks}")
        rows.append([title, *cells])
    return table(["", *LOOPS, *CRATES], rows)


# The table ----------------------------------------------------------------------------------------


def summary(found, limit):
    """found: pairs of title and ratio. Verdict and words on all of them."""
    verdicts = [ratio.verdict(limit) for _, ratio in found]
    verdict = next(word for word in ("missed", "open", "met") if word in verdicts)
    decisive = [pair for pair in found if pair[1].verdict(limit) == verdict]
    worst_title, worst = max(decisive, key=lambda pair: pair[1].value)
    words = f"{verdicts.count('met')} of {len(found)} met"
    if "open" in verdicts:
        words += f", {verdicts.count('open')} open"
    return [f"{words}; worst {worst} at {worst_title}", f"**{verdict}**"]


def by_hand(results, work, over, mine, hand, limit):
    found = []
    for title, figures in workloads(results, over):
        if title.startswith(work + ":") and mine in figures and hand in figures:
            found.append((title, Ratio(figures[mine], figures[hand])))
    percent = round((limit - 1) * 100)
    return [f"{named(mine)} within {percent} % of {hand} by hand: {work}", *summary(found, limit)]


def instructions(results, work, mine, hand, words, limit_of):
    counts = results.counts(work)
    needed, least = counts[mine][0], counts[hand][0]
    limit = limit_of(least)
    return [
        f"{named(mine)} {words} {hand} by hand: {work}",
        f"{needed:,.1f}, by hand {least:,.1f}, limit {limit:,.1f}",
        "**met**" if needed <= limit else "**missed**",
    ]


def system_calls(results, work, mine, hand):
    counts = results.counts(work)
    added = total(counts[mine][1]) - total(counts[hand][1])
    return [
        f"{named(mine)}, no system call more than {hand} by hand: {work}",
        f"{count(abs(added))} {'fewer' if added < 0 else 'more'} per event",
        "**met**" if added <= 0 else "**missed**",
    ]


def ahead(results, peers, over="best"):
    by_peer = {peer: [] for peer in peers}
    for title, ratios in against(results, peers, over):
        for peer, ratio in ratios.items():
            by_peer[peer].append((title, ratio))
    for peer, found in by_peer.items():
        where = "over poll, each workload" if over == "poll" else "each workload"
        if found:
            yield [f"ahead of {peer}: {where}", *summary(found, 1)]
        else:
            yield [f"ahead of {peer}: {where}", "not compared", "–"]


def targets(results):
    rows = []
    for mine, hand in (("pollux-epoll", "epoll"), ("pollux-loop", "epoll-callback")):
        for work in ("chain", "echo"):
            rows.append(by_hand(results, work, "best", mine, hand, 1.02))
    for work in ("chain", "echo"):
        rows.append(by_hand(results, work, "poll", "pollux-poll", "poll", 1.05))
    for work in ("chain", "echo"):
        words = "within 10 instructions + 25 % of"
        rows.append(
            instructions(results, work, "pollux-epoll", "epoll", words, lambda n: n * 1.25 + 10)
        )
    words = "at most 40 instructions above"
    rows.append(
        instructions(results, "chain", "pollux-loop", "epoll-callback", words, lambda n: n + 40)
    )
    for mine, hand in (
        ("pollux-epoll", "epoll"),
        ("pollux-loop", "epoll-callback"),
        ("pollux-poll", "poll"),
    ):
        for work in ("chain", "echo"):
            rows.append(system_calls(results, work, mine, hand))
    rows += ahead(results, LOOPS + CRATES)
    rows += ahead(results, OVER_POLL, "poll")
    rows.append(["ahead of libuv over poll", "libuv has no poll backend on Linux", "–"])
    return table(["target", "measured", ""], rows)
