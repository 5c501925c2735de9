"""API keys at the native API. Bearer tokens are in `tokens.bearer`."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from authn.authenticators.api_keys import AuthenticatedKey
from tenants.users.models import User


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-Key`, or a bearer of an API key's form (contract 6.13); `request.auth` is the key.

    The key itself was judged by `CredentialMiddleware`, which had to know its tenant.
    """

    def authenticate(self, request: Request) -> tuple[User, AuthenticatedKey] | None:
        """The key's owner and the key; None when none was presented."""
        missing = object()
        found: Any = getattr(request, "api_key", missing)
        if found is missing:
            return None
        if found is None:
            raise AuthenticationFailed("Invalid API key")
        return found.owner, found

    def authenticate_header(self, _request: Request) -> str:
        """Makes a missing credential a 401 and not a 403."""
        return 'Bearer realm="api"'
