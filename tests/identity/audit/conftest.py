"""A log that tests may tamper with, and its folder."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from identity.audit import checkpoints, sealing, verification
from identity.audit.catalogue import EventType
from identity.audit.models import Event
from identity.audit.recording import Outcome, Subject, record
from identity.kernel.actors import Actor, ActorKind, Origin
from identity.tenancy.postgres.owner import as_owner
from identity.tenancy.scope import platform_scope

HAPPENED = EventType("testing.happened", "Something happened")
FAILED = EventType("testing.failed", "Something failed")
T1, T2 = UUID(int=11), UUID(int=12)
ADA, BOB = UUID(int=101), UUID(int=102)


def person(user_id: UUID, label: str) -> Actor:
    """Somebody at a browser."""
    origin = Origin(ip="203.0.113.7", user_agent="Browser/1", country="DE", request_id="7F3K-29QD")
    return Actor(ActorKind.USER, id=user_id, label=label, tenant_id=T1, origin=origin)


@pytest.fixture
def ada() -> Actor:
    return person(ADA, "ada")


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: Any) -> Path:
    """The folder of checkpoints is each test's own."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def as_platform(db: None) -> Iterator[None]:
    """As the worker works."""
    with platform_scope():
        yield


@pytest.fixture
def as_intruder(db: None) -> Iterator[None]:
    """As somebody who has the tables' owner in hand; all of it is rolled back in the end."""
    with as_owner("default"), platform_scope(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def happen(count: int, tenant_id: UUID = T1, *, seed: int = 1) -> list[Event]:
    """Events of two people, various in everything."""
    chance = random.Random(seed)
    people = [person(ADA, "ada"), person(BOB, "bob <b@example.com>")]
    ids = [
        record(
            chance.choice([HAPPENED, FAILED]),
            actor=chance.choice(people),
            tenant_id=tenant_id,
            subject=Subject("user", uuid4(), f"subject {number} ä\u2028"),
            outcome=chance.choice(list(Outcome)),
            reason=chance.choice(["", "wrong_password", "expired"]),
            data={"n": number, "nested": {"list": [True, None, "ü"]}},
        )
        for number in range(count)
    ]
    return list(Event.objects.filter(id__in=ids))


def sealed_log() -> None:
    """Six batches of T1 and one of T2, each with its checkpoint but the last of T1."""
    for seed in range(5):
        happen(4, seed=seed)
        sealing.seal()
    happen(3, T2)
    sealing.seal()
    checkpoints.sign_heads()
    happen(4, seed=9)
    sealing.seal()


def problems(tenant_id: UUID = T1) -> list[str]:
    """What a verification says."""
    return [
        f"batch {each.batch}: {each.problem}"
        for each in verification.verify(tenant_id, verification.witnesses()).findings
    ]
