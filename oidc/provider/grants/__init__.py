"""The grants that the token endpoint knows: oauthlib's, judged by Signet's statements."""

from oidc.provider.grants.authorization_code import AuthorizationCode
from oidc.provider.grants.client_credentials import ClientCredentials
from oidc.provider.grants.refresh_token import RefreshToken

__all__ = ["AuthorizationCode", "ClientCredentials", "RefreshToken"]
