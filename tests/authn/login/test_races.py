"""Many at once: exactly one may win (security.md 3.30)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from authn.login import attempts, conversation, email_codes, pipeline, tickets
from authn.login.models import LoginAttempt
from authn.login.outcomes import Completed, Outcome, Proven
from authn.sessions import lifecycle
from authn.sessions.models import LoginSession
from identity.kernel.actors import Origin
from identity.tenancy.scope import platform_scope, tenant_scope
from tenants.registry.models import Tenant
from tests.builders.signing_in import PASSWORD, a_person
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = Origin(ip="203.0.113.7", user_agent="test")
MANY = 12


def in_scope(tenant: Tenant, work: Callable[[], Outcome | bool]) -> Callable[[], Outcome | bool]:
    """`work` inside the tenant's scope: a new thread starts nowhere."""

    def scoped() -> Outcome | bool:
        with tenant_scope(tenant.id):
            return work()

    return scoped


def named_attempt(tenant: Tenant, name: str) -> LoginAttempt:
    """An attempt of a browser in which somebody was named."""
    attempt = attempts.begin(tenant=tenant, browser_digest=b"x" * 32)
    pipeline.answer(
        tenant=tenant,
        attempt=attempt,
        step="identifier",
        data={"identifier": name},
        origin=ORIGIN,
    )
    return attempt


def test_the_same_right_password_many_times_at_once_opens_one_session() -> None:
    """Double click, two tabs: one attempt completes once."""
    tenant = a_tenant(block={"ip_attempts_limit": 1000, "user_attempts_limit": 1000})
    a_person(tenant, "ada")
    with tenant_scope(tenant.id):
        public_id = named_attempt(tenant, "ada").public_id

    def prove() -> Outcome:
        attempt = attempts.find(tenant=tenant, auth_req_id=public_id)
        assert attempt is not None
        return pipeline.answer(
            tenant=tenant,
            attempt=attempt,
            step="password",
            data={"password": PASSWORD},
            origin=ORIGIN,
        )

    outcomes = at_once([in_scope(tenant, prove)] * MANY)

    assert sum(isinstance(outcome, Completed) for outcome in outcomes) == 1
    with tenant_scope(tenant.id):
        assert LoginSession.objects.count() == 1


def test_the_same_ticket_many_times_at_once_is_good_once() -> None:
    """Contract 2.5: single use, by one conditional UPDATE."""
    tenant = a_tenant()
    a_person(tenant, "ada")
    with tenant_scope(tenant.id):
        browser = attempts.begin(tenant=tenant, browser_digest=b"x" * 32)
        talk = conversation.begin(tenant=tenant, face="native")
        for step, data in (("identifier", "ada"), ("password", PASSWORD)):
            outcome = conversation.answer(
                tenant=tenant,
                attempt=talk,
                step=step,
                data={step: data},
                origin=ORIGIN,
                for_browser=browser,
            )
        assert isinstance(outcome, Proven)

    def redeem() -> bool:
        return tickets.redeem(tenant=tenant, nonce=outcome.nonce, attempt=browser) is not None

    assert sum(map(bool, at_once([in_scope(tenant, redeem)] * MANY))) == 1


def test_the_same_mailed_code_many_times_at_once_is_good_once() -> None:
    """Contract 2.5: a code works once, however many bring it."""
    tenant = a_tenant()
    dan = a_person(tenant, "dan", is_verified=False)
    with tenant_scope(tenant.id):
        code = email_codes.mint(user=dan).reveal()

    def redeem() -> bool:
        return email_codes.redeem(user=dan, typed=code)

    assert sum(map(bool, at_once([in_scope(tenant, redeem)] * MANY))) == 1


def test_a_flood_of_sign_ins_keeps_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """SE13: "100 parallel logins: policy cap holds, oldest ended, 0 5xx"."""
    monkeypatch.setattr(lifecycle, "LIVE_PER_PERSON", 4)
    tenant = a_tenant(block={"ip_attempts_limit": 1000, "user_attempts_limit": 1000})
    a_person(tenant, "ada")
    with tenant_scope(tenant.id):
        ids = [named_attempt(tenant, "ada").public_id for _ in range(MANY)]

    def sign_in(public_id: str) -> Callable[[], Outcome | bool]:
        def work() -> Outcome:
            attempt = attempts.find(tenant=tenant, auth_req_id=public_id)
            assert attempt is not None
            return pipeline.answer(
                tenant=tenant,
                attempt=attempt,
                step="password",
                data={"password": PASSWORD},
                origin=ORIGIN,
            )

        return in_scope(tenant, work)

    outcomes = at_once([sign_in(public_id) for public_id in ids])

    assert all(isinstance(outcome, Completed) for outcome in outcomes)
    with tenant_scope(tenant.id):
        assert LoginSession.objects.filter(ended_at=None).count() == 4


def test_naming_another_person_meanwhile_takes_the_proof_its_attempt() -> None:
    """security.md (4): a proof about ada must not complete an attempt that is about eve by now."""
    tenant = a_tenant()
    a_person(tenant, "ada")
    a_person(tenant, "eve")
    with tenant_scope(tenant.id):
        attempt = named_attempt(tenant, "ada")
        other_tab = attempts.find(tenant=tenant, auth_req_id=attempt.public_id)
        assert other_tab is not None
        pipeline.answer(
            tenant=tenant,
            attempt=other_tab,
            step="identifier",
            data={"identifier": "eve"},
            origin=ORIGIN,
        )

        outcome = pipeline.answer(
            tenant=tenant,
            attempt=attempt,
            step="password",
            data={"password": PASSWORD},
            origin=ORIGIN,
        )

        assert not isinstance(outcome, Completed)
        assert not LoginSession.objects.exists()


def test_old_attempts_are_cleared_away() -> None:
    """Reliability: arrivals leave nothing behind for good."""
    tenant = a_tenant()
    with tenant_scope(tenant.id):
        old = attempts.begin(tenant=tenant, browser_digest=b"x" * 32)
    with time_machine.travel(timezone.now() + timedelta(minutes=71)):
        with tenant_scope(tenant.id):
            young = attempts.begin(tenant=tenant, browser_digest=b"x" * 32)
        with platform_scope():
            attempts.prune()
    with tenant_scope(tenant.id):
        assert list(LoginAttempt.objects.all()) == [young]
        assert old.pk != young.pk
