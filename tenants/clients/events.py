"""What this room remembers."""

from identity.audit.catalogue import EventType

CLIENT_REGISTERED = EventType("client.registered", "Application registered")
CLIENT_UPDATED = EventType("client.updated", "Application changed")
CLIENT_DELETED = EventType("client.deleted", "Application deleted")
CLIENT_SECRET_ROTATED = EventType("client.secret_rotated", "Secret of an application replaced")
