"""What this room remembers of itself."""

from identity.audit.catalogue import EventType

FACTS_ERASED = EventType("audit.facts_erased", "Personal facts erased from the log")
EXPORTED = EventType("audit.exported", "Log exported")
