"""Messages that wait to be delivered, lanes that rest, and periodic jobs."""

from identity.outbox.models.job import Job
from identity.outbox.models.message import NO_TENANT, Message
from identity.outbox.models.resting import Resting

__all__ = ["NO_TENANT", "Job", "Message", "Resting"]
