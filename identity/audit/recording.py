"""Writing one event: one plain INSERT in the transaction of the command that caused it.

No sign-in waits for a chain: the sealer orders afterwards what was committed.
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from identity.audit.canonical import JSON, fact_digest, require_exact
from identity.audit.catalogue import EventType
from identity.audit.models import NO_TENANT, Event, Outcome
from identity.kernel.actors import Actor
from identity.kernel.secrets import Secret

__all__ = ["Outcome", "Subject", "record"]

# 128 bits: a fact of few possible values cannot be guessed from its digest once this is erased.
_SALT_BYTES: Final = 16
_FACT_MAX: Final = 512
_WIDTHS: Final = {
    field.name: field.max_length
    for field in Event._meta.get_fields()
    if hasattr(field, "max_length")
}
_NO_FACTS: Final[Mapping[str, str]] = {}
_NO_DATA: Final[Mapping[str, JSON]] = {}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about; `label` is treated as personal."""

    kind: str
    id: UUID | None = None
    label: str = ""


def record(
    event: EventType,
    *,
    actor: Actor,
    tenant_id: UUID | None,
    subject: Subject | None = None,
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
    facts: Mapping[str, str] = _NO_FACTS,
    data: Mapping[str, JSON] = _NO_DATA,
) -> Event:
    """Afterwards the event is part of the open transaction.

    `tenant_id` None means the installation as a whole, and needs the platform's scope. `facts` are
    personal and can be erased later; so are the labels and the actor's origin. `data` is for good:
    text, whole numbers, booleans, lists and mappings. Never a secret: one of type `Secret` raises
    TypeError.
    """
    personal = {
        "actor.label": actor.label,
        "actor.ip": actor.origin.ip or "",
        "actor.user_agent": actor.origin.user_agent,
        "actor.country": actor.origin.country or "",
        "subject.label": subject.label if subject else "",
        **facts,
    }
    salted = {
        name: (os.urandom(_SALT_BYTES), _fact(text)) for name, text in personal.items() if text
    }
    row = Event(
        tenant_id=tenant_id or NO_TENANT,
        type=event.name,
        outcome=outcome,
        reason=_cut("reason", reason),
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_owner_id=actor.owner_id,
        actor_tenant_id=actor.tenant_id,
        subject_kind=_cut("subject_kind", subject.kind) if subject else "",
        subject_id=subject.id if subject else None,
        request_id=_cut("request_id", actor.origin.request_id),
        data=_clean(require_exact(dict(data))),
        facts={
            name: [base64.b64encode(salt).decode(), text] for name, (salt, text) in salted.items()
        },
        fact_digests={
            name: fact_digest(salt, name, text).hex() for name, (salt, text) in salted.items()
        },
    )
    row.save(force_insert=True)
    return row


def _fact(value: str) -> str:
    return str(_clean(value))[:_FACT_MAX]


def _cut(column: str, value: str) -> str:
    return str(_clean(value))[: _WIDTHS[column]]


def _clean(value: Any) -> Any:
    """The value without what Postgres cannot store: a hostile name must not prevent its own record."""
    if isinstance(value, Secret):
        raise TypeError("a secret does not belong into the audit trail")
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _clean(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value
