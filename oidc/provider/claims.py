"""Which scope releases which claim (OpenID Connect Core §5.4; contract 2.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tenants.users.models import User


@dataclass(frozen=True, slots=True)
class Person:
    """The facts about a user that claims are made of; refresh reads them in its one statement."""

    id: UUID
    username: str
    name: str
    email: str
    is_verified: bool
    locale: str | None
    zoneinfo: str | None
    updated_at: datetime


def person_of(user: User) -> Person:
    """The facts of a loaded user."""
    return Person(
        user.id,
        user.username,
        user.name,
        user.email,
        user.is_verified,
        user.locale,
        user.zoneinfo,
        user.updated_at or user.created_at,
    )


def _profile(person: Person) -> dict[str, Any]:
    return {
        "name": person.name or None,
        "preferred_username": person.username,
        "locale": person.locale,
        "zoneinfo": person.zoneinfo,
        "updated_at": int(person.updated_at.timestamp()),
    }


def _email(person: Person) -> dict[str, Any]:
    if not person.email:
        return {}
    return {"email": person.email, "email_verified": person.is_verified}


_RELEASED: Final[Mapping[str, Any]] = {"profile": _profile, "email": _email}

# Discovery tells them; a test compares this with what is released.
SUPPORTED: Final = (
    "sub",
    "name",
    "preferred_username",
    "locale",
    "zoneinfo",
    "updated_at",
    "email",
    "email_verified",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "at_hash",
)


def released(person: Person, scopes: Iterable[str]) -> dict[str, Any]:
    """The claims that `scopes` release. What is not known is left out (§5.3.2)."""
    found: dict[str, Any] = {}
    for scope in scopes:
        if (of_scope := _RELEASED.get(scope)) is not None:
            found |= of_scope(person)
    return {name: value for name, value in found.items() if value is not None}
