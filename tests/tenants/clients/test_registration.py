"""Clients: registered whole or not at all, changed under the same rules, deleted unless protected."""

from datetime import timedelta
from typing import Any

import pytest

from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from identity.tenancy.scope import tenant_scope
from tenants.clients import directory, registration, signals
from tenants.clients.models import Client, ClientSecret
from tenants.keys import ring
from tenants.registry import credentials
from tenants.registry.models import Tenant
from tests.builders.clients import a_client, a_public_client
from tests.builders.people import a_user
from tests.builders.tenants import a_tenant, the_platform
from tests.devices.at_once import at_once
from tests.tenants.clients.test_redirects import SCRIPTS, WILDCARDS

pytestmark = pytest.mark.django_db

STRONG = "kX9-sL2_pQ7.vB4~wZ8+nM3="


@pytest.fixture
def tenant() -> Tenant:
    return a_tenant()


def events(tenant: Tenant, kind: str) -> int:
    with tenant_scope(tenant.id):
        return Event.objects.filter(type=kind).count()


def test_a_client_is_what_it_was_registered_as(tenant: Tenant) -> None:
    """Contract 2.8: the fields of Client."""
    client, secret = a_client(
        tenant,
        "demo-web",
        name="Demo",
        redirect_uris=["https://a.example/cb", "http://127.0.0.1:8001/cb"],
        post_logout_redirect_uris=["https://a.example/out"],
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        allowed_scopes=["openid", "USER:READ"],
        algorithm="RS256",
        logo_uri="https://a.example/logo.png",
        skip_consent=True,
        access_token_seconds=3600,
    )

    stored = directory.find(tenant.id, "demo-web")
    assert stored == client
    assert stored is not None
    assert stored.redirect_uris == "https://a.example/cb http://127.0.0.1:8001/cb"
    assert stored.post_logout_redirect_uris == "https://a.example/out"
    assert stored.allowed_scopes == ["openid", "USER:READ"]
    assert stored.skip_consent
    assert stored.is_confidential
    assert stored.allows_grant_type("client_credentials")
    assert secret is not None
    assert secret.reveal().startswith("scs_")
    assert events(tenant, "client.registered") == 1


def test_registration_makes_the_key_and_the_way_back_to_the_tenant(tenant: Tenant) -> None:
    """Interfaces: the client's UUID leads to its tenant; RS256 begins with its first client."""
    client, _ = a_client(tenant, algorithm="RS256")

    assert set(ring.of(tenant.id).active) == {"EdDSA", "RS256"}
    assert credentials.tenant_of(client.id.bytes) == tenant.id


def test_no_secret_is_stored_or_recorded_in_clear(tenant: Tenant) -> None:
    """architecture: stored as keyed digests; two clients with one secret do not look alike."""
    one, _ = a_client(tenant, client_secret=STRONG)
    other, _ = a_client(tenant, client_secret=STRONG)

    with tenant_scope(tenant.id):
        digests = {
            bytes(row.digest) for row in ClientSecret.objects.filter(client__in=[one, other])
        }
        recorded = str(list(Event.objects.values_list("data", "facts")))
    assert len(digests) == 2
    assert all(len(digest) == 32 and STRONG.encode() not in digest for digest in digests)
    assert STRONG not in recorded


@pytest.mark.parametrize(
    "secret", ["", "short", "a" * 40, "abcabc" * 10, "x" * 600, "tab\tinside-and-long-enough"]
)
def test_a_guessable_secret_is_refused(tenant: Tenant, secret: str) -> None:
    """Issue 2, 3: below 24 characters or of one repeated pattern; CA11: empty."""
    with pytest.raises(Invalid) as refusal:
        a_client(tenant, client_secret=secret)

    assert refusal.value.field == "client_secret"
    assert directory.find(tenant.id, "client") is None


