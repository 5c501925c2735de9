"""How svzkp-1 writes bytes, and what text its fields take. Refusals here are about form alone."""

import unicodedata
from typing import Final

from identity.kernel.errors import Invalid
from tenants.keys.base64url import decoded

PROTO_VERSION: Final = "svzkp-1"
# First byte of everything sealed.
VERSION: Final = b"\x01"

_LONGEST_PREFIXED: Final = 0xFFFF
_USERNAME_CHARACTERS: Final = 128
# Ours have 44; other issuers of requests may write longer ones.
_REQUEST_ID_CHARACTERS: Final = 255


def prefixed(value: bytes | str) -> bytes:
    """`u16(length) ‖ value`, text as UTF-8. Raises ValueError beyond 65,535 bytes."""
    raw = value.encode() if isinstance(value, str) else value
    if len(raw) > _LONGEST_PREFIXED:
        raise ValueError("too long for a length prefix of 16 bits")
    return len(raw).to_bytes(2, "big") + raw


def u8(value: int) -> bytes:
    """One byte."""
    return value.to_bytes(1, "big")


def require_bytes(text: str, *lengths: int, field: str) -> bytes:
    """The bytes behind canonical base64url of exactly one of these lengths. Raises Invalid.

    The length is looked at first: no long text is ever decoded.
    """
    if len(text) not in {(8 * length + 5) // 6 for length in lengths}:
        raise Invalid(field, "has the wrong length")
    try:
        return decoded(text)
    except ValueError:
        raise Invalid(field, "is not base64url in its one spelling") from None


def require_version(text: str, *, field: str = "proto_version") -> None:
    """Raise Invalid for a version that is not spoken here; naming it tells nothing of anybody."""
    if text != PROTO_VERSION:
        raise Invalid(field, "is not supported")


def require_username(text: str, *, field: str = "username") -> str:
    """The name exactly as sent: 1 to 128 characters in NFC. Raises Invalid."""
    if not 0 < len(text) <= _USERNAME_CHARACTERS:
        raise Invalid(field, f"must have 1 to {_USERNAME_CHARACTERS} characters")
    if not unicodedata.is_normalized("NFC", text):
        raise Invalid(field, "is not in normalisation form C")
    return _storable(text, field)


def require_request_id(text: str, *, field: str = "auth_req_id") -> str:
    """The id of an authorization request exactly as sent; empty outside of one. Raises Invalid."""
    if len(text) > _REQUEST_ID_CHARACTERS:
        raise Invalid(field, "is too long")
    return _storable(text, field)


def _storable(text: str, field: str) -> str:
    # A lone surrogate has no UTF-8, and Postgres takes no NUL.
    if "\x00" in text or any(unicodedata.category(character) == "Cs" for character in text):
        raise Invalid(field, "contains characters that are not allowed")
    return text
