"""Tries are counted before the secret is looked at (contract 2.8, security.md 3.12)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from authn.blocking import blocks, clients_guard, device_cookies, guard
from authn.blocking.guard import Permit, Stopped
from authn.blocking.models import Block, FailureCount, SubjectKind
from identity.kernel.actors import SYSTEM, Origin
from identity.kernel.errors import NotFound
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.people import a_user
from tests.builders.tenants import a_tenant

HERE = Origin(ip="203.0.113.7")
THERE = Origin(ip="198.51.100.9")


def strict(**block: int) -> Tenant:
    """A tenant with small limits."""
    return a_tenant(
        block={"ip_attempts_limit": 50, "user_attempts_limit": 3, "initial_block_seconds": 60}
        | block
    )


def reserve(
    tenant: Tenant, user: User | None, origin: Origin = HERE, **more: Any
) -> Permit | Stopped:
    """One try at the password of `user`, or of nobody."""
    name = more.pop("identifier", user.username if user else "nobody")
    with tenant_scope(tenant.id):
        return guard.reserve(
            tenant=tenant,
            origin=origin,
            user=user,
            identifier=name,
            method=more.pop("method", "password"),
            **more,
        )


def wrong(
    tenant: Tenant, user: User | None, origin: Origin = HERE, **more: Any
) -> Permit | Stopped:
    """One try that turns out wrong."""
    permit = reserve(tenant, user, origin, **more)
    if isinstance(permit, Permit):
        with tenant_scope(tenant.id):
            guard.fail(permit=permit, actor=SYSTEM)
    return permit


def right(tenant: Tenant, user: User, origin: Origin = HERE, **more: Any) -> Permit | Stopped:
    """One try that turns out right."""
    permit = reserve(tenant, user, origin, **more)
    if isinstance(permit, Permit):
        with tenant_scope(tenant.id):
            guard.succeed(permit=permit)
    return permit


@pytest.mark.django_db
def test_after_the_limit_right_and_wrong_answers_are_refused_alike() -> None:
    """BF01: 100 wrong, then right; refused while blocked, right works after."""
    tenant = strict()
    user = a_user(tenant)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            assert isinstance(wrong(tenant, user), Permit)

        stopped = reserve(tenant, user)
        assert isinstance(stopped, Stopped)
        assert stopped.retry_after_seconds == 60
        clock.shift(timedelta(seconds=61))
        assert isinstance(right(tenant, user), Permit)


@pytest.mark.django_db
def test_tries_while_blocked_do_not_extend_the_block() -> None:
    """Contract 2.8: attempts do not extend the block."""
    tenant = strict()
    user = a_user(tenant)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            wrong(tenant, user)
        for _ in range(20):
            wrong(tenant, user)
        clock.shift(timedelta(seconds=30))

        stopped = reserve(tenant, user)
        assert isinstance(stopped, Stopped)
        assert stopped.retry_after_seconds == 30


@pytest.mark.django_db
def test_each_further_block_is_twice_as_long_up_to_the_longest() -> None:
    """Contract 2.8: initial times 2^(n-1), never above max_block_time_minutes."""
    tenant = strict(user_attempts_limit=1, max_block_time_minutes=5)
    user = a_user(tenant)
    lengths = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            assert isinstance(wrong(tenant, user), Permit)
            stopped = reserve(tenant, user)
            assert isinstance(stopped, Stopped)
            lengths.append(stopped.retry_after_seconds)
            clock.shift(timedelta(seconds=stopped.retry_after_seconds + 1))

    assert lengths == [60, 120, 240, 300, 300]
    with tenant_scope(tenant.id):
        history = Block.objects.filter(tenant=tenant).order_by("blocked_at", "id")
        assert [block.block_seconds for block in history] == lengths


@pytest.mark.django_db
def test_success_resets_the_users_level_but_not_the_addresss_count() -> None:
    """BF09: one's own success does not wash off guesses at others' accounts."""
    tenant = strict(ip_attempts_limit=4)
    mine, theirs = a_user(tenant), a_user(tenant)
    for _ in range(2):
        wrong(tenant, theirs)
    for _ in range(3):
        assert isinstance(right(tenant, mine), Permit)
    assert isinstance(wrong(tenant, mine), Permit)
    assert isinstance(wrong(tenant, mine), Permit)

    stopped = right(tenant, mine)

    assert isinstance(stopped, Stopped)
    assert stopped.kind == SubjectKind.ADDRESS


@pytest.mark.django_db
def test_a_right_answer_in_the_last_slot_takes_the_block_back() -> None:
    """Slots are reserved before the secret is evaluated, released on success."""
    tenant = strict()
    user = a_user(tenant)
    wrong(tenant, user)
    wrong(tenant, user)

    assert isinstance(right(tenant, user), Permit)
    assert isinstance(right(tenant, user), Permit)


@pytest.mark.django_db
def test_spraying_from_one_address_stops_the_address_and_locks_nobody() -> None:
    """BF03: one address, many users; the address counter stops it, users are not locked."""
    tenant = strict(ip_attempts_limit=5)
    users = [a_user(tenant) for _ in range(6)]
    for user in users[:5]:
        assert isinstance(wrong(tenant, user), Permit)

    assert isinstance(wrong(tenant, users[5]), Stopped)
    assert all(isinstance(right(tenant, user, THERE), Permit) for user in users)


@pytest.mark.django_db
def test_one_try_from_each_of_many_addresses_is_stopped_by_the_users_counter() -> None:
    """BF02: distributed guessing at one user."""
    tenant = strict(user_attempts_limit=10)
    user = a_user(tenant)

    outcomes = [wrong(tenant, user, Origin(ip=f"198.51.100.{n}")) for n in range(30)]

    assert sum(isinstance(outcome, Permit) for outcome in outcomes) == 10


@pytest.mark.django_db
def test_a_thousand_addresses_of_one_64_are_one_address() -> None:
    """BF05: IPv6 hopping."""
    tenant = strict(ip_attempts_limit=5)

    outcomes = [
        wrong(tenant, None, Origin(ip=f"2001:db8::{n:x}"), identifier=f"name-{n}")
        for n in range(1, 21)
    ]

    assert sum(isinstance(outcome, Permit) for outcome in outcomes) == 5


@pytest.mark.django_db
def test_an_unknown_name_is_stopped_exactly_as_a_known_one() -> None:
    """EN11, EN12: same lock, same Retry-After."""
    tenant = strict()
    user = a_user(tenant)
    with time_machine.travel(timezone.now(), tick=False):
        known = [wrong(tenant, user) for _ in range(5)]
        unknown = [wrong(tenant, None, THERE, identifier=" NoBody ") for _ in range(5)]

    def told(outcomes: list[Permit | Stopped]) -> list[Any]:
        return [getattr(outcome, "retry_after_seconds", "permit") for outcome in outcomes]

    assert told(known) == told(unknown) == ["permit"] * 3 + [60] * 2
    assert isinstance(reserve(tenant, None, THERE, identifier="nobody"), Stopped)


@pytest.mark.django_db
def test_a_browser_with_the_users_device_cookie_gets_in_past_every_block() -> None:
    """BF14: M locks V; V from a browser with V's device cookie gets in."""
    tenant = strict(ip_attempts_limit=5)
    victim = a_user(tenant)
    for _ in range(10):
        wrong(tenant, victim)
    nonce = device_cookies.read(
        tenant=tenant, user=victim, value=device_cookies.issue(tenant=tenant, user=victim)
    )

    assert isinstance(right(tenant, victim), Stopped)
    assert isinstance(right(tenant, victim, device=nonce), Permit)