def test_a_public_client_has_no_secret(tenant: Tenant) -> None:
    """RFC 6749 §2.1: cannot keep one."""
    _, secret = a_public_client(tenant)

    assert secret is None
    with pytest.raises(Invalid):
        a_public_client(tenant, client_secret=STRONG)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": " "}, "name"),
    "long name": ({"name": "n" * 256}, "name"),
    "name with right-to-left override (DC10)": ({"name": "Ban\u202eknab"}, "name"),
    "kind of client": ({"client_type": "trusted"}, "client_type"),
    "kind of application": ({"application_type": "spa"}, "application_type"),
    "algorithm": ({"algorithm": "none"}, "algorithm"),
    "HS256": ({"algorithm": "HS256"}, "algorithm"),
    "password grant (DC02)": ({"grant_types": ["password"]}, "grant_types"),
    "implicit grant (DC02)": ({"grant_types": ["implicit"]}, "grant_types"),
    "refresh alone": ({"grant_types": ["refresh_token"]}, "grant_types"),
    "scope with a space": ({"allowed_scopes": ["open id"]}, "allowed_scopes"),
    "scope with a quote": ({"allowed_scopes": ['a"b']}, "allowed_scopes"),
    "empty scope": ({"allowed_scopes": [""]}, "allowed_scopes"),
    "non-ASCII scope": ({"allowed_scopes": ["é"]}, "allowed_scopes"),
    "no redirect URI": ({"redirect_uris": []}, "redirect_uris"),
    "wildcard (RU12)": ({"redirect_uris": ["https://*.example.com/cb"]}, "redirect_uris"),
    "http (DC03)": ({"redirect_uris": ["http://a.example/cb"]}, "redirect_uris"),
    "two URIs in one": ({"redirect_uris": ["https://a.example/cb https://b/"]}, "redirect_uris"),
    "51 URIs": ({"redirect_uris": [f"https://a.example/{n}" for n in range(51)]}, "redirect_uris"),
    "after logout": (
        {"post_logout_redirect_uris": ["javascript:x"]},
        "post_logout_redirect_uris",
    ),
    "script as logo (DC04)": ({"logo_uri": "javascript:alert(1)"}, "logo_uri"),
    "data as logo (DC04)": ({"logo_uri": "data:image/svg+xml,x"}, "logo_uri"),
    "http policy": ({"op_policy_url": "http://a.example/"}, "op_policy_url"),
    "terms": ({"op_tos_url": "a.example"}, "op_tos_url"),
    "agreement": ({"op_user_agreement_url": "https://a b/"}, "op_user_agreement_url"),
    "home": ({"client_uri": "vbscript:x"}, "client_uri"),
    "way out": ({"client_logout_uri": "http://127.0.0.1/"}, "client_logout_uri"),
    "short tokens": ({"access_token_seconds": 29}, "access_token_seconds"),
    "long tokens": ({"access_token_seconds": 3601}, "access_token_seconds"),
}


