"""What this room remembers."""

from identity.audit.catalogue import EventType

KEY_CREATED = EventType("signing_key.created", "First signing key of an algorithm made")
KEYS_ROTATED = EventType("signing_key.rotated", "Signing keys moved on")
ENCRYPTION_KEY_CREATED = EventType("encryption_key.created", "First encryption key made")
ENCRYPTION_KEYS_ROTATED = EventType("encryption_key.rotated", "Encryption keys moved on")
