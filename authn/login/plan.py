"""Which step comes next. Pure: no query, no clock, no order in the client's hands."""

from dataclasses import dataclass
from typing import Final

IDENTIFIER: Final = "identifier"
PASSWORD: Final = "password"  # noqa: S105  a step's name, no secret
IMAGE: Final = "image"
EMAIL: Final = "email"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the plan depends on. `is_verified` is about the person named; where nobody bears
    the name it is True, for the steps of nobody are those of most people (EN01).
    `may_use_password` is the tenant's word; `is_picture_alone`: what was proved is a file that can
    be copied, without PIN or pattern."""

    has_identifier: bool = False
    methods: tuple[str, ...] = ()
    is_verified: bool = True
    may_use_password: bool = True
    is_picture_alone: bool = False


def next_step(facts: Facts) -> str | None:
    """The step that is asked for now; None when the sign-in may complete."""
    return next(iter(choices(facts)), None)


def choices(facts: Facts) -> tuple[str, ...]:
    """The steps of which one is owed now, the one that is asked for first; empty when none is.

    Which ones there are depends on the tenant and not on the person named (EN07).
    """
    if not facts.has_identifier:
        return (IDENTIFIER,)
    if PASSWORD not in facts.methods:
        if IMAGE not in facts.methods:
            return (PASSWORD, IMAGE) if facts.may_use_password else (IMAGE,)
        if facts.is_picture_alone:
            return (PASSWORD,)
    return () if facts.is_verified else (EMAIL,)
