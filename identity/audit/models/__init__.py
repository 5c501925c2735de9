"""What happened, in the order it was sealed, and how often."""

from identity.audit.models.chain import Batch, Checkpoint, Seal, SigningKey, Unsealed
from identity.audit.models.count import HourlyCount
from identity.audit.models.event import NO_TENANT, Event, Outcome

__all__ = [
    "NO_TENANT",
    "Batch",
    "Checkpoint",
    "Event",
    "HourlyCount",
    "Outcome",
    "Seal",
    "SigningKey",
    "Unsealed",
]
