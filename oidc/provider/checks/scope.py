"""What is asked for."""

from oidc.consents import scopes as scope_words
from oidc.provider.errors import AuthorizationError
from oidc.provider.request import Asked
from tenants.clients.models import GrantType


def something_is_asked(asked: Asked) -> None:
    """RFC 6749 §3.3: no default scope is defined, so an empty request fails with invalid_scope."""
    if not asked.scopes:
        raise AuthorizationError("invalid_scope", "No known scope was asked for")


def client_may_ask(asked: Asked) -> None:
    """RFC 6749 §4.1.2.1, invalid_scope: only what was registered for the client (AZ19)."""
    client = asked.client
    allowed = frozenset(client.allowed_scopes if client else ())
    if not allowed.issuperset(asked.scopes):
        raise AuthorizationError("invalid_scope", "A scope is not open to this client")
    if (
        scope_words.OFFLINE_ACCESS in asked.scopes
        and client is not None
        and not client.allows_grant_type(GrantType.REFRESH_TOKEN)
    ):
        raise AuthorizationError("invalid_scope", "offline_access needs the refresh_token grant")