@pytest.mark.parametrize(("settings", "field"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    tenant: Tenant, settings: dict[str, Any], field: str
) -> None:
    """DC02 to DC04, DC10, RU08, RU12: refused with the field's name."""
    with pytest.raises(Invalid) as refusal:
        a_client(tenant, **settings)

    assert refusal.value.field == field
    with tenant_scope(tenant.id):
        assert not Client.objects.exists()


@pytest.mark.parametrize("uri", [*SCRIPTS, *WILDCARDS])
def test_ru08_no_way_to_store_a_script_scheme(tenant: Tenant, uri: str) -> None:
    """RU08, RU12: 400 everywhere; none stored. Registration and change are all ways there are."""
    client, _ = a_client(tenant)

    for field in ("redirect_uris", "post_logout_redirect_uris"):
        with pytest.raises(Invalid):
            a_client(tenant, None, **{field: [uri]})
        with pytest.raises(Invalid):
            registration.update(client=client, actor=SYSTEM, **{field: [uri]})  # type: ignore[arg-type]


@pytest.mark.parametrize(("settings", "field"), WRONG.values(), ids=WRONG)
def test_dc07_a_change_is_checked_like_a_registration(
    tenant: Tenant, settings: dict[str, Any], field: str
) -> None:
    """DC07: full validation of the resulting state."""
    client, _ = a_client(tenant)

    with pytest.raises(Invalid) as refusal:
        registration.update(client=client, actor=SYSTEM, **settings)

    assert refusal.value.field == field


def test_dc07_two_allowed_steps_do_not_make_a_forbidden_state(tenant: Tenant) -> None:
    """DC07: confidential with client_credentials, then public."""
    client, _ = a_client(tenant, grant_types=["authorization_code", "client_credentials"])
    linking, _ = a_client(tenant, allowed_scopes=["openid", "2fa", "2fa_link"])

    for each in (client, linking):
        with pytest.raises(Invalid):
            registration.update(client=each, actor=SYSTEM, client_type="public")


@pytest.mark.parametrize("client_id", ["", "a b", "é", "a\n", "x" * 256, "a\0"])
def test_a_client_id_is_visible_ascii(tenant: Tenant, client_id: str) -> None:
    """RFC 6749 appendix A.1."""
    with pytest.raises(Invalid):
        registration.register(
            tenant=tenant,
            client_id=client_id,
            name="x",
            redirect_uris=["https://a.example/cb"],
            actor=SYSTEM,
        )


def test_dc02_a_client_never_has_the_id_of_a_person(tenant: Tenant) -> None:
    """RFC 9700 §4.15: client_id never equal to a user's sub."""
    user = a_user(tenant)

    for spelling in (str(user.id), str(user.id).upper(), user.id.hex):
        with pytest.raises(Invalid):
            a_client(tenant, spelling)


def test_a_client_id_is_unique_in_its_tenant_only(tenant: Tenant) -> None:
    """Contract 2.8: (tenant, client_id) is unique."""
    a_client(tenant, "web")
    a_client(a_tenant(), "web")

    with pytest.raises(Conflict) as refusal:
        a_client(tenant, "web")
    assert refusal.value.field == "client_id"


@pytest.mark.django_db(transaction=True)
def test_of_ten_registrations_at_once_one_succeeds() -> None:
    """A taken name is a Conflict, also when it was free a moment ago."""
    tenant = a_tenant()
    answers = at_once([lambda: a_client(tenant, "web")] * 10)

    assert sum(isinstance(answer, registration.Registered) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 9
    with tenant_scope(tenant.id):
        assert ClientSecret.objects.count() == 1


def test_the_platforms_tenant_has_no_clients() -> None:
    """Issue 2, 3: no third-party client in `platform`, whatever its settings say."""
    with pytest.raises(Forbidden):
        a_client(the_platform())


def test_a_change_keeps_what_it_does_not_name(tenant: Tenant) -> None:
    """Contract 2.8: absent = unchanged on update."""
    client, _ = a_client(tenant, logo_uri="https://a.example/l.png", skip_consent=True)
    changed = registration.update(client=client, actor=SYSTEM, name="Other")

    assert changed.name == "Other"
    assert changed.logo_uri == "https://a.example/l.png"
    assert changed.skip_consent
    with tenant_scope(tenant.id):
        (event,) = Event.objects.filter(type="client.updated")
    assert event.data == {"changed": ["name"]}
    registration.update(client=client, actor=SYSTEM, name="Other")
    assert events(tenant, "client.updated") == 1


def test_a_client_that_becomes_public_loses_its_secrets(tenant: Tenant) -> None:
    """What proves nothing any more must not lie about."""
    client, _ = a_client(tenant)
    registration.update(client=client, actor=SYSTEM, client_type="public")

    with tenant_scope(tenant.id):
        assert not ClientSecret.objects.exists()


def test_disabling_is_announced_once(tenant: Tenant) -> None:
    """Upper rooms revoke what the client holds."""
    client, _ = a_client(tenant)
    heard: list[Client] = []

    def hear(*, client: Client, **_: Any) -> None:
        heard.append(client)

    signals.client_disabled.connect(hear)
    try:
        registration.update(client=client, actor=SYSTEM, is_disabled=True)
        registration.update(client=client, actor=SYSTEM, is_disabled=True)
    finally:
        signals.client_disabled.disconnect(hear)

    assert heard == [client]


def test_a_locked_client_is_not_deleted(tenant: Tenant) -> None:
    """Contract 2.8: is_lock protects against deletion."""
    client, _ = a_client(tenant, is_lock=True)
    with pytest.raises(Refused):
        registration.delete(client=client, actor=SYSTEM)

    registration.update(client=client, actor=SYSTEM, is_lock=False)
    registration.delete(client=client, actor=SYSTEM)
    with pytest.raises(NotFound):
        registration.delete(client=client, actor=SYSTEM)
    assert directory.find(tenant.id, client.client_id) is None
    assert credentials.tenant_of(client.id.bytes) is None
    assert events(tenant, "client.deleted") == 1


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=31)], ids=str)
def test_two_secrets_do_not_overlap_for_ever(tenant: Tenant, overlap: timedelta) -> None:
    """An old secret is for the time of a roll-out."""
    client, _ = a_client(tenant)

    with pytest.raises(Invalid):
        registration.rotate_secret(client=client, overlap=overlap, actor=SYSTEM)


def test_a_public_client_has_no_secret_to_replace(tenant: Tenant) -> None:
    """RFC 6749 §2.1."""
    client, _ = a_public_client(tenant)

    with pytest.raises(Invalid):
        registration.rotate_secret(client=client, actor=SYSTEM)
