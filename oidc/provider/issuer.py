"""Addresses of one tenant's provider. The issuer is PUBLIC_URL's, never the request's word."""

from typing import Final

from django.conf import settings

from tenants.registry.models import Tenant

PREFIX: Final = "/api/oidc/"


def issuer_of(tenant: Tenant) -> str:
    """The issuer identifier (OpenID Connect Discovery §3): the same string in every place."""
    return f"{settings.PUBLIC_URL}{PREFIX}{tenant.slug}"


def slug_in(issuer: object) -> str:
    """The tenant's slug in one of our issuers; "" if it is none of ours."""
    start = f"{settings.PUBLIC_URL}{PREFIX}"
    if not isinstance(issuer, str) or not issuer.startswith(start):
        return ""
    return issuer.removeprefix(start)


def page(tenant: Tenant, name: str) -> str:
    """The path of a page of this room: resume, consent, logout."""
    return f"/sign-in/{tenant.slug}/oidc/{name}"
