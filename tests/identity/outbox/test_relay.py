"""Claims, leases, back-off, dead letters, and that one tenant cannot stand in another's way."""

import threading
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from identity.outbox import claiming, pruning, relay
from identity.outbox.handlers import Delivery, NotNow, Unavailable, Undeliverable
from identity.outbox.models import Message, Resting
from identity.outbox.sending import enqueue
from identity.tenancy.scope import current, platform_scope
from tests.identity.outbox.conftest import T1, T2, only
from tests.identity.outbox.topics import TOPIC, behaving, delivered

pytestmark = pytest.mark.usefixtures("as_platform")


def _hurry() -> None:
    Message.objects.open().update(available_at=Now() - timedelta(seconds=1))


def test_a_message_is_delivered_once_in_the_scope_of_its_tenant() -> None:
    """tenancy §8: the relay claims as the platform, delivers as the tenant."""
    message_id = enqueue(TOPIC, {"n": 1}, tenant_id=T1)
    scopes: list[UUID | None] = []
    with behaving(lambda _: scopes.append(current().tenant)):
        assert relay.drain() == 1
        assert relay.drain() == 0
    assert scopes == [T1]
    (delivery,) = delivered
    assert (delivery.id, delivery.payload, delivery.attempt) == (message_id, {"n": 1}, 1)
    assert only().state == "delivered"


def test_what_concerns_no_tenant_is_delivered_as_the_platform() -> None:
    """interfaces: tenant_id None is the installation."""
    enqueue(TOPIC, {}, tenant_id=None)
    with behaving(lambda _: None if current().is_platform else pytest.fail("not the platform")):
        relay.drain()
    assert delivered[0].tenant_id is None


def test_a_message_waits_for_its_time() -> None:
    """dependencies: available_at."""
    enqueue(TOPIC, {}, tenant_id=T1)
    Message.objects.update(available_at=Now() + timedelta(minutes=1))
    assert relay.drain() == 0
    _hurry()
    assert relay.drain() == 1


def test_a_failure_is_tried_again_later_under_the_same_id() -> None:
    """FT06: retry and back-off."""
    message_id = enqueue(TOPIC, {}, tenant_id=T1)

    def fail(_: Delivery) -> None:
        raise NotNow("the receiver is down")

    with behaving(fail):
        assert relay.drain() == 1
    assert only().state == "retrying"
    assert only().last_error == "the receiver is down"
    assert relay.drain() == 0
    _hurry()
    assert relay.drain() == 1
    assert (delivered[0].id, delivered[0].attempt) == (message_id, 2)
    assert only().last_error == ""


def test_a_foreign_exception_keeps_its_name_only() -> None:
    """IJ02: what it says may hold what was to be delivered."""
    enqueue(TOPIC, {}, tenant_id=T1)

    def fail(_: Delivery) -> None:
        raise KeyError("s3cret")

    with behaving(fail):
        relay.drain()
    assert only().last_error == "KeyError"


def test_the_delay_doubles_up_to_an_hour_and_is_spread() -> None:
    """dependencies: exponential back-off with jitter."""
    for attempt, seconds in [(1, 5), (2, 10), (3, 20), (9, 1280), (11, 3600), (1000, 3600)]:
        delays = {claiming.delay(attempt).total_seconds() for _ in range(50)}
        assert seconds / 2 <= min(delays) < max(delays) <= seconds


@pytest.mark.parametrize("attempts", [claiming.ATTEMPTS_MAX - 1, claiming.ATTEMPTS_MAX])
def test_a_poison_message_is_given_up_and_others_go_on(attempts: int) -> None:
    """FT20: dead-letter, worker alive. At ATTEMPTS_MAX it took its worker down each time."""
    poison = enqueue(TOPIC, {"is_poison": True}, tenant_id=T1)
    enqueue(TOPIC, {}, tenant_id=T1)
    Message.objects.filter(id=poison).update(attempts=attempts)

    def fail(delivery: Delivery) -> None:
        if delivery.payload:
            raise ValueError

    with behaving(fail):
        relay.drain()
    dead = Message.objects.dead().get()
    assert dead.id == poison
    assert len(delivered) == 1
    _hurry()
    assert relay.drain() == 0


