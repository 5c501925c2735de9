"""Rows of the protocol: the request at /authorize, and what django-oauth-toolkit lets us swap."""

from oidc.provider.models.request import AuthorizationRequest, RequestState
from oidc.provider.models.tokens import (
    AccessToken,
    AuthorizationCode,
    DeviceGrant,
    IDToken,
    RefreshToken,
)

__all__ = [
    "AccessToken",
    "AuthorizationCode",
    "AuthorizationRequest",
    "DeviceGrant",
    "IDToken",
    "RefreshToken",
    "RequestState",
]
