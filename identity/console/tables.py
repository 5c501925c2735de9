"""Small tables below an object's page: what belongs to it in other rooms or tables."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A few rows, already in the words of the console, and where the rest is."""

    title: object
    columns: Sequence[object]
    rows: Sequence[Sequence[object]]
    empty: object
    more_url: str = ""
