"""Sign-ins that live on: sessions of browsers, and what was granted to clients."""

from authn.sessions.models.grant import GrantKind, TokenGrant
from authn.sessions.models.session import EndReason, LoginSession

__all__ = ["EndReason", "GrantKind", "LoginSession", "TokenGrant"]
