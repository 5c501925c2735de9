"""Geometry of the start page's charts: numbers in, attributes of SVG elements out. Pure.

Colour and type are the style sheet's; there is no inline style anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

WIDTH: Final = 640
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 632, 10, 238
_BAR: Final = 8
_SPARK_WIDTH, _SPARK_TOP, _SPARK_BOTTOM = 120, 4, 28
BARS_WIDTH: Final = 280
_BARS_STEP: Final = 40
_GRID_LINES: Final = 4
_LABELS_MOST: Final = 7


@dataclass(frozen=True, slots=True)
class GridLine:
    """A horizontal line and what it stands for."""

    y: int
    text_y: int
    label: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day: its numbers, where its bar stands, and whether its date is written; a minor date is
    left out where there is little room."""

    on: date
    good: int
    bad: int
    x: int
    bar_x: int
    bar_y: float
    bar_height: float
    is_labelled: bool
    is_minor: bool


@dataclass(frozen=True, slots=True)
class DayChart:
    """A line with the ground under it, and bars."""

    grid: tuple[GridLine, ...]
    line: str
    area: str
    days: tuple[Day, ...]
    worst: Day | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One named count."""

    title: object
    count: int
    text_y: int
    bar_y: int
    width: int


@dataclass(frozen=True, slots=True)
class BarChart:
    """Counts by name, one below the other."""

    height: int
    bars: tuple[Bar, ...]


def spark(values: Sequence[int]) -> str:
    """Points of a polyline in 120 × 32; empty for fewer than two values or nothing but zeros."""
    if len(values) < 2 or not any(values):  # noqa: PLR2004 - a line has two ends
        return ""
    low, high = min(values), max(values)
    spread = high - low or 1
    step = _SPARK_WIDTH / (len(values) - 1)
    return " ".join(
        f"{index * step:.1f},"
        f"{_SPARK_BOTTOM - (value - low) / spread * (_SPARK_BOTTOM - _SPARK_TOP):.1f}"
        for index, value in enumerate(values)
    )


def days(counts: Sequence[tuple[date, int, int]]) -> DayChart | None:
    """A chart of (day, good, bad), oldest first; None when there is nothing to draw."""
    if len(counts) < 2 or not any(good or bad for _, good, bad in counts):  # noqa: PLR2004
        return None
    top = _ceiling(max(max(good, bad) for _, good, bad in counts))
    scale = (_BOTTOM - _TOP) / top
    step = (_RIGHT - _LEFT) / (len(counts) - 1)
    every = max(1, -(-len(counts) // _LABELS_MOST))
    drawn = []
    for index, (on, good, bad) in enumerate(counts):
        x = round(_LEFT + index * step)
        height = round(bad * scale, 1)
        drawn.append(
            Day(
                on=on,
                good=good,
                bad=bad,
                x=x,
                bar_x=x - _BAR // 2,
                bar_y=round(_BOTTOM - height, 1),
                bar_height=height,
                is_labelled=(len(counts) - 1 - index) % every == 0,
                is_minor=(len(counts) - 1 - index) % (2 * every) != 0,
            )
        )
    line = " ".join(f"{day.x},{_BOTTOM - day.good * scale:.0f}" for day in drawn)
    worst = max(drawn, key=lambda day: day.bad)
    return DayChart(
        grid=tuple(_grid_line(part, top) for part in range(_GRID_LINES + 1)),
        line=line,
        area=f"M{_LEFT},{_BOTTOM} L{line.replace(' ', ' L')} L{_RIGHT},{_BOTTOM}Z",
        days=tuple(drawn),
        worst=worst if worst.bad else None,
    )


def bars(counts: Sequence[tuple[object, int]]) -> BarChart | None:
    """A chart of (name, count); None when there is nothing to draw."""
    if not counts:
        return None
    most = max(count for _, count in counts) or 1
    return BarChart(
        height=len(counts) * _BARS_STEP - 4,
        bars=tuple(
            Bar(
                title=title,
                count=count,
                text_y=13 + index * _BARS_STEP,
                bar_y=20 + index * _BARS_STEP,
                width=max(2, round(count / most * BARS_WIDTH)),
            )
            for index, (title, count) in enumerate(counts)
        ),
    )


def _ceiling(value: int) -> int:
    """The next number at or above `value` that four lines divide evenly: 4, 8, 12, 20, 40, 80 …"""
    size = 4
    while True:
        for factor in (1, 2, 3, 5):
            if size * factor >= value:
                return size * factor
        size *= 10


def _grid_line(part: int, top: int) -> GridLine:
    y = round(_BOTTOM - part * (_BOTTOM - _TOP) / _GRID_LINES)
    return GridLine(y=y, text_y=y + 4, label=_short(top * part // _GRID_LINES))


def _short(number: int) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return str(number)
