"""RFC 6749 §4.1.3, with PKCE (RFC 7636 §4.5)."""

from typing import Any

from django.db import transaction
from oauthlib.oauth2 import AuthorizationCodeGrant, InvalidGrantError, InvalidRequestError


class AuthorizationCode(AuthorizationCodeGrant):  # type: ignore[misc]  # no types
    """One statement consumes the code and reads all that it stands for; it decides races, too."""

    def create_token_response(self, request: Any, token_handler: Any) -> Any:
        """Commit in either case: a refused code is burnt (decision D1)."""
        with transaction.atomic():
            return super().create_token_response(request, token_handler)

    def validate_token_request(self, request: Any) -> None:
        """The client is authenticated already. Raises what RFC 6749 §5.2 names."""
        self.validate_grant_type(request)
        if not request.code:
            raise InvalidRequestError(description="code is missing")
        if not self.request_validator.validate_code(
            request.client_id, request.code, request.client, request
        ):
            raise InvalidGrantError
