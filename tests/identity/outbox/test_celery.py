"""The same handlers under Celery, with a real broker that comes and goes."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from identity.outbox.models import Job, Message
from identity.tenancy.scope import platform_scope
from tests.devices.ports import free_port
from tests.devices.server import CHECKOUT
from tests.devices.smtp_sink import SmtpSink
from tests.identity.outbox.processes import Process, environment, until

pytestmark = pytest.mark.django_db(transaction=True)

# What a web process does: enqueue within a transaction, and kick after its commit.
ENQUEUE = """
import django; django.setup()
from time import monotonic
from uuid import UUID
from django.db import transaction
from identity.outbox import mail
from identity.tenancy.scope import tenant_scope
from tests.identity.outbox.room.background import TESTING
context = {"word": "News", "name": "Ada", "at": "2026-11-24T13:05:00+00:00"}
with tenant_scope(UUID(int=11)):
    with transaction.atomic():
        mail.send(TESTING, recipient="ada@example.com", context=context, tenant_id=UUID(int=11))
        begun = monotonic()
print(monotonic() - begun)
"""


@contextmanager
def redis(port: int, folder: Path) -> Iterator[None]:
    """A broker that keeps nothing."""
    program = shutil.which("redis-server")
    assert program is not None, "the tests of the Celery path need redis-server"
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
    with Process(program, *options, env={}, ready="Ready to accept connections"):
        yield


def celery(env: dict[str, str], *more: str) -> Process:
    """A Celery worker at work."""
    return Process(
        sys.executable, "-m", "celery", "-A", "identity.config.celery", "worker",
        "--concurrency", "1", "--loglevel", "INFO", *more, env=env, ready=". outbox.relay",
    )  # fmt: skip


def _enqueue(env: dict[str, str]) -> float:
    """Seconds that the commit and its kick took."""
    done = subprocess.run(
        [sys.executable, "-c", ENQUEUE], cwd=CHECKOUT, env=env, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return float(done.stdout)


def _is_all_done() -> bool:
    with platform_scope():
        return not Message.objects.open().exists()


def test_celery_delivers_by_kick_and_by_sweep_and_a_dead_broker_costs_nothing(
    post: SmtpSink, tmp_path: Path
) -> None:
    """FT05: broker down: the request succeeds, the outbox row is in the same transaction,
    delivered after; 0 lost."""
    port = free_port()
    env = environment(tmp_path, post, broker=f"redis://127.0.0.1:{port}/0")
    with redis(port, tmp_path), celery(env):
        # No beat is there to sweep: it is the commit's kick that does it.
        _enqueue(env)
        post.wait_for(1, timeout_seconds=60)
        until(_is_all_done, seconds=60)
    # The broker is down. Without limits of ours, publishing would hang for six seconds.
    assert _enqueue(env) < 4
    assert not _is_all_done()
    with redis(port, tmp_path), celery(env, "--beat"):
        post.wait_for(2, timeout_seconds=60)
        until(_is_all_done, seconds=60)
        with platform_scope():
            # Periodic jobs run here as well.
            until(Job.objects.filter(name="audit.seal", finished_at__isnull=False).exists, 60)
    assert len(post.mails) == 2
