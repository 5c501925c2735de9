"""What the audit trail calls the events of this room."""

from typing import Final

from identity.audit.catalogue import EventType

CONSENT_GIVEN: Final = EventType("consent.given", "Access allowed to an application")
CONSENT_REFUSED: Final = EventType("consent.refused", "Access refused to an application")
CONSENT_WITHDRAWN: Final = EventType("consent.withdrawn", "Application disconnected")
