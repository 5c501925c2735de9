"""Signed statements about the heads of chains, and sending them out of the database.

Whoever can write to the database can cut a chain's tail off and it looks whole. The statements in
the folder of each worker, and at the webhook's receiver, show it.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from identity.audit import canonical, content, keys
from identity.audit.models import Batch, Checkpoint, SigningKey
from identity.audit.sealing import heads
from identity.kernel import outbound

# How long a cut may stay unseen: each tail gets its statement within this.
EVERY: Final = timedelta(minutes=1)
# A batch's time is taken before its transaction commits; none takes that long.
_SLACK: Final = timedelta(minutes=10)
_SENT_AT_ONCE: Final = 500
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('signet.audit.checkpoint', 0))"


class NotTaken(Exception):
    """The webhook's receiver did not answer with 2xx."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A checkpoint as somebody holds it: the database, a file, a third party."""

    value: dict[str, Any]
    signature: bytes
    source: str

    @property
    def tenant_id(self) -> UUID:
        return UUID(self.value["tenant"])

    @property
    def number(self) -> int:
        return int(self.value["number"])

    def is_signed_by(self, public: bytes) -> bool:
        """Whether the key's owner said so."""
        text = canonical.CHECKPOINT + canonical.encode(self.value)
        return keys.is_signed(public, self.signature, text)


def sign_heads() -> None:
    """Afterwards each chain that has grown has a checkpoint of its head, here and in the folder,
    and the webhook has what it had not. Runs in the platform's scope.

    All or nothing, file first: a crash in between leaves a line too many, never one too few.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        rows = _unsigned()
        if rows:
            _append(rows)
            Checkpoint.objects.bulk_create(rows, batch_size=1_000)
    send()


def of_row(row: Checkpoint) -> Witness:
    """The checkpoint that a row holds."""
    value = content.checkpoint(
        tenant_id=row.tenant_id, number=row.batch_number, total=row.total_count,
        digest=bytes(row.digest), signed_at=row.signed_at, key_id=row.key_id,
    )  # fmt: skip
    return Witness(value, bytes(row.signature), "database")


def paths() -> list[Path]:
    """The files in the folder of this machine, oldest first."""
    return sorted(keys.folder().glob("checkpoints-*.jsonl"))


def in_file(path: Path) -> Iterator[Witness]:
    """The checkpoints of one file, a JSON object a line. A line that a crash tore is passed over."""
    with path.open("rb") as file:
        for line in file:
            witness = _parsed(line, path.name)
            if witness is not None:
                yield witness


def send() -> None:
    """Afterwards the receiver at AUDIT_WEBHOOK has taken every checkpoint, in order, some perhaps
    twice. Raises what prevents it; the next run begins where this one ended."""
    url = settings.AUDIT_WEBHOOK
    while url:
        rows = list(Checkpoint.objects.filter(sent_at=None).order_by("id")[:_SENT_AT_ONCE])
        if not rows:
            return
        document = {"checkpoints": [_line(of_row(row)) for row in rows]}
        answer = outbound.request(
            "POST", url, body=canonical.encode(document),
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - RFC 9110 §15.3
            raise NotTaken(f"the receiver of checkpoints answered {answer.status}")
        Checkpoint.objects.filter(id__in=[row.id for row in rows]).update(sent_at=Now())


def _unsigned() -> list[Checkpoint]:
    newest = Checkpoint.objects.order_by("-id").first()
    grown = (
        Batch.objects.filter(sealed_at__gt=newest.signed_at - _SLACK) if newest else Batch.objects
    )
    known = heads(grown.order_by().values_list("tenant_id", flat=True).distinct())
    signed = set(
        Checkpoint.objects.filter(
            tenant_id__in=known, batch_number__in={head.number for head in known.values()}
        ).values_list("tenant_id", "batch_number")
    )
    waiting = {
        tenant: head for tenant, head in known.items() if (tenant, head.number) not in signed
    }
    if not waiting:
        return []
    key, signed_at = keys.current(), datetime.now(UTC)
    rows = [
        Checkpoint(
            tenant_id=tenant_id, batch_number=head.number, total_count=head.total,
            digest=head.digest, signed_at=signed_at, key_id=key.key_id,
        )
        for tenant_id, head in sorted(waiting.items())
    ]  # fmt: skip
    for row in rows:
        row.signature = _signature(key, row)
    return rows


def _signature(key: SigningKey, row: Checkpoint) -> bytes:
    row.signature = b""
    return keys.sign(key, canonical.CHECKPOINT + canonical.encode(of_row(row).value))


def _append(rows: Iterable[Checkpoint]) -> None:
    folder, month = keys.folder(), datetime.now(UTC).strftime("%Y-%m")
    text = b"".join(canonical.encode(_line(of_row(row))) + b"\n" for row in rows)
    handle = os.open(
        folder / f"checkpoints-{month}.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600
    )
    with os.fdopen(handle, "r+b", buffering=0) as file:
        # After a line that a crash tore begins a new one.
        size = file.seek(0, os.SEEK_END)
        is_torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
        file.write(b"\n" * is_torn + text)
        os.fsync(file.fileno())
    _show_keys()


def _show_keys() -> None:
    for key in SigningKey.objects.all():
        path = keys.folder() / f"key-{key.key_id}.pem"
        if not path.exists():
            path.write_bytes(keys.pem(bytes(key.public)))


def _line(witness: Witness) -> dict[str, Any]:
    return {**witness.value, "signature": witness.signature.hex()}


def _parsed(line: bytes, source: str) -> Witness | None:
    try:
        value = json.loads(line)
        signature = bytes.fromhex(value.pop("signature"))
        UUID(value["tenant"]), int(value["number"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Witness(value, signature, source)
