"""Handing a message to the outbox, in the transaction of the command that causes it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from django.db import connection

from identity.kernel.identifiers import uuid7
from identity.kernel.secrets import Secret
from identity.outbox import kicks
from identity.outbox.models import NO_TENANT, Message

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"

# A row comes back unless the key is taken; the transaction stays usable either way.
_INSERT: Final = """
INSERT INTO outbox_message
       (id, tenant_id, topic, destination, about, dedupe_key, payload, available_at, attempts,
        last_error)
VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, coalesce(%s::timestamptz, statement_timestamp()), 0, '')
ON CONFLICT (tenant_id, dedupe_key) DO NOTHING
RETURNING id
"""


def enqueue(
    topic: str,
    payload: Mapping[str, JSON],
    *,
    tenant_id: UUID | None,
    dedupe_key: str = "",
    available_at: datetime | None = None,
    destination: str = "",
    about: str = "",
) -> UUID:
    """Afterwards the message is part of the open transaction and will be delivered at least once
    after its commit, not before `available_at`. Returns its id, under which receivers recognise a
    repetition.

    With a `dedupe_key` that this tenant has used within the last week nothing is written, and the
    id is that of the first message. `payload` holds no secret (type `Secret` raises TypeError):
    a handler makes one-time tokens when it sends. `tenant_id` None needs the platform's scope.
    One statement; two when the key was taken.
    """
    owner = tenant_id or NO_TENANT
    _require_no_secret(payload)
    document = json.dumps(payload)
    values: list[Any] = [
        uuid7(), owner, topic, destination, about, dedupe_key or None, document, available_at,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        row: tuple[UUID] | None = cursor.fetchone()
    if row is None:
        found: UUID = Message.objects.values_list("id", flat=True).get(
            tenant_id=owner, dedupe_key=dedupe_key
        )
        return found
    kicks.after_commit()
    return row[0]


def _require_no_secret(value: Any) -> None:
    if isinstance(value, Secret):
        raise TypeError(
            "a secret does not belong into the outbox: make it when the message is sent"
        )
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for inner in value:
            _require_no_secret(inner)
