"""Domain errors: they know a code, a detail safe to show, and data; never HTTP.

Each edge (native API, OAuth, SCIM, faces, pages) words them in one table of its own.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """Base of what commands refuse. `detail` may be shown to the caller, `data` may be logged."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str, **data: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.data: Mapping[str, Any] = data


class Invalid(DomainError):
    """A value is not acceptable. `field` names it as the command's parameter is named."""

    code = "invalid"

    def __init__(self, field: str, detail: str, **data: Any) -> None:
        super().__init__(f"{field} {detail}", **data)
        self.field = field
        self.problem = detail


class NotFound(DomainError):
    """What was asked for does not exist for this actor, in this tenant."""

    code = "not_found"


class Conflict(DomainError):
    """A unique value is taken. `field` names it."""

    code = "conflict"

    def __init__(self, field: str, detail: str, **data: Any) -> None:
        super().__init__(detail, **data)
        self.field = field


class Forbidden(DomainError):
    """The actor may not do this."""

    code = "forbidden"


class Refused(DomainError):
    """A rule of the business says no, now: the last administrator, a locked client."""

    code = "refused"


class Blocked(DomainError):
    """Too many failures or requests; `retry_after_seconds` tells when to come back."""

    code = "blocked"

    def __init__(self, retry_after_seconds: int, detail: str = "Too many attempts") -> None:
        super().__init__(detail, retry_after_seconds=retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds
