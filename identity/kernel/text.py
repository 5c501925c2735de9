"""Comparison form of names and addresses, and the refusal of characters that no name holds."""

import unicodedata

from identity.kernel.errors import Invalid

_FORBIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def fold(value: str) -> str:
    """The key under which two spellings are one: NFKC, case-folded, NFKC again.

    Folded in Python and compared with `=` under COLLATE "C", because `lower()` and `LIKE` are not
    leakproof and would scan the table under row-level security.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())


def require_plain(value: str, field: str) -> str:
    """`value` stripped of outer white space; Invalid if it holds control or invisible characters.

    Refuses NUL (Postgres cannot store it), bidirectional overrides and zero-width characters
    (two names that look alike), unassigned and surrogate code points.
    """
    stripped = value.strip()
    if any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in stripped):
        raise Invalid(field, "contains characters that are not allowed")
    return stripped
