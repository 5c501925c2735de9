"""RFC 6749 §4.4: a client acting for itself."""

from typing import Any

from oauthlib.oauth2 import ClientCredentialsGrant as OAuthlibClientCredentialsGrant
from oauthlib.oauth2 import UnauthorizedClientError


class ClientCredentials(OAuthlibClientCredentialsGrant):  # type: ignore[misc]  # no types
    """Tokens of the client's standing grant: no statement at all while the process knows it."""

    def validate_token_request(self, request: Any) -> None:
        """The client is authenticated already. §4.4: confidential clients only (TK08)."""
        if not request.client.is_confidential:
            raise UnauthorizedClientError
        self.validate_grant_type(request)
        self.validate_scopes(request)
