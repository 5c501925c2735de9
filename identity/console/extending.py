"""What upper rooms add to the page of a lower room's object: acts and tables. Imports go down only,
so the page of a person cannot know of sessions; the room of sessions adds them."""

from collections.abc import Callable
from typing import Any, TypeAlias

from django.db.models import Model
from django.http import HttpRequest

from identity.console.acting import Act
from identity.console.tables import Table

MakeTable: TypeAlias = Callable[[HttpRequest, Any], Table | None]

_acts: dict[type[Model], list[Act]] = {}
_tables: dict[type[Model], list[MakeTable]] = {}


def add_act(model: type[Model], act: Act) -> None:
    """Afterwards pages of `model` offer `act`."""
    _acts.setdefault(model, []).append(act)


def add_table(model: type[Model], make: MakeTable) -> None:
    """Afterwards pages of `model` show the table that `make(request, obj)` answers, unless None."""
    _tables.setdefault(model, []).append(make)


def acts_of(model: type[Model]) -> list[Act]:
    """What was added."""
    return _acts.get(model, [])


def tables_of(model: type[Model], request: HttpRequest, obj: Any) -> list[Table]:
    """What was added and has something to show."""
    made = (make(request, obj) for make in _tables.get(model, []))
    return [table for table in made if table is not None]