@pytest.mark.django_db
def test_guesses_with_a_device_cookie_are_counted_on_the_cookie() -> None:
    """A stolen cookie buys no more guesses than an address."""
    tenant = strict(ip_attempts_limit=5)
    victim = a_user(tenant)

    outcomes = [wrong(tenant, victim, device="nonce") for _ in range(20)]

    assert sum(isinstance(outcome, Permit) for outcome in outcomes) == 5


@pytest.mark.django_db
def test_guesses_by_name_block_the_password_and_nothing_else() -> None:
    """BF14: a block of the password leaves passkey, image login and Kerberos open."""
    tenant = strict()
    victim = a_user(tenant)
    for _ in range(5):
        wrong(tenant, victim)

    assert isinstance(reserve(tenant, victim, THERE), Stopped)
    assert isinstance(reserve(tenant, victim, THERE, method="passkey"), Permit)


@pytest.mark.django_db
def test_a_hundred_failures_in_a_row_close_the_method_until_recovery() -> None:
    """NIST SP 800-63B-4 §3.2.2: not more than 100 consecutive failed attempts."""
    tenant = strict(user_attempts_limit=1_000, ip_attempts_limit=10_000)
    user = a_user(tenant)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        outcomes = [wrong(tenant, user) for _ in range(101)]
        assert sum(isinstance(outcome, Permit) for outcome in outcomes) == 100
        clock.shift(timedelta(days=400))
        assert isinstance(right(tenant, user), Stopped)

        blocks.reopen(user=user, method="password", actor=SYSTEM)

        assert isinstance(right(tenant, user), Permit)


