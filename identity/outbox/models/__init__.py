"""Messages that wait to be delivered, and periodic jobs."""

from identity.outbox.models.job import Job
from identity.outbox.models.message import NO_TENANT, Message

__all__ = ["NO_TENANT", "Job", "Message"]
