"""What the audit trail calls the events of this room."""

from typing import Final

from identity.audit.catalogue import EventType

TOKENS_ISSUED: Final = EventType("token.issued", "Tokens issued for a code")
TOKENS_REFRESHED: Final = EventType("token.refreshed", "Tokens refreshed")
TOKENS_REVOKED: Final = EventType("token.revoked", "Tokens revoked by their application")
CLIENT_NOT_AUTHENTICATED: Final = EventType(
    "client.not_authenticated", "Wrong secret of an application"
)
