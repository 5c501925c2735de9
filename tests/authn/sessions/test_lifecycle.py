"""Sessions from opening to end."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from authn.authenticators import passwords
from authn.sessions import grants, lifecycle, pruning, tokens
from authn.sessions.models import EndReason, LoginSession, TokenGrant
from authn.sessions.signals import session_ended
from identity.audit.models import Event
from identity.kernel.actors import SYSTEM, Origin
from identity.tenancy.scope import platform_scope, tenant_scope
from tenants.registry import lifecycle as registry
from tenants.registry.models import Tenant
from tenants.registry.policy import TenantPolicy
from tenants.users import accounts
from tenants.users.models import User
from tests.builders.clients import a_client
from tests.builders.people import a_user
from tests.builders.signing_in import PASSWORD
from tests.builders.statements import statements
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db

HOME = Origin(ip="203.0.113.7", user_agent="home", country="SE")
AWAY = Origin(ip="2001:db8::1", user_agent="away", country="PT")


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    """A tenant whose sessions idle out after an hour and end after a day; the test in its scope."""
    made = a_tenant(session={"idle_minutes": 60, "absolute_minutes": 1440})
    with tenant_scope(made.id):
        yield made


def open_for(user: User, **more: Any) -> LoginSession:
    """A session of `user`."""
    return lifecycle.open(
        tenant=user.tenant,
        user=user,
        amr=["pwd"],
        acr="urn:signet:acr:1",
        auth_time=timezone.now(),
        origin=HOME,
        **more,
    ).session


def grant_in(session: LoginSession, *, is_offline: bool = False) -> TokenGrant:
    """Something granted in `session` to a client of its own."""
    return grants.create(
        tenant=session.tenant,
        client=a_client(session.tenant).client,
        user=session.user,
        session=session,
        scopes=["openid"],
        is_offline=is_offline,
        nonce="",
        expires_at=None,
        actor=SYSTEM,
    )


def is_revoked(grant: TokenGrant) -> bool:
    """As the row says now."""
    grant.refresh_from_db()
    return grant.revoked_at is not None


def test_a_session_ends_when_nobody_used_it_for_the_idle_time(tenant: Tenant) -> None:
    """SE07: "clock past idle: ended"; tested at use, by no job."""
    session = open_for(a_user(tenant))

    assert lifecycle.is_live(session, tenant)
    with time_machine.travel(timezone.now() + timedelta(minutes=62)):
        assert not lifecycle.is_live(session, tenant)


def test_use_keeps_a_session_alive_but_never_past_its_absolute_end(tenant: Tenant) -> None:
    """SE07: "with heartbeat traffic: absolute not extendable"."""
    session = open_for(a_user(tenant))
    begun = timezone.now()
    for minutes in range(30, 1440, 30):
        with time_machine.travel(begun + timedelta(minutes=minutes)):
            assert lifecycle.is_live(session, tenant)
            lifecycle.touch(session=session, tenant=tenant, origin=HOME)
            session.refresh_from_db()

    with time_machine.travel(begun + timedelta(minutes=1441)):
        lifecycle.touch(session=session, tenant=tenant, origin=HOME)
        session.refresh_from_db()
        assert not lifecycle.is_live(session, tenant)


@pytest.mark.parametrize("limit", [{"idle_minutes": 5}, {"absolute_minutes": 10}])
def test_a_tightened_policy_holds_for_sessions_that_are_open_already(
    tenant: Tenant, limit: dict[str, int]
) -> None:
    """SE07: limits are the tenant's of now, not of the day of the sign-in."""
    session = open_for(a_user(tenant))
    policy = TenantPolicy.parse({"session": limit})
    tightened = registry.update(tenant=tenant, policy=policy, actor=SYSTEM)

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert lifecycle.is_live(session, tenant)
        assert not lifecycle.is_live(session, tightened)


def test_last_access_is_written_once_a_minute(tenant: Tenant) -> None:
    """Contract 2.4, ClientEvent last_access: "at most once a minute"."""
    session = open_for(a_user(tenant))
    with statements() as at_once:
        lifecycle.touch(session=session, tenant=tenant, origin=AWAY)
    with time_machine.travel(timezone.now() + timedelta(seconds=61)), statements() as later:
        lifecycle.touch(session=session, tenant=tenant, origin=AWAY)

    session.refresh_from_db()
    assert (len(at_once), len(later)) == (0, 1)
    assert (session.last_access_ip, session.last_access_country) == ("2001:db8::1", "PT")
    assert (session.created_ip, session.created_country) == ("203.0.113.7", "SE")


def test_a_session_that_replaces_another_takes_its_grants_along(tenant: Tenant) -> None:
    """SE02: new id on a new proof; applications that were let in stay let in."""
    ada = a_user(tenant)
    old = open_for(ada)
    grant = grant_in(old)

    new = open_for(ada, replaces=old)

    old.refresh_from_db()
    grant.refresh_from_db()
    assert new.id != old.id
    assert (old.end_reason, old.successor_id) == (EndReason.REPLACED, new.id)
    assert (grant.session_id, grant.revoked_at) == (new.id, None)