def test_what_can_never_be_delivered_is_given_up_at_once() -> None:
    """FT06: 5xx is final."""
    enqueue(TOPIC, {}, tenant_id=T1)

    def fail(_: Delivery) -> None:
        raise Undeliverable("no such mailbox")

    with behaving(fail):
        relay.drain()
    assert (only().state, only().attempts) == ("dead", 1)
    assert only().last_error == "no such mailbox"


def test_an_unknown_topic_waits_for_the_release_that_knows_it() -> None:
    """FT20: malformed message; a rolling upgrade meets these too."""
    enqueue("testing.unknown", {}, tenant_id=T1)
    assert relay.drain() == 1
    assert only().state == "retrying"


def test_a_dead_workers_message_is_taken_over_and_the_dead_changes_nothing_more() -> None:
    """C3: redelivery after a lease; the lease's token guards what is written."""
    enqueue(TOPIC, {}, tenant_id=T1)
    lost = claiming.claim()
    assert relay.drain() == 0
    assert only().available_at - only().created_at <= timedelta(seconds=55)
    _hurry()
    assert relay.drain() == 1
    assert not claiming.finish(lost.deliveries[0], lost.token)
    assert not claiming.give_up(lost.deliveries[0], lost.token, "late")
    assert only().state == "delivered"


def test_a_worker_asked_to_stop_ends_one_message_and_puts_back_the_others() -> None:
    """SIGTERM finishes the current message."""
    for _ in range(2):
        enqueue(TOPIC, {}, tenant_id=T1)
    assert relay.drain(lambda: bool(delivered)) == 1
    waiting = Message.objects.open().get()
    assert (waiting.attempts, waiting.lease_token) == (0, None)
    assert relay.drain() == 1


def test_a_batch_whose_lease_would_run_out_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """dependencies: the time limit of a delivery is below the lease."""
    for _ in range(2):
        enqueue(TOPIC, {}, tenant_id=T1)
    ticks = iter([0.0, 24.0, 26.0])
    monkeypatch.setattr(relay, "monotonic", lambda: next(ticks))
    assert relay.run_once() == 1
    assert Message.objects.open().get().attempts == 0


def test_a_destination_holds_two_relays_at_most_and_a_tenant_four() -> None:
    """dependencies: one dead receiver cannot starve the others."""
    for destination in ("a", "b", "c"):
        for _ in range(5):
            enqueue(TOPIC, {}, tenant_id=T1, destination=destination)
    enqueue(TOPIC, {}, tenant_id=T2, destination="a")
    first = claiming.claim()
    mine = [each.destination for each in first.deliveries if each.tenant_id == T1]
    assert len(mine) == claiming.TENANT_CAP
    assert max(mine.count(lane) for lane in "abc") == claiming.LANE_CAP
    assert [each.tenant_id for each in first.deliveries].count(T2) == 1
    assert claiming.claim().deliveries == []
    for each in first.deliveries:
        claiming.finish(each, first.token)
    assert len(claiming.claim().deliveries) == claiming.TENANT_CAP


def test_ten_thousand_older_messages_of_one_tenant_do_not_delay_another() -> None:
    """dependencies: order and isolation; the cost grows with lanes, not with messages."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO outbox_message (id, tenant_id, topic, destination, about, payload,
                                        available_at, attempts, last_error)
            SELECT gen_random_uuid(), %s, %s, 'mail', '', '{}', now() - interval '1 hour', 0, ''
              FROM generate_series(1, 10000)
            """,
            [T1, TOPIC],
        )
    late = enqueue(TOPIC, {}, tenant_id=T2, destination="mail")
    assert late in {each.id for each in claiming.claim().deliveries}


def test_no_due_message_is_forgotten_among_many_lanes() -> None:
    """The loose scan visits every lane of every tenant."""
    expected = {
        enqueue(TOPIC, {}, tenant_id=uuid4(), destination=f"lane {number % 3}")
        for number in range(60)
    }
    relay.drain()
    assert {each.id for each in delivered} == expected


