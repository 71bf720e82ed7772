# SPDX-License-Identifier: MIT
"""The plots: lines over sizes, and bars of ratios. They follow the reader's light or dark."""

import html
import math

WIDTH = 480
FONT = 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif'
# Of each line: in the light, and in the dark.
COLOURS = [
    ("#0b5f8a", "#7cc4ec"),
    ("#b4530a", "#f0a35e"),
    ("#3d7a2e", "#93c97f"),
    ("#9c2f6b", "#e58fbf"),
    ("#6a4fb3", "#b7a3f0"),
    ("#8a6d00", "#dcc04a"),
    ("#4f7d80", "#8fc7c9"),
    ("#a3362b", "#f08c80"),
]


def style():
    light = "".join(f".c{i} {{ --c: {c}; }}\n" for i, (c, _) in enumerate(COLOURS))
    dark = "".join(f"  .c{i} {{ --c: {c}; }}\n" for i, (_, c) in enumerate(COLOURS))
    return f"""<style>
text {{ font: 13px {FONT}; fill: #24262b; }}
.title {{ font-weight: 700; }}
.small {{ font-size: 12px; fill: #62666f; }}
.end {{ text-anchor: end; }}
.middle {{ text-anchor: middle; }}
.axis {{ stroke: #8a8f99; fill: none; }}
.grid {{ stroke: #8a8f99; stroke-opacity: 0.25; fill: none; }}
.hand {{ --c: #62666f; stroke-dasharray: 5 4; }}
{light}.line {{ stroke: var(--c); fill: none; stroke-width: 1.5; }}
.ours {{ stroke-width: 3; }}
.dot {{ fill: var(--c); }}
text.label {{ fill: var(--c); font-size: 12px; }}
.bar {{ fill: var(--c); fill-opacity: 0.55; }}
.spread {{ stroke: #24262b; stroke-width: 1.5; }}
@media (prefers-color-scheme: dark) {{
  text {{ fill: #dfe2e6; }}
  .small {{ fill: #9aa1ac; }}
  .hand {{ --c: #9aa1ac; }}
  .spread {{ stroke: #dfe2e6; }}
{dark}}}
</style>"""


def is_ours(name):
    return name.startswith("pollux")


def classes(names):
    """By hand grey and dashed; the first colours are Pollux's."""
    ordered = sorted(names, key=lambda name: not is_ours(name))
    coloured = [name for name in ordered if name not in BY_HAND]
    found = {name: f"c{i % len(COLOURS)}" for i, name in enumerate(coloured)}
    return {name: found.get(name, "hand") for name in names}


BY_HAND = {"epoll", "poll", "epoll-callback", "by-hand"}


def text(x, y, words, kind=""):
    mark = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{mark}>{html.escape(words)}</text>'


def document(height, title, body):
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
            f'width="{WIDTH}" height="{height:.0f}" role="img" aria-labelledby="title">',
            "<!-- SPDX-License-Identifier: MIT -->",
            f'<title id="title">{html.escape(title)}</title>',
            style(),
            *body,
            "</svg>\n",
        ]
    )


def number(value):
    if value >= 1_000_000:
        return f"{value / 1_000_000:g} M"
    return f"{value:,g}"


def round_steps(low, high):
    """Some round numbers from one to the other."""
    rough = (high - low) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return [step * i for i in range(math.ceil(low / step), math.ceil(high / step) + 1)]


def powers(low, high):
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10**power for power in range(first, last + 1)]


def apart(places, least):
    """The labels' heights, in order, moved so that none covers another."""
    moved = []
    for place in places:
        moved.append(max(place, moved[-1] + least) if moved else place)
    return moved


class Scale:
    def __init__(self, ticks, begin, end, is_log):
        self._map = math.log10 if is_log else float
        self.ticks = ticks
        self._low, self._high = self._map(ticks[0]), self._map(ticks[-1])
        self._begin, self._end = begin, end

    def __call__(self, value):
        part = (self._map(value) - self._low) / (self._high - self._low)
        return self._begin + part * (self._end - self._begin)


def lines(title, x_name, y_name, series, has_log_y=False):
    """series: name -> pairs of x and y. The x axis is logarithmic."""
    left, right, top, bottom = 58, WIDTH - 118, 52, 280
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points]
    x_at = Scale(powers(min(xs), max(xs)), left, right, True)
    y_ticks = powers(min(ys), max(ys)) if has_log_y else round_steps(0, max(ys))
    y_at = Scale(y_ticks, bottom, top, has_log_y)
    body = [text(8, 18, title, "title"), text(8, 38, y_name, "small")]
    for tick in y_at.ticks:
        y = y_at(tick)
        body.append(f'<path class="grid" d="M{left} {y:.1f}H{right}"/>')
        body.append(text(left - 6, y + 4, number(tick), "small end"))
    for tick in x_at.ticks:
        body.append(text(x_at(tick), bottom + 18, number(tick), "small middle"))
    body.append(f'<path class="axis" d="M{left} {bottom}H{right}"/>')
    body.append(text((left + right) / 2, bottom + 36, x_name, "small middle"))
    kinds = classes(series)
    ends = sorted(series, key=lambda name: y_at(series[name][-1][1]))
    heights = dict(zip(ends, apart([y_at(series[name][-1][1]) for name in ends], 14)))
    excess = max(0, max(heights.values()) - bottom - 10)
    for name, points in series.items():
        kind = kinds[name] + (" ours" if is_ours(name) else "")
        places = [(x_at(x), y_at(y)) for x, y in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        body.append(f'<path class="line {kind}" d="M{path}"/>')
        body += [f'<circle class="dot {kind}" cx="{x:.1f}" cy="{y:.1f}" r="2"/>' for x, y in places]
        label = heights[name] - excess
        x, y = places[-1]
        body.append(f'<path class="grid" d="M{x:.1f} {y:.1f}L{right + 16} {label:.1f}"/>')
        body.append(text(right + 20, label + 4, name, f"label {kinds[name]}"))
    return document(bottom + 48, title, body)


def bars(title, unit, ratios):
    """ratios: pairs of name and ratio, with its quartiles."""
    left, right, top, pitch = 116, WIDTH - 64, 58, 22
    bottom = top + pitch * len(ratios)
    x_at = Scale(round_steps(0, max(ratio.upper for _, ratio in ratios)), left, right, False)
    body = [text(8, 18, title, "title"), text(8, 38, unit, "small")]
    for tick in x_at.ticks:
        x = x_at(tick)
        body.append(f'<path class="grid" d="M{x:.1f} {top - 6}V{bottom}"/>')
        body.append(text(x, bottom + 16, number(tick), "small middle"))
    kinds = classes([name for name, _ in ratios])
    for i, (name, ratio) in enumerate(ratios):
        y = top + pitch * i
        body.append(text(left - 8, y + 12, name, "end" + (" title" if is_ours(name) else "")))
        width = x_at(ratio.value) - left
        kind = "c0" if is_ours(name) else "hand" if kinds[name] == "hand" else "c1"
        body.append(
            f'<rect class="bar {kind}" x="{left}" y="{y}" width="{width:.1f}" height="15"/>'
        )
        low, high = x_at(ratio.lower), x_at(ratio.upper)
        body.append(f'<path class="spread" d="M{low:.1f} {y + 7.5:.1f}H{high:.1f}"/>')
        body.append(text(max(high, left + width) + 6, y + 12, f"{ratio.value:.2f}", "small"))
    x = x_at(1)
    body.append(f'<path class="axis" d="M{x:.1f} {top - 6}V{bottom}"/>')
    return document(bottom + 28, title, body)
