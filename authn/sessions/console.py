"""The console's door: whose session opens it, and whose rows are seen through it.

The cookie `signet-console` names the tenant whose session counts (no secret: a preference); without
it that is the platform's own tenant. Roles and the session are read anew at each request.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone

from authn.sessions import cookies, lifecycle
from authn.sessions.models import EndReason, LoginSession
from identity.console.door import NotAllowed, SignIn, Visitor
from identity.kernel.actors import Actor, ActorKind
from identity.kernel.client_events import origin_of
from identity.tenancy.scope import carried, platform_scope, tenant_scope
from tenants.registry import resolution
from tenants.registry.models import Tenant
from tenants.users.models import Role, User

Part = TypeVar("Part")
_COOKIE: Final = "signet-console"
_HOME: Final = "/console/"
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{1,62}")
# A preference; the session behind it ends far earlier.
_REMEMBERED_FOR: Final = timedelta(days=90)


class Door:
    """What `identity.console.door.Door` asks for (setting CONSOLE_DOOR)."""

    def admit(self, request: HttpRequest) -> Visitor | SignIn | NotAllowed:
        """Operators in the platform's tenant, administrators in every other one; nobody else."""
        tenant = _tenant(request)
        if tenant is None:
            return SignIn(_sign_in_url(request, Tenant.PLATFORM_SLUG))
        with tenant_scope(tenant.id):
            session = _session(request, tenant)
            if session is None:
                return SignIn(_sign_in_url(request, tenant.slug))
            lifecycle.touch(session=session, tenant=tenant, origin=origin_of(request))
        user = session.user
        opens = Role.PLATFORM_OPERATOR if tenant.is_platform else Role.TENANT_ADMIN
        if opens not in user.roles:
            return NotAllowed(user.display, tenant.slug, str(tenant))
        return Visitor(
            actor=_actor(user, request),
            name=user.display,
            tenant_id=tenant.id,
            tenant_slug=tenant.slug,
            tenant_name=str(tenant),
            is_operator=tenant.is_platform,
        )

    def select(self, response: HttpResponseBase, slug: str) -> None:
        """The session at `slug` counts from the next request on."""
        cookies.write(
            response,
            cookies.prefixed(_COOKIE),
            slug,
            expires_at=timezone.now() + _REMEMBERED_FOR,
        )

    def leave(self, request: HttpRequest) -> HttpResponseBase:
        """End the session that counts; its other accounts in this browser stay signed in."""
        tenant = _tenant(request)
        if tenant is None:
            return HttpResponseRedirect(_sign_in_url(request, Tenant.PLATFORM_SLUG))
        response = HttpResponseRedirect(f"/sign-in/{tenant.slug}/signed-out")
        with tenant_scope(tenant.id):
            held = cookies.sessions_of(request, tenant)
            if held:
                lifecycle.end(
                    session=held[0],
                    reason=EndReason.SIGNED_OUT,
                    actor=_actor(held[0].user, request),
                )
                cookies.forget(response, request, tenant, left=held[1:])
        return response

    def within(self, visitor: Visitor) -> AbstractContextManager[object]:
        """All rows for an operator, the tenant's own for its administrator."""
        return platform_scope() if visitor.is_operator else tenant_scope(visitor.tenant_id)

    def carried(self, parts: Iterable[Part]) -> Iterator[Part]:
        """The same parts under the scope of now."""
        return carried(parts)


def _tenant(request: HttpRequest) -> Tenant | None:
    slug = cookies.single(request, cookies.prefixed(_COOKIE)) or ""
    if _SLUG.fullmatch(slug):
        chosen = resolution.by_slug(slug)
        if chosen is not None:
            return chosen
    return resolution.platform()


def _session(request: HttpRequest, tenant: Tenant) -> LoginSession | None:
    """The account that is active in this browser; never another one that happens to be at hand."""
    held = cookies.sessions_of(request, tenant)
    return held[0] if held else None


def _sign_in_url(request: HttpRequest, slug: str) -> str:
    wanted = request.get_full_path() if request.method == "GET" else _HOME
    return f"/sign-in/{slug}/?next={quote(wanted, safe='/')}"


def _actor(user: User, request: HttpRequest) -> Actor:
    return Actor(
        ActorKind.USER,
        id=user.id,
        label=user.username,
        tenant_id=user.tenant_id,
        roles=frozenset(user.roles),
        origin=origin_of(request),
    )
