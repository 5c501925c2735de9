"""Oauthlib's token endpoint with Signet's three grants, and the request that it works on."""

from typing import Any

from django.http import HttpRequest
from oauthlib.common import CaseInsensitiveDict
from oauthlib.common import Request as OAuthlibRequest
from oauthlib.oauth2 import (
    InvalidClientError,
    InvalidRequestError,
    OAuth2Error,
    TokenEndpoint,
    UnsupportedGrantTypeError,
)

from oidc.provider.bearer import Bearer
from oidc.provider.grants import AuthorizationCode, ClientCredentials, RefreshToken
from oidc.provider.parameters import Parameters
from oidc.provider.standing import Standing
from tenants.registry.models import Tenant

# (headers, body, status), oauthlib's word for an answer.
Answer = tuple[dict[str, str], str, int]


class TokenRequest(OAuthlibRequest):  # type: ignore[misc]  # no types
    """A request read already: oauthlib's own constructor would encode, decode and parse it again."""

    def __init__(self, http: HttpRequest, tenant: Tenant, form: Parameters) -> None:
        self.uri = http.path
        self.http_method = http.method or ""
        origin = http.META.get("HTTP_ORIGIN")
        self.headers = CaseInsensitiveDict({"Origin": origin} if origin else {})
        self.body = ""
        self.decoded_body = list(form.values.items())
        self.oauth_params: list[tuple[str, str]] = []
        self.validator_log: dict[str, Any] = {}
        self._params: dict[str, Any] = dict.fromkeys(_NAMES) | form.values
        self.http = http
        self.tenant = tenant
        self.form = form
        # Set while the request is validated.
        self.standing: Standing | None = None
        self.next_refresh_token: str = ""


class Server(TokenEndpoint):  # type: ignore[misc]  # no types
    """One way in for all grants: the client is authenticated before a grant looks at anything."""

    def __init__(self, request_validator: Any, **_: Any) -> None:
        self.request_validator = request_validator
        TokenEndpoint.__init__(
            self,
            default_grant_type="",
            default_token_type=Bearer(request_validator),
            grant_types={
                "authorization_code": AuthorizationCode(request_validator),
                "refresh_token": RefreshToken(request_validator),
                "client_credentials": ClientCredentials(request_validator),
            },
        )

    def respond(self, request: TokenRequest) -> Answer:
        """RFC 6749 §5.1 or §5.2."""
        try:
            self.validate_token_request(request)
            handler = self._handler(request)
            if not self.request_validator.authenticate_client(request):
                raise InvalidClientError
        except OAuth2Error as error:
            return dict(error.headers), error.json, error.status_code
        answer: Answer = handler.create_token_response(request, self.default_token_type)
        return answer

    def _handler(self, request: TokenRequest) -> Any:
        if not request.grant_type:
            raise InvalidRequestError(description="grant_type is missing")
        handler = self.grant_types.get(request.grant_type)
        if handler is None:
            raise UnsupportedGrantTypeError
        return handler


# The parameters of RFC 6749 that oauthlib reads as attributes.
_NAMES = (
    "access_token",
    "client",
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "extra_credentials",
    "grant_type",
    "redirect_uri",
    "refresh_token",
    "response_mode",
    "response_type",
    "scope",
    "scopes",
    "state",
    "token",
    "token_type_hint",
    "user",
)
