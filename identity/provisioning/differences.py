"""What of an item differs from what is there."""

from collections.abc import Mapping
from typing import Any


def between(held: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The members of `wanted` that differ from the attributes of `held`."""
    return {
        name: value for name, value in wanted.items() if _comparable(getattr(held, name)) != value
    }


def _comparable(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | list) else value
