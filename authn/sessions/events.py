"""What this room remembers."""

from identity.audit.catalogue import EventType

SESSION_ENDED = EventType("session.ended", "Session ended")
SESSIONS_ENDED = EventType("session.all_ended", "All sessions of a person ended")
GRANT_CREATED = EventType("grant.created", "Access granted to a client")
GRANT_REVOKED = EventType("grant.revoked", "Access of a client revoked")
GRANTS_REVOKED = EventType("grant.all_revoked", "Access of clients revoked")
