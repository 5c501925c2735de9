"""A third party checks an exported log with the file, the key and the program, and nothing else."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from identity.audit import checkpoints, export, keys
from identity.audit.models import Batch, Checkpoint, Event, Seal
from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Refused
from tests.identity.audit.conftest import T1, T2, sealed_log

Lines = list[dict[str, Any]]


def _checked(log: Path, key: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The program as a stranger runs it: isolated, elsewhere, without our packages on the path."""
    return subprocess.run(
        [sys.executable, "-I", str(log.with_name("verify_export.py")), str(log), "--key", str(key), *more],
        capture_output=True, text=True, check=False, cwd="/", env={},
    )  # fmt: skip


@pytest.fixture
def exported(as_intruder: None, tmp_path: Path) -> export.Exported:
    """T1's log; the last of its six batches has no checkpoint yet."""
    sealed_log()
    return export.write(tenant_id=T1, out=tmp_path / "log.jsonl", has_facts=True, actor=SYSTEM)


def test_an_exported_log_is_verified_offline(exported: export.Exported) -> None:
    """issue: audit export gives a third party a file and a key to verify offline."""
    done = _checked(exported.log, exported.key)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 batches, 24 events: ok" in done.stdout
    assert "batches 6 to 6 are not yet under a signature" in done.stdout
    assert stat.S_IMODE(exported.log.stat().st_mode) == 0o600


def _of(lines: Lines, kind: str, place: int) -> dict[str, Any]:
    return [line for line in lines if kind in line][place]


def _change_event(lines: Lines) -> None:
    _of(lines, "event", 7)["event"]["reason"] = "x"


def _change_fact(lines: Lines) -> None:
    _of(lines, "event", 7)["facts"]["actor.label"][1] = "eve"


def _remove_event(lines: Lines) -> None:
    lines.remove(_of(lines, "event", 7))


def _swap_events(lines: Lines) -> None:
    places = [place for place, line in enumerate(lines) if "event" in line][:2]
    lines[places[0]], lines[places[1]] = lines[places[1]], lines[places[0]]


def _cut_tail(lines: Lines) -> None:
    lines[0]["batches"] = 2
    third = lines.index(_of(lines, "batch", 2))
    lines[third:] = [line for line in lines[third:] if "checkpoint" in line]


def _remove_batch(lines: Lines) -> None:
    lines.remove(_of(lines, "batch", 1))


def _change_batch(lines: Lines) -> None:
    _of(lines, "batch", 3)["batch"]["sealed_at"] = "2026-01-01T00:00:00.000000Z"


def _change_checkpoint(lines: Lines) -> None:
    _of(lines, "checkpoint", 0)["checkpoint"]["total"] += 1


@pytest.mark.parametrize(
    "tamper",
    [
        _change_event, _change_fact, _remove_event, _swap_events, _remove_batch, _change_batch,
        _change_checkpoint,
    ],
)  # fmt: skip
def test_a_changed_export_is_found(
    exported: export.Exported, tamper: Callable[[Lines], None]
) -> None:
    """AD17, for those who have the file only."""
    lines: Lines = [json.loads(line) for line in exported.log.read_bytes().splitlines()]
    tamper(lines)
    exported.log.write_text("\n".join(map(json.dumps, lines)))
    done = _checked(exported.log, exported.key)
    assert (done.returncode, done.stderr) == (1, "")
    assert "NOT AS SEALED" in done.stdout


def test_a_cut_tail_shows_by_the_checkpoints_received_before(
    exported: export.Exported, tmp_path: Path
) -> None:
    """issue: "sent out (file, webhook) so that … a cut tail shows"."""
    (witness,) = (tmp_path / "audit").glob("checkpoints-*.jsonl")
    assert _checked(exported.log, exported.key, "--witness", str(witness)).returncode == 0
    lines: Lines = [json.loads(line) for line in exported.log.read_bytes().splitlines()]
    _cut_tail(lines)
    exported.log.write_text("\n".join(map(json.dumps, lines)))
    done = _checked(exported.log, exported.key, "--witness", str(witness))
    assert done.returncode == 1
    assert "goes only to batch 2, and batch 5 was signed" in done.stdout


def test_another_key_does_not_fit(exported: export.Exported) -> None:
    """The signature is what ties a file to its origin."""
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    exported.key.write_bytes(keys.pem(key))
    assert _checked(exported.log, exported.key).returncode == 1


def test_nothing_is_overwritten_and_facts_are_left_out_unless_asked_for(
    exported: export.Exported, tmp_path: Path
) -> None:
    """Exporting is for strangers: names and addresses only on request."""
    with pytest.raises(Refused, match="exists already"):
        export.write(tenant_id=T1, out=exported.log, has_facts=False, actor=SYSTEM)
    (tmp_path / "plain").mkdir()
    plain = export.write(
        tenant_id=T1, out=tmp_path / "plain" / "log.jsonl", has_facts=False, actor=SYSTEM
    )
    assert "203.0.113.7" in exported.log.read_text()
    assert "203.0.113.7" not in plain.log.read_text()
    assert _checked(plain.log, plain.key).returncode == 0
    assert Event.objects.filter(type="audit.exported").count() == 2


@pytest.mark.usefixtures("as_intruder")
def test_the_command_names_the_first_bad_batch_and_fails() -> None:
    """brief: non-zero exit, names the first bad batch."""
    sealed_log()
    said = StringIO()
    call_command("audit", "verify", stdout=said)
    assert said.getvalue().count("ok;") == 2
    seal = Seal.objects.filter(tenant_id=T1, batch_number=3).first()
    assert seal is not None
    Event.objects.filter(id=seal.event_id).update(reason="x")
    with pytest.raises(CommandError, match="1 logs are not as they were sealed"):
        call_command("audit", "verify", stdout=said)
    assert "first bad batch: 3" in said.getvalue()
    call_command("audit", "verify", "--tenant", str(T2), stdout=said)
    with pytest.raises(CommandError, match="no tenant"):
        call_command("audit", "verify", "--tenant", "nobody", stdout=said)


@pytest.mark.usefixtures("as_intruder")
def test_the_command_takes_checkpoints_kept_elsewhere(tmp_path: Path, data_dir: Path) -> None:
    """The webhook's receiver is a witness when both table and folder were cleaned."""
    sealed_log()
    (kept,) = (data_dir / "audit").glob("checkpoints-*.jsonl")
    elsewhere = kept.rename(tmp_path / "elsewhere.jsonl")
    assert [witness.number for witness in checkpoints.in_file(elsewhere)] == [5, 1]
    call_command("audit", "verify", "--witness", str(elsewhere), stdout=StringIO())
    Seal.objects.all().delete()
    for model in (Checkpoint, Event, Batch):
        model.objects.all().delete()
    call_command("audit", "verify", stdout=StringIO())
    with pytest.raises(CommandError, match="2 logs"):
        call_command("audit", "verify", "--witness", str(elsewhere), stdout=StringIO())
