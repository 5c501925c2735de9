"""How the answer shall come."""

from oidc.provider.errors import AuthorizationError
from oidc.provider.request import Asked
from tenants.clients.models import GrantType


def type_is_code(asked: Asked) -> None:
    """RFC 9700 §2.1.2: code only; no token ever stands in a redirect (AZ03, AZ04)."""
    response_type = asked.parameters.get("response_type")
    if not response_type:
        raise AuthorizationError("invalid_request", "response_type is missing")
    if response_type != "code":
        raise AuthorizationError("unsupported_response_type")


def client_may_use_codes(asked: Asked) -> None:
    """RFC 6749 §4.1.2.1, unauthorized_client: a machine client has no business with people."""
    if asked.client is None or not asked.client.allows_grant_type(GrantType.AUTHORIZATION_CODE):
        raise AuthorizationError("unauthorized_client")


def mode_is_query(asked: Asked) -> None:
    """OAuth 2.0 Multiple Response Types §2.1: `query`, code's default, is the one offered."""
    if asked.parameters.get("response_mode") not in {"", "query"}:
        raise AuthorizationError("invalid_request", "response_mode is not supported")
