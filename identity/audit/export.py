"""A tenant's log as a file that a third party checks without us.

One JSON object a line: a header; each batch, followed by its events; the checkpoints. What was
hashed is written as it was hashed. Beside it lie the public key and the program that checks both.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from identity.audit import canonical, checkpoints, content, keys, reading
from identity.audit.events import EXPORTED
from identity.audit.models import Checkpoint, SigningKey
from identity.audit.recording import record
from identity.kernel.actors import Actor
from identity.kernel.errors import Refused

FORM: Final = "signet-audit-export-v1"
SCRIPT: Final = "verify_export.py"


@dataclass(frozen=True, slots=True)
class Exported:
    """Where everything lies, and how much it is."""

    log: Path
    key: Path
    script: Path
    batches: int


def write(*, tenant_id: UUID, out: Path, has_facts: bool, actor: Actor) -> Exported:
    """Afterwards `out`, `out`.pem and verify_export.py beside it exist (0600, 0600, 0700).

    `has_facts` adds what is personal and not yet erased. Refused if `out` exists. What is not yet
    sealed is not exported. Platform's scope.
    """
    batches = reading.length(tenant_id)
    keys.current()  # made now, if no checkpoint was signed so far
    public = [bytes(key.public) for key in SigningKey.objects.order_by("created_at")]
    exported = Exported(out, out.with_name(out.name + ".pem"), out.with_name(SCRIPT), batches)
    _write_new(exported.log, _lines(tenant_id, batches, has_facts=has_facts))
    _write_new(exported.key, map(keys.pem, public))
    script = files("identity.audit").joinpath(SCRIPT).read_bytes()
    exported.script.write_bytes(script)
    exported.script.chmod(0o700)
    record(
        EXPORTED, actor=actor, tenant_id=tenant_id,
        data={"batches": batches, "has_facts": has_facts},
    )  # fmt: skip
    return exported


def _lines(tenant_id: UUID, last: int, *, has_facts: bool) -> Iterator[bytes]:
    yield _line({"form": FORM, "tenant": str(tenant_id), "batches": last})
    for link in reading.links(tenant_id, last):
        if link.batch is not None:
            digests = [bytes(seal.digest) for seal in link.seals]
            yield _line(
                {
                    "batch": content.batch(
                        tenant_id=link.batch.tenant_id, number=link.batch.number,
                        sealed_at=link.batch.sealed_at, total=link.batch.total_count,
                        previous=bytes(link.batch.previous), digests=digests,
                    )
                }
            )  # fmt: skip
        for seal in link.seals:
            event = link.events.get(seal.event_id)
            if event is not None:
                facts: dict[str, Any] = {"facts": event.facts} if has_facts else {}
                yield _line({"event": content.event(event), **facts})
    rows = Checkpoint.objects.filter(tenant_id=tenant_id, batch_number__lte=last)
    for row in rows.order_by("batch_number"):
        witness = checkpoints.of_row(row)
        yield _line({"checkpoint": witness.value, "signature": witness.signature.hex()})


def _line(value: dict[str, Any]) -> bytes:
    return canonical.encode(value) + b"\n"


def _write_new(path: Path, parts: Iterator[bytes]) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{path} exists already and is not overwritten") from None
    with os.fdopen(handle, "wb") as file:
        file.writelines(parts)
