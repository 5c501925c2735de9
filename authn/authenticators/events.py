"""What this room remembers."""

from identity.audit.catalogue import EventType

PASSWORD_SET = EventType("password.set", "Password set")
PASSWORD_REMOVED = EventType("password.removed", "Password removed")
API_KEY_CREATED = EventType("api_key.created", "API key created")
API_KEY_REVOKED = EventType("api_key.revoked", "API key revoked")
IMAGE_ENROLLED = EventType("image.enrolled", "Picture enrolled")
IMAGE_REPLACED = EventType("image.replaced", "Picture, PIN or pattern replaced")
IMAGE_REMOVED = EventType("image.removed", "Picture removed")