@pytest.mark.django_db(transaction=True)
def test_relays_at_once_deliver_each_message_once_within_the_caps() -> None:
    """dependencies: FOR UPDATE SKIP LOCKED, lease; cap per destination holds over all relays."""
    with platform_scope():
        for number in range(60):
            enqueue(TOPIC, {}, tenant_id=T1, destination=f"lane {number % 3}")
    in_flight: Counter[str] = Counter()
    most: Counter[str] = Counter()
    lock = threading.Lock()

    def observe(delivery: Delivery) -> None:
        with lock:
            in_flight[delivery.destination] += 1
            most[delivery.destination] = max(
                most[delivery.destination], in_flight[delivery.destination]
            )
        with lock:
            in_flight[delivery.destination] -= 1

    def work() -> None:
        try:
            start.wait(30)
            relay.drain()
        finally:
            connection.close()

    start = threading.Barrier(4)
    threads = [threading.Thread(target=work) for _ in range(4)]
    with behaving(observe):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        relay.drain()
    assert len(delivered) == len({each.id for each in delivered}) == 60
    assert max(most.values()) <= claiming.LANE_CAP


def _silence(_: Delivery) -> None:
    raise Unavailable("no connection")


def _wait_out(lane: str) -> None:
    Resting.objects.filter(destination=lane).update(until=Now() - timedelta(seconds=1))


def test_a_lane_whose_receiver_is_silent_rests_and_is_tried_by_one_message_at_a_time() -> None:
    """dependencies: one dead receiver cannot starve the others: within all caps, its time limits
    would."""
    for _ in range(5):
        enqueue(TOPIC, {}, tenant_id=T1, destination="dead")
    alive = enqueue(TOPIC, {}, tenant_id=T1, destination="alive")
    other = enqueue(TOPIC, {}, tenant_id=T2, destination="dead")

    def answer(delivery: Delivery) -> None:
        if delivery.tenant_id == T1 and delivery.destination == "dead":
            raise Unavailable("no connection")

    with behaving(answer):
        assert relay.drain() == 3
        assert {each.id for each in delivered} == {alive, other}
        _wait_out("dead")
        assert relay.drain() == 1
    assert Resting.objects.get().failures == 2
    assert sorted(Message.objects.open().values_list("attempts", flat=True)) == [0, 0, 0, 1, 1]
    _wait_out("dead")
    _hurry()
    relay.drain()
    assert not Resting.objects.exists()
    assert not Message.objects.open().exists()


def test_an_answer_that_says_later_does_not_let_the_lane_rest() -> None:
    """A greylisted recipient must not delay other people's mail."""
    for _ in range(3):
        enqueue(TOPIC, {}, tenant_id=T1)

    def fail(_: Delivery) -> None:
        raise NotNow("greylisted")

    with behaving(fail):
        assert relay.drain() == 3
    assert not Resting.objects.exists()


def test_the_rest_grows_to_five_minutes() -> None:
    """A receiver that is back waits that long at most."""
    enqueue(TOPIC, {}, tenant_id=T1)
    seen = []
    with behaving(_silence):
        for _ in range(9):
            _hurry()
            Resting.objects.update(until=Now() - timedelta(seconds=1))
            assert relay.drain() == 1
            left = Resting.objects.annotate(left=F("until") - Now()).get().left
            seen.append(round(left.total_seconds()))
    assert seen == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_what_a_resting_lane_could_not_say_for_a_day_is_given_up() -> None:
    """But a worker that was away for two days delivers what waited for it."""
    for destination in ("dead", "alive"):
        enqueue(TOPIC, {}, tenant_id=T1, destination=destination)
        enqueue(TOPIC, {}, tenant_id=T1, destination=destination)
    with behaving(lambda each: _silence(each) if each.destination == "dead" else None):
        relay.run_once()
    Message.objects.filter(destination="alive").update(done_at=None)
    Message.objects.update(available_at=Now() - timedelta(days=2))
    pruning.prune()
    assert set(Message.objects.dead().values_list("destination", flat=True)) == {"dead"}
    assert Message.objects.open().count() == 2
