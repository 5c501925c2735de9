"""Erasing what is personal leaves the chain whole."""

import pytest
from django.db import ProgrammingError, transaction

from identity.audit import redaction, sealing, verification
from identity.audit.models import Event
from identity.audit.recording import Subject, record
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from tests.identity.audit.conftest import ADA, BOB, HAPPENED, T1, T2, person, problems


@pytest.mark.usefixtures("as_platform")
def test_a_persons_facts_go_and_other_peoples_stay() -> None:
    """issue: "personal facts as HMAC under a random salt kept beside the fact and erased with it"."""
    ada, bob = person(ADA, "ada"), person(BOB, "bob")
    ids = [
        record(HAPPENED, actor=ada, tenant_id=T1, subject=Subject("user", BOB, "Bob B.")),
        record(HAPPENED, actor=bob, tenant_id=T1, subject=Subject("user", ADA, "Ada L.")),
        record(HAPPENED, actor=ada, tenant_id=T2),
    ]
    sealing.seal()
    assert redaction.erase(tenant_id=T1, person_id=ADA, actor=SYSTEM) == 2
    by_her, about_her, elsewhere = (Event.objects.get(id=each) for each in ids)
    assert set(by_her.facts) == {"subject.label"}
    assert "subject.label" not in about_her.facts
    assert about_her.fact("actor.label") == "bob"
    assert elsewhere.fact("actor.label") == "ada"
    sealing.seal()
    assert problems(T1) == []
    assert verification.verify(T1, {}).erased_facts == 5
    assert Event.objects.filter(type="audit.facts_erased", subject_id=ADA).count() == 1


@pytest.mark.django_db
def test_a_tenants_code_cannot_erase() -> None:
    """AD17: refused to the app role."""
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with tenant_scope(T1), refused, transaction.atomic():
        redaction.erase(tenant_id=T1, person_id=ADA, actor=SYSTEM)


@pytest.mark.usefixtures("as_platform")
def test_equal_facts_of_two_events_have_unequal_digests() -> None:
    """A table of known addresses finds nothing: each fact has a salt of its own."""
    for _ in range(2):
        record(HAPPENED, actor=person(ADA, "ada"), tenant_id=T1)
    first, second = Event.objects.all()
    assert first.facts["actor.ip"][1] == second.facts["actor.ip"][1]
    assert first.facts["actor.ip"][0] != second.facts["actor.ip"][0]
    assert first.fact_digests["actor.ip"] != second.fact_digests["actor.ip"]
