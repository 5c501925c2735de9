"""Consents as rows: one per person and client, a union that loses nothing."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from oidc.consents import consenting, scopes
from oidc.consents.models import Consent
from tests.oidc.parties import Scene, a_scene


def _give(scene: Scene, names: Iterable[str]) -> None:
    consenting.give(
        user=scene.user,
        client=scene.app.client,
        scopes=names,
        documents={"policy": "https://app.example.com/policy"},
        actor=SYSTEM,
    )


def test_consents_add_up_to_their_union(scene: Scene) -> None:
    """RC07: one row, union not lost."""
    with tenant_scope(scene.tenant.id):
        _give(scene, ["openid", "email"])
        _give(scene, ["profile", "openid"])
        row = Consent.objects.get(user=scene.user)
        held = consenting.standing(user=scene.user, client=scene.app.client)
    assert row.scopes == ["email", "openid", "profile"]
    assert held == {"email", "openid", "profile"}


def test_many_tabs_at_once_lose_nothing(transactional_db: None) -> None:
    """RC07: grant ×50 → 1 row, union not lost."""
    scene = a_scene()
    names = [f"scope:{number}" for number in range(50)]
    gate = Barrier(10)

    def tab(number: int) -> None:
        try:
            with tenant_scope(scene.tenant.id):
                gate.wait()
                for name in names[number::10]:
                    _give(scene, [name])
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as tabs:
        list(tabs.map(tab, range(10)))
    with tenant_scope(scene.tenant.id):
        assert Consent.objects.get().scopes == sorted(names)


def test_what_was_accepted_with_a_consent_is_on_record(scene: Scene) -> None:
    """Contract 2.8: acceptance of policy and terms is recorded with URL and time."""
    with tenant_scope(scene.tenant.id):
        _give(scene, ["openid"])
        event = Event.objects.get(type="consent.given")
    assert event.data["documents"] == {"policy": "https://app.example.com/policy"}


def test_every_scope_is_described_and_news_is_marked() -> None:
    """OpenID Connect Core §3.1.2.4: the dialogue makes it clear what is being consented to."""
    rows = scopes.described({"openid", "email", "own:scope"}, known={"openid"})
    assert [(row["name"], row["is_new"]) for row in rows] == [
        ("openid", False),
        ("email", True),
        ("own:scope", True),
    ]
    assert all(scope.title for scope in scopes.BY_NAME.values())


def test_at_first_nothing_is_marked_as_new() -> None:
    """A first consent is new as a whole; marking each line would say nothing."""
    assert not any(row["is_new"] for row in scopes.described({"openid", "email"}))
