"""For a block of code, let an alias mean the owner's connection.

The alias stays the same because a `RunPython` that forgets `using` would otherwise run as the
runtime login while the rest of its migration runs as the owner.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections


@contextmanager
def as_owner(alias: str) -> Iterator[None]:
    """Inside the block this thread reaches the database behind `alias` as its owner."""
    runtime: Any = connections[alias]  # This package's wrapper, which has `owner`.
    owner = runtime.owner()
    connections[alias] = owner
    try:
        yield
    finally:
        connections[alias] = runtime
