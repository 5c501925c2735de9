"""Whose request it is at the native API, before any view: the credential leads to the tenant."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from authn.authenticators import api_keys
from authn.sessions.tokens import issuer_of
from identity.kernel.client_events import origin_of
from identity.tenancy.scope import tenant_scope
from tenants.registry import resolution
from tenants.registry.models import Tenant

API_KEY_HEADER: Final = "HTTP_X_API_KEY"
_MAX_CHARACTERS: Final = 8_192
_SEGMENTS: Final = 3


class CredentialMiddleware:
    """Runs views under `/api/` (but `/api/oidc/`, which names its tenant itself) in the scope of
    the tenant whose credential is presented, and leaves `request.tenant` and `request.api_key`.

    A bearer token's `iss` only says whose keys to try: the authentication class verifies it. With
    two different credentials neither counts: which one was meant is not for us to guess.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        path = request.path_info
        if not path.startswith("/api/") or path.startswith("/api/oidc/"):
            return self.get_response(request)
        tenant = _tenant_of(request)
        if tenant is None:
            return self.get_response(request)
        request.tenant = tenant
        with tenant_scope(tenant.id):
            return self.get_response(request)


def _tenant_of(request: Any) -> Tenant | None:
    scheme, _, bearer = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    bearer = bearer.strip() if scheme.lower() == "bearer" else ""
    key = request.META.get(API_KEY_HEADER, "")
    if not key and bearer.startswith("api_"):
        key, bearer = bearer, ""
    if key and bearer:
        return None
    if key:
        found = api_keys.authenticate(presented=key, origin=origin_of(request))
        request.api_key = found
        return found.tenant if found else None
    return _tenant_named_in(bearer) if bearer else None


def _tenant_named_in(token: str) -> Tenant | None:
    """The tenant whose issuer a token claims to be from; nothing is believed of it yet."""
    parts = token.split(".")
    if len(parts) != _SEGMENTS or len(token) > _MAX_CHARACTERS:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError, RecursionError):
        return None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    if not isinstance(issuer, str):
        return None
    tenant = resolution.by_slug(issuer.rpartition("/")[2])
    return tenant if tenant is not None and issuer_of(tenant) == issuer else None
