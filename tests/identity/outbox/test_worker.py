"""The worker as a process: prompt, stopped gently, killed at any moment."""

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from time import monotonic
from uuid import UUID

import pytest
from django.db.models.functions import Now

from identity.audit.catalogue import EventType
from identity.audit.models import Seal
from identity.audit.recording import record
from identity.kernel.actors import SYSTEM
from identity.outbox import mail
from identity.outbox.models import Job, Message
from identity.tenancy.scope import platform_scope
from tests.devices.smtp_sink import Mood, SmtpSink
from tests.identity.outbox.conftest import T1
from tests.identity.outbox.processes import environment, until, worker
from tests.identity.outbox.room.background import TESTING
from tests.sizes import SEED, Record, sized

pytestmark = pytest.mark.django_db(transaction=True)

WORKED = EventType("testing.worked", "For tests of the worker")


def _enqueue(number: int) -> UUID:
    with platform_scope():
        context = {"word": f"Letter {number}", "name": "Ada", "at": "2026-11-24T13:05:00+00:00"}
        message_id = mail.send(
            TESTING, recipient=f"ada{number}@example.com", context=context, tenant_id=T1
        )
        assert message_id is not None
        return message_id


def test_a_worker_delivers_at_once_and_seals_within_two_seconds(
    post: SmtpSink, tmp_path: Path
) -> None:
    """FT05: delivered after; issue: sealed within 2 s."""
    with worker(environment(tmp_path, post)) as running:
        begun = monotonic()
        _enqueue(1)
        post.wait_for(1)
        # Below the five seconds after which a sweep would find it: it was the kick.
        assert monotonic() - begun < 4
        with platform_scope():
            record(WORKED, actor=SYSTEM, tenant_id=T1)
            until(Seal.objects.exists, seconds=6)  # two, on a machine with nothing else to do
        assert running.stop() == 0
    with platform_scope():
        assert Message.objects.get().state == "delivered"
        assert Job.objects.filter(name="audit.seal", finished_at__isnull=False).exists()


def test_a_worker_asked_to_stop_ends_the_letter_at_hand(post: SmtpSink, tmp_path: Path) -> None:
    """SIGTERM finishes the current message."""
    post.mood = Mood.TARPIT
    for number in range(3):
        _enqueue(number)
    with worker(environment(tmp_path, post), relays=1) as running:
        post.wait_for_attempt(1)
        running.ask_to_stop()
        running.wait_for("Worker is stopping")
        post.release()
        assert running.stop() == 0
    with platform_scope():
        left = Message.objects.order_by("id")
        assert [(each.state, each.attempts) for each in left] == [
            ("delivered", 1), ("waiting", 0), ("waiting", 0),
        ]  # fmt: skip


@pytest.mark.soak
def test_killed_workers_lose_no_letter_and_repeat_at_most_one_each(
    post: SmtpSink, tmp_path: Path, record_property: Record
) -> None:
    """FT07, C3: kill -9 in mid-mail: each mail at least once, duplicates ≤ kills, message-id
    stable."""
    kills = sized(4, 100)
    record_property("kills", kills)
    chance, env = random.Random(SEED), environment(tmp_path, post)
    sent = {f"<{_enqueue(number)}@localhost>" for number in range(kills * 3)}
    for _ in range(kills):
        with worker(env, relays=1) as running:
            post.wait_for_attempt(post.attempts + chance.randint(1, 2))
            running.kill()
        with platform_scope():
            # The lease of the dead ends; here without waiting for it.
            Message.objects.open().update(available_at=Now() - timedelta(seconds=1))
    with worker(env, relays=1) as running:
        with platform_scope():
            until(lambda: not Message.objects.open().exists(), seconds=60)
        assert running.stop() == 0
    arrived = Counter(str(letter.message["Message-ID"]) for letter in post.mails)
    assert set(arrived) == sent
    assert arrived.total() - len(sent) <= kills
