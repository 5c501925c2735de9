"""What this room remembers."""

from identity.audit.catalogue import EventType

MESSAGE_RETRIED = EventType("outbox.message_retried", "Message sent again by an operator")
