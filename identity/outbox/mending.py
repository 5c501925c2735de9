"""What an operator does about messages that were given up."""

from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from identity.kernel.errors import Refused
from identity.outbox import kicks
from identity.outbox.models import Message

# As a new message would say: it was not tried yet.
_AFRESH: Final = {"dead_at": None, "attempts": 0, "lease_token": None}


@transaction.atomic
def retry(*, message_id: UUID) -> None:
    """Afterwards a message that was given up is due again, as if it were new. Platform's scope.

    Raises Refused for one that was not given up. What it does is recorded by whoever handles it.
    """
    changed = Message.objects.filter(pk=message_id, dead_at__isnull=False).update(
        available_at=Now(), **_AFRESH
    )
    if not changed:
        raise Refused("This message was not given up")
    kicks.after_commit()
