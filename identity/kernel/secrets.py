"""Random secrets: made here, shown once, kept as keyed digests."""

import hashlib
import hmac
import re
import secrets
import string
from typing import Final

from identity.kernel.cipher import subkey
from identity.kernel.errors import Invalid

MINIMUM_GIVEN_LENGTH: Final = 24
MAXIMUM_GIVEN_LENGTH: Final = 512
# Fewer different characters than this are a pattern, however long.
MINIMUM_DISTINCT: Final = 8
_BASE36: Final = string.ascii_lowercase + string.digits
API_KEY_FORM: Final = re.compile(r"api_[a-z0-9]{24}")


class Secret(str):
    """Text that refuses to show itself: `repr` and formatting print a mask, `.reveal()` not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"

    def __format__(self, spec: str) -> str:
        return "…"

    def reveal(self) -> str:
        """The plain text."""
        return str.__str__(self)


def generate(prefix: str, byte_count: int = 32) -> Secret:
    """A new secret `prefix` + base64url of `byte_count` random bytes (32: 256 bits)."""
    return Secret(prefix + secrets.token_urlsafe(byte_count))


def generate_api_key() -> Secret:
    """`api_` and 24 of [a-z0-9] (124 bits), the form that contract 6.13 fixes."""
    return Secret("api_" + "".join(secrets.choice(_BASE36) for _ in range(24)))


def digest(value: str, purpose: str) -> bytes:
    """32 bytes: HMAC-SHA256 under a key of this installation and `purpose`.

    For random secrets only: they need no slow hash, and a stolen database alone says nothing even
    about a guessed value.
    """
    return hmac.digest(subkey(f"digest/{purpose}"), value.encode(), hashlib.sha256)


def equal(left: bytes | str, right: bytes | str) -> bool:
    """Comparison in constant time."""
    return secrets.compare_digest(
        left.encode() if isinstance(left, str) else left,
        right.encode() if isinstance(right, str) else right,
    )


def require_strong(value: str, field: str) -> str:
    """Refuse a given (not generated) secret that can be guessed: short, or one repeated pattern.

    Raises Invalid. The floor of 24 characters is the issue's; an API key has its own form.
    """
    if len(value) < MINIMUM_GIVEN_LENGTH:
        raise Invalid(field, f"must have at least {MINIMUM_GIVEN_LENGTH} characters")
    if len(value) > MAXIMUM_GIVEN_LENGTH or not value.isprintable():
        raise Invalid(field, f"must be printable and of at most {MAXIMUM_GIVEN_LENGTH} characters")
    if is_repetition(value) or len(set(value)) < MINIMUM_DISTINCT:
        raise Invalid(field, "repeats one pattern; use a random value")
    return value


def is_repetition(value: str) -> bool:
    """True if the value is one shorter piece said at least twice ("abcabcab…")."""
    doubled = (value + value)[1:-1]
    if value in doubled:
        return True
    return any(
        value == (value[:size] * (len(value) // size + 1))[: len(value)]
        for size in range(1, len(value) // 2 + 1)
    )
