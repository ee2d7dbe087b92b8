"""The table and the picture of the scale run."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.scale.trial import Measured

GOAL_AGENTS, GOAL_S, GOAL_MIB = 1000, 10.0, 250.0
GOAL_GROWTH = 1.25
"""Processor time per agent at the most, against that of the run before: measurements
on a busy machine differ by so much."""


@dataclass(frozen=True)
class Cost:
    """What an agent costs the ApplicationMaster, without what it costs to begin.

    Attributes:
        cpu_ms: Processor time per agent, of the whole job.
        memory_kib: Memory per agent.
    """

    cpu_ms: float
    memory_kib: float


def cost(run: Measured, least: Measured) -> Cost:
    """Return the cost per agent beyond that of the smallest run."""
    more = run.agents - least.agents
    return Cost(
        1000 * (run.cpu_s - least.cpu_s) / more,
        1024 * (run.peak_mib - least.peak_mib) / more,
    )


_ROWS: tuple[tuple[str, Callable[[Measured], str]], ...] = (
    ("nodes", lambda m: f"{m.nodes}"),
    ("first allocation -> all launched", lambda m: f"{m.launched_s:.2f} s"),
    ("first allocation -> all have the view", lambda m: f"{m.released_s:.2f} s"),
    ("first allocation -> all known to run", lambda m: f"{m.running_s:.2f} s"),
    ("last worker's end -> job's end", lambda m: f"{m.end_s:.2f} s"),
    ("AM, peak memory", lambda m: f"{m.peak_mib:.0f} MiB"),
    ("AM, CPU until all have the view", lambda m: f"{m.released_cpu_s:.2f} s"),
    ("AM, CPU of the whole job", lambda m: f"{m.cpu_s:.2f} s"),
    ("AM, CPU while all run", lambda m: f"{100 * m.watch_share:.0f} %"),
    ("calls of allocate", lambda m: f"{m.allocate_calls}"),
    ("view, to each agent", lambda m: f"{m.view_bytes:,} B"),
    ("different views", lambda m: f"{m.views}"),
)


def table(runs: Sequence[Measured]) -> list[str]:
    """Return the table; the first run is the smallest, and the base of the costs."""
    least, larger = runs[0], runs[1:]
    rows = [("agents", [f"{run.agents:,}" for run in runs])]
    rows += [(name, [shown(run) for run in runs]) for name, shown in _ROWS]
    costs = [cost(run, least) for run in larger]
    rows.append(("AM, CPU per agent", ["", *(f"{c.cpu_ms:.2f} ms" for c in costs)]))
    kibs = [f"{c.memory_kib:.0f} KiB" for c in costs]
    rows.append(("AM, memory per agent", ["", *kibs]))
    width = max(len(name) for name, _ in rows)
    return [
        f"{name:{width}}  " + "".join(f"{cell:>12}" for cell in cells)
        for name, cells in rows
    ]


def verdicts(runs: Sequence[Measured]) -> list[tuple[bool, str]]:
    """Return each goal with whether it is reached."""
    least, larger = runs[0], runs[1:]
    found = [(run.views == 1, f"{run.agents:,} agents: one view") for run in runs]
    for run in larger:
        if run.agents == GOAL_AGENTS:
            head = f"{run.agents:,} agents: "
            words = f"{head}all have the view after {run.released_s:.1f} s"
            found.append((run.released_s <= GOAL_S, f"{words} (goal {GOAL_S:.0f} s)"))
            words = f"{head}{run.peak_mib:.0f} MiB (goal {GOAL_MIB:.0f} MiB)"
            found.append((run.peak_mib <= GOAL_MIB, words))
    for smaller, run in pairwise(larger):
        small, large = cost(smaller, least).cpu_ms, cost(run, least).cpu_ms
        words = f"{run.agents:,} agents: CPU per agent is {large / small:.2f} times"
        good = large <= GOAL_GROWTH * small
        found.append((good, f"{words} that of {smaller.agents:,}"))
    return found


# ---- the picture

_PANEL, _HEIGHT, _BAR, _TOP, _FOOT = 300, 220, 36, 44, 40
_COLOURS = ("#4c78a8", "#f58518", "#54a24b")


@dataclass(frozen=True)
class _Panel:
    title: str
    series: tuple[tuple[str, tuple[float, ...]], ...]
    form: str


def picture(runs: Sequence[Measured]) -> str:
    """Return an SVG with times, memory and processor time per agent."""
    least, larger = runs[0], runs[1:]
    labels = [f"{run.agents:,}" for run in larger]
    times = (
        ("all launched", tuple(run.launched_s for run in larger)),
        ("all have the view", tuple(run.released_s for run in larger)),
    )
    memory = (("peak", tuple(run.peak_mib for run in larger)),)
    cpu = (("whole job", tuple(cost(run, least).cpu_ms for run in larger)),)
    panels = (
        _Panel("seconds from the first allocation", times, "{:.1f}"),
        _Panel("AM's peak memory, MiB", memory, "{:.0f}"),
        _Panel("AM's CPU per agent, ms", cpu, "{:.2f}"),
    )
    width, height = _PANEL * len(panels), _TOP + _HEIGHT + _FOOT
    drawn = [_draw(panel, labels, n * _PANEL) for n, panel in enumerate(panels)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="11">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
        + "\n".join(drawn)
        + "\n</svg>\n"
    )


def _draw(panel: _Panel, labels: Sequence[str], left: int) -> str:
    most = max(max(values) for _, values in panel.series) or 1.0
    floor = _TOP + _HEIGHT
    parts = [_text(left + 14, 16, panel.title, "start", 13)]
    step = (_PANEL - 28) / len(labels)
    for number, (name, values) in enumerate(panel.series):
        colour = _COLOURS[number]
        legend = left + 14 + 100 * number
        parts.append(_rect(legend, 24, 9, 9, colour))
        parts.append(_text(legend + 13, 32, name, "start"))
        for place, value in enumerate(values):
            tall = (_HEIGHT - 18) * value / most
            middle = left + 14 + step * (place + 0.5)
            x = middle + _BAR * (number - len(panel.series) / 2)
            parts.append(_rect(x, floor - tall, _BAR - 2, tall, colour))
            at = x + _BAR / 2 - 1
            parts.append(_text(at, floor - tall - 4, panel.form.format(value)))
    for place, label in enumerate(labels):
        middle = left + 14 + step * (place + 0.5)
        parts.append(_text(middle, floor + 16, label))
    parts.append(_text(left + _PANEL / 2, floor + 32, "agents"))
    return "\n".join(parts)


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} fill="{colour}"/>'


def _text(
    x: float, y: float, words: str, anchor: str = "middle", size: int = 11
) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    return f"<text {place}>{escape(words)}</text>"
