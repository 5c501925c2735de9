"""What this room remembers."""

from identity.audit.catalogue import EventType

RESET_REQUESTED = EventType("reset.requested", "New picture asked for by mail")
