"""The glance that the console takes at a chain: whole, waiting, broken, and cheap."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity.audit import chain_state, checkpoints, sealing
from identity.audit.models import Batch, Checkpoint, Event, Seal
from tests.identity.audit.conftest import T1, happen

pytestmark = pytest.mark.usefixtures("as_platform")


def sealed_log(batches: int = 3) -> None:
    """A few batches of one tenant, and a signed statement of the last."""
    for number in range(batches):
        happen(4, seed=number)
        sealing.seal()
    checkpoints.sign_heads()


def test_nothing_recorded_is_an_empty_chain() -> None:
    """Issue 2.10: chain state at a glance."""
    assert chain_state.of(T1).kind == "empty"


def test_a_sealed_log_is_whole() -> None:
    """Issue 2.10: whole, with how far it goes and when it was signed."""
    sealed_log()
    state = chain_state.of(T1)
    assert (state.kind, state.batches, state.waiting) == ("whole", 3, 0)
    assert state.signed_at is not None
    assert chain_state.of_all().kind == "sealing"


def test_what_was_just_recorded_waits_and_what_waits_long_is_said() -> None:
    """The sealer works within seconds; a dead worker shows."""
    sealed_log()
    happen(2, seed=9)
    state = chain_state.of(T1)
    assert (state.kind, state.waiting) == ("whole", 2)
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        assert chain_state.of(T1).kind == "waiting"
        assert chain_state.of_all().kind == "behind"


def test_a_glance_costs_the_same_however_long_the_chain(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    """Performance: a page of the console is O(page)."""
    sealed_log(chain_state.LOOKED_AT + 4)
    with django_assert_max_num_queries(8 + 2 * chain_state.LOOKED_AT):
        state = chain_state.of(T1)
    assert len(state.links) == chain_state.LOOKED_AT


@pytest.mark.usefixtures("as_intruder")
class TestTampering:
    """AD17: what somebody with the tables in hand does to the newest links shows at a glance."""

    def test_a_changed_event_breaks_its_batch(self) -> None:
        sealed_log()
        seal = Seal.objects.get(tenant_id=T1, batch_number=2, position=1)
        Event.objects.filter(pk=seal.event_id).update(reason="x")
        state = chain_state.of(T1)
        assert (state.kind, state.first_bad) == ("broken", 2)

    def test_a_removed_batch_breaks_the_one_after_it(self) -> None:
        sealed_log()
        Batch.objects.filter(tenant_id=T1, number=2).delete()
        assert chain_state.of(T1).first_bad == 3

    def test_a_cut_tail_contradicts_the_signed_statement(self) -> None:
        sealed_log()
        Batch.objects.filter(tenant_id=T1, number=3).delete()
        assert chain_state.of(T1).first_bad == 3

    def test_another_digest_than_the_signed_one_is_seen(self) -> None:
        sealed_log()
        Checkpoint.objects.filter(tenant_id=T1).update(digest=b"x" * 32)
        assert chain_state.of(T1).first_bad == 3
