"""Who stands at the console's door.

This floor knows no session, user or tenant: a room above answers, named by the setting
`CONSOLE_DOOR` (dotted path of a class without arguments that fits `Door`).
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from identity.kernel.actors import Actor

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may use the console now: an operator of the platform sees every tenant, an
    administrator the own tenant only."""

    actor: Actor
    name: str
    tenant_id: UUID
    tenant_slug: str
    tenant_name: str
    is_operator: bool


@dataclass(frozen=True, slots=True)
class SignIn:
    """Nobody is signed in: the page where one does, which leads back."""

    url: str


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """Somebody is signed in whose roles do not open the console (AD14)."""

    name: str
    tenant_slug: str
    tenant_name: str


class Door(Protocol):
    """What the room that knows sessions offers."""

    def admit(self, request: HttpRequest) -> Visitor | SignIn | NotAllowed:
        """Who asks, judged by the rows as they stand at this request (AD11)."""

    def select(self, response: HttpResponseBase, slug: str) -> None:
        """From the next request on the session at the tenant `slug` counts."""

    def leave(self, request: HttpRequest) -> HttpResponseBase:
        """Sign out there; the page that says so."""

    def within(self, visitor: Visitor) -> AbstractContextManager[object]:
        """The rows that this visitor may see exist inside the block, and no others."""

    def carried(self, parts: Iterable[Part]) -> Iterator[Part]:
        """The same parts, each made under the scope of the moment of this call."""


def keeper() -> Door:
    """Who keeps the door."""
    door: Door = import_string(settings.CONSOLE_DOOR)()
    return door


def visitor_of(request: HttpRequest) -> Visitor:
    """The visitor of a request that `ConsoleSite.admin_view` let in."""
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    return visitor
