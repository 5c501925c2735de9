"""What a credential may do with its owner's own sessions (contract 2.3)."""

from typing import Final

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from authn.authenticators.api_keys import AuthenticatedKey
from authn.sessions.tokens import LiveToken

ACCOUNT: Final = "account"


class OwnSessions(BasePermission):
    """A token needs the scope `account`, an API key `SESSION` (reading: `SESSION:READ`)."""

    message = "This credential may not do this"
    code = "forbidden"

    def has_permission(self, request: Request, _view: APIView) -> bool:
        """See the class."""
        credential = request.auth
        if isinstance(credential, LiveToken):
            return ACCOUNT in credential.scopes
        if isinstance(credential, AuthenticatedKey):
            is_read = request.method in SAFE_METHODS
            return ("SESSION:READ" if is_read else "SESSION") in credential.scopes
        return False
