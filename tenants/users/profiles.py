"""What is said about a person, checked as a whole: nothing half-checked is ever stored."""

import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Self, TypedDict

from identity.kernel.errors import Invalid
from identity.kernel.text import require_plain
from tenants.registry.models import Tenant
from tenants.users.identifiers import require_email, require_username
from tenants.users.models import Role, User

_LONGEST_NAME: Final = 200
_LONGEST_EXTERNAL_ID: Final = 256
# RFC 5646 §2.1: language and subtags; at most 35 characters are worth keeping (§4.4.1).
_LOCALE: Final = re.compile(r"(?=.{2,35}\Z)[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


class Changes(TypedDict, total=False):
    """What `accounts.update` may be given."""

    username: str
    email: str
    name: str
    is_verified: bool
    is_disabled: bool
    locale: str | None
    zoneinfo: str | None
    roles: Iterable[str]
    external_id: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """All of a person that others may set."""

    username: str
    email: str
    name: str = ""
    is_verified: bool = False
    is_disabled: bool = False
    locale: str | None = None
    zoneinfo: str | None = None
    roles: Iterable[str] = ()
    external_id: str | None = None

    @classmethod
    def of(cls, user: User) -> Self:
        """As it stands."""
        return cls(**{name: getattr(user, name) for name in cls.__slots__})

    def checked(self, tenant: Tenant) -> Self:
        """In the form that is stored. Raises Invalid.

        Where a tenant knows people by e-mail only, the address is the user name (contract 2.5).
        """
        email = require_email(self.email)
        is_by_email = not tenant.policy.has_username_and_email
        return replace(
            self,
            username=email if is_by_email else require_username(self.username),
            email=email,
            name=_within("name", self.name, _LONGEST_NAME) or "",
            locale=_locale(self.locale),
            zoneinfo=_zone(self.zoneinfo),
            roles=_roles(self.roles, tenant),
            external_id=_within("external_id", self.external_id, _LONGEST_EXTERNAL_ID),
        )

    def differences(self, other: Self) -> list[str]:
        """Names of the fields in which the two differ."""
        return [name for name in self.__slots__ if getattr(self, name) != getattr(other, name)]


def _within(field: str, text: str | None, longest: int) -> str | None:
    value = require_plain(text or "", field)
    if len(value) > longest:
        raise Invalid(field, f"must have at most {longest} characters")
    return value or None


def _locale(tag: str | None) -> str | None:
    if tag and _LOCALE.fullmatch(tag) is None:
        raise Invalid("locale", 'must be a language tag such as "en" or "de-CH"')
    return tag or None


def _zone(name: str | None) -> str | None:
    if name and name not in _zones():
        raise Invalid("zoneinfo", 'must be a time zone such as "Europe/Zurich"')
    return name or None


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _roles(roles: Iterable[str], tenant: Tenant) -> list[str]:
    wanted = set(roles)
    if unknown := wanted - set(Role.values):
        raise Invalid("roles", f"has no role {min(unknown)}")
    if Role.PLATFORM_OPERATOR in wanted and not tenant.is_platform:
        raise Invalid("roles", "platform_operator exists in the platform's own tenant only")
    return sorted(str(role) for role in wanted)
