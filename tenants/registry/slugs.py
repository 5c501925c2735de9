"""Which slugs a tenant may have (wire name `tenant_id`, contract 2.2)."""

import re
from typing import Final

from identity.kernel.errors import Invalid

_FORM: Final = re.compile(r"[a-z0-9][a-z0-9_-]{1,62}")

# They would collide with fixed segments of the paths under /api/ (contract 2.2), or, like
# `platform`, name Signet's own tenant.
RESERVED: Final = frozenset(
    {
        "authorize",
        "batch",
        "client",
        "client-tenant",
        "logout",
        "me",
        "platform",
        "token",
        "userinfo",
    }
)


def require_slug(slug: str) -> str:
    """The slug itself, if a tenant may be called so. Raises Invalid."""
    if _FORM.fullmatch(slug) is None:
        raise Invalid(
            "slug",
            "must be 2 to 63 characters of a-z, 0-9, _ and -, starting with a letter or digit",
        )
    if slug in RESERVED:
        raise Invalid("slug", "is reserved")
    return slug
