"""Bearer tokens at the native API: simplejwt's authentication class over our own verifier.

The library reads the header and speaks to django-rest-framework; keys, algorithms and the live
check stay ours: its own backend knows one global key and no grant.
"""

from datetime import timedelta
from typing import Any

from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import InvalidToken, TokenBackendError, TokenError
from rest_framework_simplejwt.tokens import Token

from authn.sessions.tokens.inspection import LiveToken, inspect
from authn.sessions.tokens.issuing import issuer_of
from tenants.registry.models import Tenant
from tenants.users.models import User


class TenantTokenBackend(TokenBackend):
    """Decodes with the tenant's keys by `kid`, and only what lives."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(algorithm="EdDSA")
        self.tenant = tenant
        self.live: LiveToken | None = None

    def decode(
        self,
        token: Any,
        verify: bool = True,  # noqa: FBT001, FBT002 - the library's signature
    ) -> dict[str, Any]:
        """The claims of a live token; TokenBackendError for any other."""
        value = token.decode("ascii", "replace") if isinstance(token, bytes) else str(token)
        self.live = inspect(tenant=self.tenant, value=value)
        if self.live is None:
            raise TokenBackendError("Token is invalid")
        return self.live.claims

    def encode(self, payload: dict[str, Any]) -> str:
        """Never: tokens are made by `tokens.access_token`."""
        raise NotImplementedError


class GrantToken(Token):
    """An access token of ours in simplejwt's words."""

    token_type = "access"  # noqa: S105  the library's word for a kind, no secret
    lifetime = timedelta(minutes=5)

    def __init__(self, token: bytes, tenant: Tenant) -> None:
        self._backend = TenantTokenBackend(tenant)
        super().__init__(token)  # type: ignore[arg-type]

    def get_token_backend(self) -> TenantTokenBackend:
        """The tenant's own."""
        return self._backend

    def verify(self) -> None:
        """Everything was judged by `tokens.inspect`, by our own claim names."""

    @property
    def live(self) -> LiveToken:
        """What `tokens.inspect` found."""
        if self._backend.live is None:
            raise TokenError("Token is invalid")
        return self._backend.live


class BearerAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access token>` of a person, meant for the issuer itself.

    The tenant is the one that `CredentialMiddleware` found; the token must be that tenant's.
    `request.auth` is the LiveToken.
    """

    def authenticate(  # type: ignore[override]  # LiveToken is our credential, not the library's
        self, request: Request
    ) -> tuple[User, LiveToken] | None:
        """The person and the token; None without a bearer token, InvalidToken for a bad one."""
        header: bytes | None = self.get_header(request)
        raw = self.get_raw_token(header) if header else None
        if raw is None or raw.startswith(b"api_"):
            return None
        tenant = getattr(request, "tenant", None)
        if not isinstance(tenant, Tenant):
            raise InvalidToken
        try:
            live = GrantToken(raw, tenant).live
        except TokenError as problem:
            raise InvalidToken from problem
        if live.user is None or not live.is_for(issuer_of(tenant)):
            raise InvalidToken
        return live.user, live
