# SPDX-License-Identifier: MIT
"""What a run of the benchmarks has left in build/bench/results, and what is calculated of it."""

import csv
import os
import statistics


class Missing(Exception):
    """Something that the report needs is not among the results."""


def quartiles(values):
    if len(values) == 1:
        return values[0], values[0]
    lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    return lower, upper


class Figure:
    """What one contender needed for one piece of work, in each round."""

    def __init__(self, row):
        self.row = row
        self.rounds = [float(value) for value in row["rounds"].split()]
        self.median = statistics.median(self.rounds)


class Ratio:
    """Of the medians; the quartiles are of the ratios within each round."""

    def __init__(self, figure, base):
        self.value = figure.median / base.median
        self.lower, self.upper = quartiles([a / b for a, b in zip(figure.rounds, base.rounds)])

    def verdict(self, limit):
        """Open: the medians do not keep the limit, but a quarter of the rounds does."""
        if self.value <= limit:
            return "met"
        return "open" if self.lower <= limit else "missed"

    def __str__(self):
        return f"{short(self.value)} ({short(self.lower)}–{short(self.upper)})"


def short(ratio):
    return f"{ratio:.2f}" if ratio < 9.995 else f"{ratio:,.0f}"


def slope(points):
    """By least squares, of pairs of x and y."""
    mean_x = statistics.fmean(x for x, _ in points)
    mean_y = statistics.fmean(y for _, y in points)
    both = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return both / sum((x - mean_x) ** 2 for x, _ in points)


class Results:
    def __init__(self, place):
        self.place = place
        self._tables = {}

    def rows(self, name):
        if name not in self._tables:
            path = os.path.join(self.place, name + ".tsv")
            if not os.path.exists(path):
                raise Missing(f"{path} is missing: './dev bench' makes it")
            with open(path, encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
            if not rows:
                raise Missing(f"{path} is empty: './dev bench' makes it anew")
            self._tables[name] = rows
        return self._tables[name]

    def pairs(self, name):
        """Of a file with two columns."""
        path = os.path.join(self.place, name + ".tsv")
        if not os.path.exists(path):
            raise Missing(f"{path} is missing: './dev bench' makes it")
        with open(path, encoding="utf-8") as file:
            return [line.rstrip("\n").split("\t", 1) for line in file][1:]

    def select(self, work, /, **keys):
        """The rows of a piece of work at one size, in the order of the contenders."""
        found = [
            row
            for row in self.rows(work)
            if all(row.get(key) == str(value) for key, value in keys.items())
        ]
        if not found:
            at = " ".join(f"{key}={value}" for key, value in keys.items())
            raise Missing(f"{self.place}/{work}.tsv has nothing at {at}: './dev bench' makes it")
        return found

    def figures(self, work, /, **keys):
        return {row["contender"]: Figure(row) for row in self.select(work, **keys)}

    def counts(self, work):
        """Of each contender: instructions, and system calls by name, per event."""
        counts = {}
        for row in self.select("counts", work=work):
            words = row["calls"].split()
            calls = {name: float(count) for name, count in zip(words[::2], words[1::2])}
            counts[row["contender"]] = float(row["instructions"]), calls
        return counts
