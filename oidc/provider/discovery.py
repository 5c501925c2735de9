"""Discovery (OpenID Connect Discovery §3, RFC 8414) and the tenant's keys: prepared bytes.

The document tells what is true, and nothing that is not (PK08): a test walks it against the code.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from authn.login import assurance
from oidc.consents import scopes as scope_words
from oidc.provider import claims
from oidc.provider.checks.prompt import PROMPTS
from oidc.provider.client_authentication import METHODS
from oidc.provider.errors import no_tenant
from oidc.provider.issuer import PREFIX
from tenants.clients.models import GrantType, SigningAlgorithm
from tenants.keys import jwks as published
from tenants.registry import resolution
from tenants.registry.scoping import in_tenant

DOCUMENT: Final = "openid-configuration"
KEYS: Final = "jwks"
# Nothing in it changes but with a release; a quarter of an hour as for the keys.
_CACHE_CONTROL: Final = "public, max-age=900"


class Prepared(NamedTuple):
    """An answer that is the same for everybody."""

    body: bytes
    etag: str
    content_type: str
    cache_control: str

    def headers(self) -> list[tuple[str, str]]:
        """Any page may read it: there is nothing secret in it, and no cookie is looked at."""
        return [
            ("Content-Type", self.content_type),
            ("Cache-Control", self.cache_control),
            ("ETag", self.etag),
            ("Access-Control-Allow-Origin", "*"),
            ("X-Content-Type-Options", "nosniff"),
        ]


@lru_cache(maxsize=20_000)  # twice the tenants a deployment is sized for
def document(slug: str) -> Prepared:
    """The tenant's discovery document."""
    body = orjson.dumps(_described(f"{settings.PUBLIC_URL}{PREFIX}{slug}"))
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    return Prepared(body, etag, "application/json", _CACHE_CONTROL)


def keys(found: published.Jwks) -> Prepared:
    """The tenant's JWK Set."""
    return Prepared(found.body, found.etag, published.CONTENT_TYPE, published.CACHE_CONTROL)


def known(slug: str, name: str) -> Prepared | None:
    """What this process can answer at once, in front of Django; None: ask Django."""
    tenant = resolution.known(slug)
    if tenant is None:
        return None
    if name == DOCUMENT:
        return document(slug)
    if name == KEYS and (found := published.known(tenant.id)) is not None:
        return keys(found)
    return None


def is_fresh(prepared: Prepared, if_none_match: str) -> bool:
    """RFC 9110 §13.1.2: whether the caller holds these bytes already."""
    candidates = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in candidates or prepared.etag in candidates


@require_http_methods(["GET", "HEAD"])
@in_tenant(on_missing=no_tenant)
def configuration(request: Any) -> HttpResponse:
    """`{issuer}/.well-known/openid-configuration`, and RFC 8414's path to the same."""
    return _response(request, document(request.tenant.slug))


@require_http_methods(["GET", "HEAD"])
@in_tenant(on_missing=no_tenant)
def jwks(request: Any) -> HttpResponse:
    """`{issuer}/.well-known/jwks`."""
    return _response(request, keys(published.document(request.tenant.id)))


def _response(request: HttpRequest, prepared: Prepared) -> HttpResponse:
    tag = request.META.get("HTTP_IF_NONE_MATCH", "")
    if tag and is_fresh(prepared, tag):
        response = HttpResponse(status=304)
        del response.headers["Content-Type"]
    else:
        response = HttpResponse(prepared.body)
    for name, value in prepared.headers():
        response.headers[name] = value
    return response


def _described(issuer: str) -> dict[str, Any]:
    secret_methods = [method for method in METHODS if method != "none"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/.well-known/jwks",
        "end_session_endpoint": f"{issuer}/logout",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "scopes_supported": list(scope_words.BY_NAME),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GrantType.values),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(SigningAlgorithm.values),
        "token_endpoint_auth_methods_supported": list(METHODS),
        "introspection_endpoint_auth_methods_supported": secret_methods,
        "revocation_endpoint_auth_methods_supported": list(METHODS),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": list(PROMPTS),
        # Two factors exist as a class already, but nothing here reaches it yet.
        "acr_values_supported": [assurance.ONE_FACTOR],
        "claims_supported": list(claims.SUPPORTED),
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["en"],
    }
