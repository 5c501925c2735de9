"""RFC 6749 §6, rotating (RFC 9700 §4.14.2)."""

from typing import Any

from django.db import transaction
from oauthlib.oauth2 import InvalidGrantError, InvalidRequestError, InvalidScopeError
from oauthlib.oauth2 import RefreshTokenGrant as OAuthlibRefreshTokenGrant


class RefreshToken(OAuthlibRefreshTokenGrant):  # type: ignore[misc]  # no types
    """One statement uses the token up, checks everything behind it and issues the successor."""

    def create_token_response(self, request: Any, token_handler: Any) -> Any:
        """Commit in either case: a reused token ends its family (decision D2)."""
        with transaction.atomic():
            return super().create_token_response(request, token_handler)

    def validate_token_request(self, request: Any) -> None:
        """The client is authenticated already. Raises what RFC 6749 §5.2 names."""
        self.validate_grant_type(request)
        if not request.refresh_token:
            raise InvalidRequestError(description="refresh_token is missing")
        if not self.request_validator.validate_refresh_token(
            request.refresh_token, request.client, request
        ):
            raise InvalidScopeError if request.is_scope_wider else InvalidGrantError
