"""What a record holds, and what the runtime roles may do to it."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction

from identity.audit.models import NO_TENANT, Event
from identity.audit.recording import Outcome, Subject, record
from identity.kernel.actors import SYSTEM, Actor
from identity.kernel.secrets import Secret
from identity.tenancy.scope import platform_scope, tenant_scope
from tests.identity.audit.conftest import HAPPENED, T1, T2


@pytest.fixture
def in_tenant(db: None) -> Iterator[None]:
    with tenant_scope(T1):
        yield


@pytest.mark.usefixtures("in_tenant")
def test_an_event_is_one_insert_and_is_queued_for_sealing_with_it(
    ada: Actor, django_assert_num_queries: object
) -> None:
    """issue: "one audit row per command in the same transaction" (one plain INSERT)."""
    with django_assert_num_queries(1):  # type: ignore[operator]
        event_id = record(
            HAPPENED, actor=ada, tenant_id=T1, subject=Subject("user", uuid4(), "Ada L."),
            outcome=Outcome.REFUSED, reason="too_young", data={"count": 3, "ids": ["a", "b"]},
        )  # fmt: skip
    found = Event.objects.get(id=event_id)
    assert (found.type, found.outcome, found.reason) == ("testing.happened", "refused", "too_young")
    assert found.fact("actor.ip") == "203.0.113.7"
    assert found.fact("subject.label") == "Ada L."
    assert found.data == {"count": 3, "ids": ["a", "b"]}
    assert "203.0.113.7" not in str(found.fact_digests)


@pytest.mark.usefixtures("in_tenant")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET reason = 'x'",
        "UPDATE audit_event SET facts = '{}'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DELETE FROM audit_unsealed",
        "INSERT INTO audit_batch DEFAULT VALUES",
        "INSERT INTO audit_event (id, recorded_at) VALUES (gen_random_uuid(), now())",
        "DELETE FROM audit_seal",
    ],
)
def test_the_app_role_cannot_change_the_past(ada: Actor, statement: str) -> None:
    """AD17: edit, delete, an event at a time of one's own choice: refused to the app role."""
    record(HAPPENED, actor=ada, tenant_id=T1)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_event SET reason = 'x'", "DELETE FROM audit_event", "DELETE FROM audit_batch"],
)
def test_the_platform_role_cannot_change_the_past_either(ada: Actor, statement: str) -> None:
    """AD17."""
    with platform_scope():
        record(HAPPENED, actor=ada, tenant_id=T1)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.django_db
def test_a_tenant_writes_and_reads_its_own_events_only(ada: Actor) -> None:
    """tenancy: the second wall holds for the log as well."""
    with tenant_scope(T2):
        record(HAPPENED, actor=SYSTEM, tenant_id=T2)
    with tenant_scope(T1):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            record(HAPPENED, actor=ada, tenant_id=T2)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            record(HAPPENED, actor=ada, tenant_id=None)
        assert not Event.objects.exists()
    with platform_scope():
        event_id = record(HAPPENED, actor=SYSTEM, tenant_id=None)
        assert Event.objects.get(id=event_id).tenant_id == NO_TENANT


@pytest.mark.usefixtures("in_tenant")
def test_hostile_text_is_recorded_and_secrets_are_not(ada: Actor) -> None:
    """IJ01 log forging; IJ02 secrets in logs."""
    label = "a\0b\r\n\x1b[31m\u2028\ud800" + "x" * 10_000
    event_id = record(HAPPENED, actor=ada, tenant_id=T1, subject=Subject("user", None, label))
    assert (
        Event.objects.get(id=event_id)
        .fact("subject.label")
        .startswith("a\ufffdb\r\n\x1b[31m\u2028?x")
    )
    with pytest.raises(TypeError, match="secret"):
        record(HAPPENED, actor=ada, tenant_id=T1, data={"key": Secret("s3cret")})
    with pytest.raises(TypeError, match="secret"):
        record(HAPPENED, actor=ada, tenant_id=T1, facts={"key": Secret("s3cret")})


@pytest.mark.parametrize("value", [1.5, 2**53, b"x", {"ü": 1}])
def test_data_without_one_exact_text_is_refused(ada: Actor, value: object) -> None:
    """docs/decisions/0010: integers below 2^53, ASCII member names."""
    with pytest.raises((TypeError, ValueError)):
        record(HAPPENED, actor=ada, tenant_id=T1, data={"value": value})  # type: ignore[dict-item]


@pytest.mark.usefixtures("in_tenant")
def test_pages_follow_one_another_newest_first_by_key_and_filters_hold(ada: Actor) -> None:
    """issue, point 10: audit browsable and searchable; keyset paging."""
    with transaction.atomic():
        ids = [record(HAPPENED, actor=ada, tenant_id=T1, reason=str(n)) for n in range(7)]
    found: list[Event] = []
    page = Event.objects.of(T1).newest_first()
    while rows := list(page[:3]):
        found += rows
        last = rows[-1]
        page = Event.objects.of(T1).newest_first().older_than(last.recorded_at, last.id)
    assert [row.id for row in found] == list(reversed(ids))
    middle = found[3].recorded_at
    assert Event.objects.between(middle, None).count() == 4
    assert Event.objects.between(None, middle).count() == 3
    assert ada.id is not None
    assert Event.objects.by(ada.id).typed(HAPPENED.name).count() == 7
    assert not Event.objects.typed("testing.failed").exists()
    assert not Event.objects.about(uuid4()).exists()
