"""What an operator does in the console that concerns two rooms which do not know each other: the
outbox tries again, and the audit trail says who asked for it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from identity.audit import recording
from identity.console import extending
from identity.console.acting import Act, Done
from identity.console.door import visitor_of
from identity.outbox import mending
from identity.outbox.models import Message
from identity.provisioning import events


@transaction.atomic
def _retry(request: HttpRequest, message: Message, _data: Mapping[str, Any]) -> Done:
    mending.retry(message_id=message.pk)
    recording.record(
        events.MESSAGE_RETRIED,
        actor=visitor_of(request).actor,
        tenant_id=message.tenant_id,
        subject=recording.Subject("message", message.pk, message.topic),
    )
    return Done(_("It is due again."), message)


extending.add_act(
    Message,
    Act(
        "retry",
        _("Try again"),
        _retry,
        question=_("It is delivered again as if it were new."),
        is_bulk=True,
        may=lambda _request, message: message.dead_at is not None,
    ),
)
