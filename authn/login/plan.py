"""Which step comes next. Pure: no query, no clock, no order in the client's hands."""

from dataclasses import dataclass
from typing import Final

IDENTIFIER: Final = "identifier"
PASSWORD: Final = "password"  # noqa: S105  a step's name, no secret
EMAIL: Final = "email"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the plan depends on. `is_verified` is about the person named; where nobody bears
    the name it is True, for the steps of nobody are those of most people (EN01)."""

    has_identifier: bool = False
    methods: tuple[str, ...] = ()
    is_verified: bool = True


def next_step(facts: Facts) -> str | None:
    """The step that is owed now; None when the sign-in may complete."""
    if not facts.has_identifier:
        return IDENTIFIER
    if PASSWORD not in facts.methods:
        return PASSWORD
    if not facts.is_verified:
        return EMAIL
    return None
