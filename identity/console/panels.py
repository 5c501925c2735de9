"""The start page is made of panels that rooms register: each reads a handful of rows and says what
it found as data; how it looks is decided in `templates/console/panels/`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from identity.console import charts
from identity.console.door import Visitor

Text: TypeAlias = object
"""A text, now or when it is shown (lazily translated)."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One number. `tone` is "", "ok", "warn" or "bad"; `trend` the same number over time."""

    label: Text
    value: int
    note: Text = ""
    tone: str = ""
    trend: Sequence[int] = ()
    url: str = ""

    template: str = "console/panels/tile.html"

    @property
    def spark(self) -> str:
        """The trend as points of a polyline; empty without one."""
        return charts.spark(self.trend)


@dataclass(frozen=True, slots=True)
class Days:
    """Two counts per day, drawn over each other, with their numbers as a table."""

    title: Text
    note: Text
    good: Text
    bad: Text
    days: Sequence[tuple[date, int, int]]
    empty: Text

    template: str = "console/panels/days.html"

    @property
    def chart(self) -> charts.DayChart | None:
        """Its geometry; None when all is zero."""
        return charts.days(self.days)


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts by name, the largest first."""

    title: Text
    note: Text
    counts: Sequence[tuple[Text, int]]
    empty: Text

    template: str = "console/panels/bars.html"

    @property
    def chart(self) -> charts.BarChart | None:
        """Its geometry; None when there is nothing."""
        return charts.bars(self.counts)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list."""

    title: Text
    text: Text
    icon: str
    badge: Text = ""
    tone: str = ""
    url: str = ""
    link: Text = ""
    link_url: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A short list."""

    title: Text
    rows: Sequence[Row]
    empty: Text
    more_url: str = ""

    template: str = "console/panels/rows.html"


Panel: TypeAlias = Tile | Days | Bars | Rows
Draw: TypeAlias = Callable[[Visitor], Panel | None]
_WIDTHS: Final[Mapping[type, str]] = {Tile: "", Days: "w8", Bars: "w4", Rows: "w4"}

_panels: dict[str, tuple[int, Draw]] = {}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel on the page; `name` makes the ids of its parts unique."""

    name: str
    panel: Panel
    width: str


def register(name: str, draw: Draw, *, place: int) -> None:
    """Afterwards the start page shows what `draw(visitor)` answers, in the order of `place`; None
    shows nothing. It runs in the visitor's scope and costs a bounded number of rows."""
    if name in _panels:
        raise ValueError(f"there is a panel {name} already")
    _panels[name] = (place, draw)


def drawn(visitor: Visitor) -> list[Drawn]:
    """The panels that have something to say to this visitor: tiles first, then by place."""
    found = [
        (place, Drawn(name, panel, _WIDTHS[type(panel)]))
        for name, (place, draw) in _panels.items()
        if (panel := draw(visitor)) is not None
    ]
    found.sort(key=lambda pair: (not isinstance(pair[1].panel, Tile), pair[0]))
    return [each for _, each in found]