def test_a_flood_of_sign_ins_ends_the_oldest_sessions(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SE13: "policy cap holds, oldest ended"."""
    monkeypatch.setattr(lifecycle, "LIVE_PER_PERSON", 3)
    ada, eve = a_user(tenant), a_user(tenant)
    sessions = [open_for(ada) for _ in range(5)]
    other = open_for(eve)

    live = set(LoginSession.objects.filter(ended_at=None).values_list("pk", flat=True))

    assert live == {*(each.pk for each in sessions[2:]), other.pk}


@pytest.mark.parametrize(
    ("reason", "offline_dies"),
    [(EndReason.SIGNED_OUT, False), (EndReason.ENDED_BY_OWNER, True)],
)
def test_ending_a_session_kills_what_was_granted_in_it(
    tenant: Tenant, reason: EndReason, offline_dies: bool
) -> None:
    """LO08: "session & non-offline RT dead"; issue 2: ending one from the list kills its tokens."""
    session = open_for(a_user(tenant))
    online, offline = grant_in(session), grant_in(session, is_offline=True)

    assert lifecycle.end(session=session, reason=reason, actor=SYSTEM)

    assert is_revoked(online)
    assert is_revoked(offline) == offline_dies
    assert [row.reason for row in Event.objects.filter(type="session.ended")] == [reason]


def test_a_token_of_a_surplus_session_is_dead(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SE13: the sessions that a flood pushes out take their tokens along."""
    monkeypatch.setattr(lifecycle, "LIVE_PER_PERSON", 1)
    ada = a_user(tenant)
    first = open_for(ada)
    grant = grant_in(first)
    token = tokens.access_token(
        tenant=tenant,
        client=grant.client,
        grant_id=grant.id,
        subject=str(ada.id),
        session_id=first.id,
        scopes=["openid"],
    ).value
    assert tokens.inspect(tenant=tenant, value=token) is not None

    open_for(ada)

    assert tokens.inspect(tenant=tenant, value=token) is None


def test_a_session_ends_once(tenant: Tenant) -> None:
    """One audit row and one announcement, however often it is ended."""
    session = open_for(a_user(tenant))
    heard: list[Any] = []

    def hear(**news: Any) -> None:
        heard.append(news["session"].pk)

    session_ended.connect(hear)
    try:
        ended = [
            lifecycle.end(session=session, reason=EndReason.SIGNED_OUT, actor=SYSTEM)
            for _ in range(2)
        ]
    finally:
        session_ended.disconnect(hear)

    assert ended == [True, False]
    assert heard == [session.pk]
    assert Event.objects.filter(type="session.ended").count() == 1


def test_ending_all_others_keeps_the_one_and_its_grants(tenant: Tenant) -> None:
    """SE06: "others dead, RTs dead, own kept"."""
    ada = a_user(tenant)
    own, other = open_for(ada), open_for(ada)
    kept, lost = grant_in(own), grant_in(other, is_offline=True)

    count = lifecycle.end_all(user=ada, reason=EndReason.ENDED_BY_OWNER, actor=SYSTEM, but=own)

    assert count == 1
    assert not is_revoked(kept)
    assert is_revoked(lost)
    assert list(LoginSession.objects.filter(ended_at=None)) == [own]


def test_deactivating_a_person_ends_every_session_and_grant(tenant: Tenant) -> None:
    """SE05, decision D4: "An operator's disable stops everything at once"."""
    ada = a_user(tenant)
    session = open_for(ada)
    grant = grant_in(session, is_offline=True)

    accounts.deactivate(user=ada, actor=SYSTEM)

    session.refresh_from_db()
    assert session.end_reason == EndReason.USER_DISABLED
    assert is_revoked(grant)


def test_a_changed_password_ends_sessions_and_a_first_one_does_not(tenant: Tenant) -> None:
    """SE06: credential change: others dead."""
    ada = a_user(tenant)
    session = open_for(ada)
    passwords.set_password(user=ada, password=PASSWORD, actor=SYSTEM)
    session.refresh_from_db()
    assert session.ended_at is None

    passwords.set_password(user=ada, password=f"{PASSWORD}, another", actor=SYSTEM)

    session.refresh_from_db()
    assert session.end_reason == EndReason.CREDENTIAL_CHANGED


def test_deleting_a_person_takes_their_sessions_along(tenant: Tenant) -> None:
    """User deleted: nothing of theirs is left to use."""
    ada = a_user(tenant)
    grant_in(open_for(ada))

    accounts.delete(user=ada, actor=SYSTEM)

    assert not LoginSession.objects.exists()
    assert not TokenGrant.objects.filter(user__isnull=False).exists()


def test_a_changed_address_ends_sessions(tenant: Tenant) -> None:
    """SE06: e-mail change: "others dead, RTs dead"."""
    ada = a_user(tenant)
    session = open_for(ada)
    grant = grant_in(session, is_offline=True)

    accounts.update(user=ada, email="new@example.com", actor=SYSTEM)

    session.refresh_from_db()
    assert session.end_reason == EndReason.CREDENTIAL_CHANGED
    assert is_revoked(grant)


@pytest.mark.django_db(transaction=True)
def test_what_has_long_been_over_is_cleared_away() -> None:
    """Reliability: tables do not grow for good; what an offline grant hangs on stays."""
    tenant = a_tenant()
    with tenant_scope(tenant.id):
        ada = a_user(tenant)
        plain, offline = open_for(ada), open_for(ada)
        grant_in(plain)
        kept = grant_in(offline, is_offline=True)
        lifecycle.end(session=plain, reason=EndReason.SIGNED_OUT, actor=SYSTEM)
    with time_machine.travel(timezone.now() + timedelta(days=130)), platform_scope():
        pruning.prune()
    with tenant_scope(tenant.id):
        assert list(LoginSession.objects.all()) == [offline]
        assert list(TokenGrant.objects.filter(user__isnull=False)) == [kept]
        assert TokenGrant.objects.filter(user__isnull=True).count() == 2
