"""Which tenant, sign-in and web page a request of this face speaks for (protocol §4.4, §6 step 3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rest_framework.request import Request

from authn.authenticators import web_origins
from authn.authenticators.zkp import encoding
from authn.authenticators.zkp.transcript import Exchange
from authn.facades.native.wording import QueryMistake, WrongOrigin
from authn.login import attempts
from authn.login.models import LoginAttempt
from identity.kernel.actors import Origin
from identity.kernel.client_events import origin_of
from identity.kernel.errors import NotFound, Refused
from identity.tenancy.scope import tenant_scope
from tenants.registry import resolution
from tenants.registry.models import Tenant


@dataclass(frozen=True, slots=True)
class Place:
    """`attempt` is the browser's sign-in that the request names; None outside of one."""

    tenant: Tenant
    origin: Origin
    web_origin: str | None
    attempt: LoginAttempt | None

    def exchange(self, username: str, *, is_in_request: bool = True) -> Exchange:
        """What a proof made here is bound to; False: never to an authorization request (§4.4).

        Raises Invalid, and WrongOrigin for a page from which the tenant takes no proofs.
        """
        encoding.require_username(username)
        if self.web_origin is None:
            raise WrongOrigin("This page may not ask")
        return Exchange(
            tenant_id=self.tenant.slug,
            username=username,
            origin=self.web_origin,
            auth_req_id=self.attempt.public_id if self.attempt and is_in_request else "",
        )


@contextmanager
def entered(request: Request) -> Iterator[Place]:
    """The place of the request, in whose tenant's scope the block runs.

    Raises QueryMistake, NotFound for an unknown tenant, and Refused where the request names two
    tenants, or a sign-in that is over.
    """
    tenant = tenant_of(request)
    with tenant_scope(tenant.id):
        yield Place(
            tenant=tenant,
            origin=origin_of(request._request),  # noqa: SLF001 - the library's documented way down
            web_origin=web_origins.accepted(tenant, request.META.get("HTTP_ORIGIN")),
            attempt=_attempt(request, tenant),
        )


def tenant_of(request: Request) -> Tenant:
    """The one tenant that sign-in, query, credential or host name. Raises as `entered`."""
    named = _named(request)
    credential: Tenant | None = getattr(request, "tenant", None)
    if named is None:
        named = credential or resolution.by_host(request.get_host())
    if named is None:
        raise QueryMistake({"tenant_id": "This parameter is required."}, code="required")
    if credential is not None and credential.id != named.id:
        raise Refused("The request names two tenants")
    return named


def parameter(request: Request, name: str) -> str:
    """A parameter of the query; "" without it. Given twice, nobody can tell which is meant."""
    given = request.query_params.getlist(name)
    if len(given) > 1:
        raise QueryMistake({name: "This parameter may be given once."}, code="repeated")
    return given[0] if given else ""


def required_parameter(request: Request, name: str) -> str:
    """The same; QueryMistake without it."""
    value = parameter(request, name)
    if not value:
        raise QueryMistake({name: "This parameter is required."}, code="required")
    return value


def _named(request: Request) -> Tenant | None:
    auth_req_id, slug = parameter(request, "auth_req_id"), parameter(request, "tenant_id")
    if auth_req_id:
        tenant_id = attempts.tenant_id_in(auth_req_id)
        tenant = resolution.by_id(tenant_id) if tenant_id else None
        if tenant is None:
            raise Refused("This sign-in is over")
        if slug and slug != tenant.slug:
            raise Refused("The request names two tenants")
        return tenant
    if not slug:
        return None
    tenant = resolution.by_slug(slug)
    if tenant is None:
        raise NotFound("There is no such tenant")
    return tenant


def _attempt(request: Request, tenant: Tenant) -> LoginAttempt | None:
    auth_req_id = parameter(request, "auth_req_id")
    if not auth_req_id:
        return None
    attempt = attempts.find(tenant=tenant, auth_req_id=auth_req_id)
    # What a machine began belongs to no browser: no ticket could ever be applied to it.
    if attempt is None or not attempt.is_open or not attempt.browser_digest:
        raise Refused("This sign-in is over")
    return attempt
