"""Who does a thing, and from where: handed to every command, written to every audit row."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self
from uuid import UUID


class ActorKind(StrEnum):
    """What sort of principal acts."""

    SYSTEM = "system"
    COMMAND_LINE = "command_line"
    ANONYMOUS = "anonymous"
    USER = "user"
    CLIENT = "client"
    API_KEY = "api_key"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from. `ip` is the address behind trusted proxies only."""

    ip: str | None = None
    user_agent: str = ""
    country: str | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """The principal behind a command.

    `id` is the primary key of the user, client or API key; `owner_id` the user behind an API key;
    `scopes` what the credential allows (None: not limited by scopes), `roles` what its owner may.
    """

    kind: ActorKind
    id: UUID | None = None
    label: str = ""
    tenant_id: UUID | None = None
    owner_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    origin: Origin = field(default_factory=Origin)

    def at(self, origin: Origin) -> Self:
        """The same actor, seen from `origin`."""
        return replace(self, origin=origin)


SYSTEM = Actor(ActorKind.SYSTEM, label="signet")
COMMAND_LINE = Actor(ActorKind.COMMAND_LINE, label="command line")


def anonymous(origin: Origin, tenant_id: UUID | None = None) -> Actor:
    """Somebody who has not proved anything yet."""
    return Actor(ActorKind.ANONYMOUS, tenant_id=tenant_id, origin=origin)
