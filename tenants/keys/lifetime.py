"""Whether a verified token is within its time (RFC 7519 §4.1.4 to §4.1.6)."""

from collections.abc import Mapping
from typing import Any, TypeGuard


def is_current(claims: Mapping[str, Any], *, now: float, leeway_seconds: int = 0) -> bool:
    """True between `nbf` (or `iat`) and `exp`.

    `exp` is required. All three must be whole numbers of seconds since 1970: a text, a list, true
    or null is no time and makes the token unusable, not the server.
    """
    expires = claims.get("exp")
    if not _is_time(expires) or expires <= now - leeway_seconds:
        return False
    begins = [claims[name] for name in ("nbf", "iat") if name in claims]
    return all(_is_time(begin) and begin <= now + leeway_seconds for begin in begins)


def _is_time(value: Any) -> TypeGuard[int]:
    # A bool is an int for Python.
    return type(value) is int and value >= 0
