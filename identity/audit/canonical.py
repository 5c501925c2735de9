"""The bytes that are hashed and signed, exactly. docs/decisions/0010 gives the form for readers
who write a verifier of their own; `verify_export.py` is one.

A value is written as RFC 8785 (JCS) writes it, restricted so that no question is left open: member
names are ASCII, numbers are integers below 2^53, text is UTF-8. What is hashed begins with one
line that says what it is, so that no digest of one sort can pass for another.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

JSON: TypeAlias = "str | int | bool | Sequence[JSON] | Mapping[str, JSON] | None"

EVENT: Final = b"signet-audit-event-v1\n"
BATCH: Final = b"signet-audit-batch-v1\n"
CHECKPOINT: Final = b"signet-audit-checkpoint-v1\n"
GENESIS: Final = bytes(32)

_MEMBER: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_INTEGER_MAX: Final = 2**53 - 1  # RFC 8785 §3.2.2.3: beyond, readers disagree


def encode(value: Mapping[str, Any]) -> bytes:
    """The one text of a value."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def digest(kind: bytes, value: Mapping[str, Any]) -> bytes:
    """SHA-256 over the line that names the kind and the value's one text: 32 bytes."""
    return hashlib.sha256(kind + encode(value)).digest()


def fact_digest(salt: bytes, name: str, value: str) -> bytes:
    """HMAC-SHA-256 of `name NUL value` under the fact's own salt: says nothing without the salt."""
    return hmac.digest(salt, f"{name}\0{value}".encode(), hashlib.sha256)


def instant(moment: datetime) -> str:
    """`2026-11-24T13:05:00.123456Z`: UTC, always six digits, what Postgres keeps."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def identifier(value: UUID | None) -> str | None:
    """A UUID in its usual text, or null."""
    return None if value is None else str(value)


def require_exact(value: Any) -> Any:
    """The value, if it has one text only; TypeError or ValueError names what has not."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > _INTEGER_MAX:
            raise ValueError(f"{value} is beyond 2^53 - 1: write it as text")
        return value
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str) or not _MEMBER.fullmatch(name):
                raise ValueError(f"{name!r} is no member name")
        return {name: require_exact(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [require_exact(inner) for inner in value]
    raise TypeError(f"a {type(value).__name__} has no exact text: write it as text or integer")
