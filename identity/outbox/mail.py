"""Mail: a room names a topic and a template; the letter is written when it is sent.

`background.py` of a room:  NEW_SIGN_IN = mail.register("mail.new_sign_in", title="New sign-in")
in its command:             mail.send(NEW_SIGN_IN, recipient=user.email, context={…}, tenant_id=…)

`templates/mail/<name>.txt` begins with `Subject: …` and a blank line; `<name>.html` may be absent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from identity.kernel.errors import Invalid
from identity.outbox import handlers, letters
from identity.outbox.handlers import Delivery
from identity.outbox.letters import Letter
from identity.outbox.models import NO_TENANT
from identity.outbox.sending import JSON, enqueue

__all__ = ["Letter", "MailTopic", "register", "send"]

PREFIX: Final = "mail."
# security.md PR09: no more letters per hour to one account, of one sort.
PER_HOUR_MAX: Final = 3
# RFC 5321 §4.5.3.1.3: a path has at most 256 octets, two of them its angle brackets.
_ADDRESS_MAX: Final = 254
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_RECENT: Final = """
SELECT count(*) FROM outbox_message
 WHERE tenant_id = %s AND topic = %s AND about = %s AND created_at > statement_timestamp() - interval '1 hour'
"""


@dataclass(frozen=True, slots=True)
class MailTopic:
    """A sort of letter. `name` is the topic, `mail.<template>`."""

    name: str
    title: str
    write: Callable[[Delivery], Letter | None]

    @property
    def template(self) -> str:
        """The name under templates/mail."""
        return self.name.removeprefix(PREFIX)

    def deliver(self, delivery: Delivery) -> None:
        """Write the letter and send it."""
        letter = self.write(delivery)
        if letter is not None:
            letters.send(letters.rendered(self.template, letter), delivery)


def as_enqueued(delivery: Delivery) -> Letter:
    """The letter that `send` was given."""
    payload = delivery.payload
    return Letter(recipient=payload["recipient"], context=payload["context"])


def register(
    name: str, *, title: str, write: Callable[[Delivery], Letter | None] = as_enqueued
) -> MailTopic:
    """Declare a sort of letter, `mail.<template>`.

    `write` makes the letter when it is sent, in the scope of its tenant: there it reads what is
    true by then and makes one-time codes, which the outbox must not hold. It returns None when
    there is nothing to say any more. A code it makes replaces the one of an earlier attempt.
    """
    if not name.startswith(PREFIX):
        raise ValueError(f"a topic of mail is named {PREFIX}<template>")
    topic = MailTopic(name, title, write)
    handlers.register(name, topic.deliver, title=title)
    return topic


def send(
    topic: MailTopic,
    *,
    recipient: str,
    context: Mapping[str, JSON],
    tenant_id: UUID | None,
    about: UUID | None = None,
    dedupe_key: str = "",
) -> UUID | None:
    """Afterwards one letter to one address is part of the open transaction: its message's id.

    None if the account `about` has had three letters of this sort within the hour: say the same
    to the person as ever. Raises Invalid for what is no address. Two further statements with
    `about`, none without.
    """
    require_address(recipient)
    payload: dict[str, JSON] = {"recipient": recipient, "context": dict(context)}
    account = str(about) if about else ""
    with transaction.atomic():
        if about and _has_had_enough(topic.name, tenant_id or NO_TENANT, account):
            return None
        return enqueue(
            topic.name, payload, tenant_id=tenant_id, dedupe_key=dedupe_key, destination="mail",
            about=account,
        )  # fmt: skip


def require_address(text: str) -> str:
    """One address and nothing else, so that nothing can be smuggled into a header (PR11)."""
    try:
        validate_email(text)
    except ValidationError:
        raise Invalid("recipient", "is not a mail address") from None
    if len(text) > _ADDRESS_MAX:
        raise Invalid("recipient", "is too long for a mail address")
    return text


def _has_had_enough(topic: str, tenant_id: UUID, account: str) -> bool:
    with connection.cursor() as cursor:
        # One after the other, or a thousand requests at once would all count none.
        cursor.execute(_LOCK, [f"signet.mail:{tenant_id}:{topic}:{account}"])
        cursor.execute(_RECENT, [tenant_id, topic, account])
        count: int = cursor.fetchone()[0]
    return count >= PER_HOUR_MAX