@pytest.mark.django_db
def test_a_block_in_one_tenant_is_none_in_another() -> None:
    """BF20: alice@T1 locked, alice@T2 unaffected."""
    one, two = strict(), strict()
    for _ in range(60):
        wrong(one, None, identifier="alice")

    assert isinstance(reserve(one, None, identifier="alice"), Stopped)
    assert isinstance(reserve(two, None, identifier="alice"), Permit)


@pytest.mark.django_db
def test_an_operator_lifts_a_block_once() -> None:
    """BF15: unlock is consistent; a block that ended cannot be lifted."""
    tenant = strict()
    user = a_user(tenant)
    for _ in range(3):
        wrong(tenant, user)
    with tenant_scope(tenant.id):
        block = blocks.running(tenant).get()
    assert block.user_id == user.id

    blocks.lift(block=block, actor=SYSTEM)

    assert isinstance(right(tenant, user), Permit)
    with pytest.raises(NotFound):
        blocks.lift(block=block, actor=SYSTEM)


@pytest.mark.django_db
def test_old_history_is_pruned_and_closed_methods_are_not() -> None:
    """30 days of history for operators."""
    tenant = strict(user_attempts_limit=1)
    user = a_user(tenant)
    wrong(tenant, user)
    with tenant_scope(tenant.id):
        FailureCount.objects.filter(kind=SubjectKind.USER).update(consecutive=100)
    with time_machine.travel(timezone.now() + timedelta(days=40), tick=False):
        blocks.prune()

    with tenant_scope(tenant.id):
        assert not Block.objects.exists()
        assert FailureCount.objects.filter(kind=SubjectKind.USER).count() == 1
        assert not FailureCount.objects.filter(kind=SubjectKind.ADDRESS).exists()


@pytest.mark.django_db
def test_a_client_is_throttled_by_client_and_address_only() -> None:
    """CA10: throttled by client and address; a legitimate caller elsewhere still works."""
    tenant = strict(user_attempts_limit=5)
    with tenant_scope(tenant.id):
        for _ in range(5):
            assert clients_guard.check(tenant=tenant, client_id="web", origin=HERE) is None
            clients_guard.fail(tenant=tenant, client_id="web", origin=HERE)

        assert clients_guard.check(tenant=tenant, client_id="web", origin=HERE) is not None
        assert clients_guard.check(tenant=tenant, client_id="web", origin=THERE) is None
        assert clients_guard.check(tenant=tenant, client_id="other", origin=HERE) is None


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_cannot_outrun_the_limit() -> None:
    """ZK06, R3: of 60 tries sent at once at most the limit is evaluated."""
    tenant = strict(user_attempts_limit=5, ip_attempts_limit=1_000)
    user = a_user(tenant)

    def guess(_: int) -> bool:
        try:
            return isinstance(wrong(tenant, user), Permit)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        evaluated = sum(pool.map(guess, range(60)))

    assert evaluated == 5


@pytest.mark.django_db(transaction=True)
def test_people_behind_one_address_who_sign_in_at_one_moment_all_get_in() -> None:
    """A slot is no failure: who meets the last one waits until it is judged."""
    tenant = strict(ip_attempts_limit=3)
    people = [a_user(tenant) for _ in range(12)]

    def sign_in_rightly(user: User) -> bool:
        try:
            return isinstance(right(tenant, user), Permit)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(sign_in_rightly, people))

    assert all(outcomes)


def test_a_device_cookie_of_another_person_or_tenant_is_none() -> None:
    """MF17, MF20 for the device cookie: bound to tenant and user."""
    one, two = Tenant(slug="one"), Tenant(slug="two")
    ada, bob = User(username="ada"), User(username="bob")
    value = device_cookies.issue(tenant=one, user=ada)

    assert device_cookies.read(tenant=one, user=ada, value=value)
    assert not device_cookies.read(tenant=one, user=bob, value=value)
    assert not device_cookies.read(tenant=two, user=ada, value=value)
    assert not device_cookies.read(tenant=one, user=None, value=value)


@pytest.mark.parametrize("value", ["", "a.b.c", "a" * 500, "a.9999999999.é", "..", "a.x.b"])
def test_garbage_is_no_device_cookie(value: str) -> None:
    """SE15: garbage cookies are nothing, and no error."""
    assert device_cookies.read(tenant=Tenant(), user=User(), value=value) == ""
