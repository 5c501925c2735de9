"""The event types that rooms declare in their `events.py`: what the console can word and filter."""

import re
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
# The column's width.
_NAME_MAX: Final = 64

_types: "dict[str, EventType]" = {}


class EventType:
    """A kind of event, known by its name once constructed: `LOGIN = EventType("login.completed",
    "Signed in")`. Names are of the past tense and dotted; titles are shown to people."""

    __slots__ = ("name", "title")

    def __init__(self, name: str, title: str) -> None:
        if not _NAME.fullmatch(name) or len(name) > _NAME_MAX:
            raise ValueError(f"{name!r} is not a dotted name of at most {_NAME_MAX} characters")
        if name in _types:
            raise ValueError(f"the event type {name} is declared twice")
        self.name = name
        self.title = title
        _types[name] = self

    def __repr__(self) -> str:
        return f"EventType({self.name!r})"


def titles() -> dict[str, str]:
    """Name to title of every event type, by name."""
    return {name: _types[name].title for name in sorted(_types)}


def title_of(name: str) -> str:
    """What people read; the name itself for a type that this release no longer declares."""
    known = _types.get(name)
    return known.title if known else name
