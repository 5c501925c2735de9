"""What this room remembers."""

from identity.audit.catalogue import EventType

BLOCK_STARTED = EventType("block.started", "Blocked after too many failures")
BLOCK_LIFTED = EventType("block.lifted", "Block lifted by an operator")
METHOD_REOPENED = EventType("block.method_reopened", "Sign-in method opened again")
