"""Access tokens: RFC 9068 JWTs that name their grant, and the one question whether one lives."""

from authn.sessions.tokens.inspection import LiveToken, inspect
from authn.sessions.tokens.issuing import IssuedToken, access_token, issuer_of

__all__ = ["IssuedToken", "LiveToken", "access_token", "inspect", "issuer_of"]
