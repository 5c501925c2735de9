"""Writing one event: one plain INSERT in the transaction of the command that caused it.

No sign-in waits for a chain: the sealer orders afterwards what was committed.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from identity.audit.canonical import JSON, fact_digest, require_exact
from identity.audit.catalogue import EventType
from identity.audit.models import NO_TENANT, Event, Outcome
from identity.kernel.actors import Actor
from identity.kernel.identifiers import uuid7
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
# Written out: every command pays for this statement, and building it from the model costs twice as
# much as sending it.
_INSERT: Final = """
INSERT INTO audit_event
       (id, tenant_id, type, outcome, reason, actor_kind, actor_id, actor_owner_id,
        actor_tenant_id, subject_kind, subject_id, request_id, data, facts, fact_digests)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, %s::jsonb)
"""
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
) -> UUID:
    """Afterwards the event is part of the open transaction. Returns its id.

    `tenant_id` None means the installation as a whole, and needs the platform's scope. `facts` are
    personal and can be erased later; so are the labels and the actor's origin. `data` is for good:
    text, whole numbers, booleans, lists and mappings. Never a secret: one of type `Secret` raises
    TypeError.
    """
    origin = actor.origin
    kept, digests = _salted(
        {
            "actor.label": actor.label,
            "actor.ip": origin.ip or "",
            "actor.user_agent": origin.user_agent,
            "actor.country": origin.country or "",
            "subject.label": subject.label if subject else "",
            **facts,
        }
    )
    event_id = uuid7()
    values: list[Any] = [
        event_id, tenant_id or NO_TENANT, event.name, outcome.value, _cut("reason", reason),
        actor.kind.value, actor.id, actor.owner_id, actor.tenant_id,
        _cut("subject_kind", subject.kind) if subject else "", subject.id if subject else None,
        _cut("request_id", origin.request_id),
        json.dumps(_clean(require_exact(data))) if data else "{}",
        json.dumps(kept), json.dumps(digests),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
    return event_id


def _salted(personal: Mapping[str, str]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """What is kept until it is erased, and what is kept for good."""
    kept: dict[str, list[str]] = {}
    digests: dict[str, str] = {}
    for name, value in personal.items():
        if value:
            salt, text = os.urandom(_SALT_BYTES), _fact(value)
            kept[name] = [base64.b64encode(salt).decode(), text]
            digests[name] = fact_digest(salt, name, text).hex()
    return kept, digests


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
