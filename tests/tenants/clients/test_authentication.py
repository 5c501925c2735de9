"""Whether a client is who it says: which secrets count, since when, until when."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from tenants.clients import authentication, directory, registration, secrets
from tenants.clients.models import Client, ClientSecret
from tenants.registry.models import Tenant
from tests.builders.clients import a_client, a_public_client
from tests.builders.tenants import a_tenant
from tests.tenants.conftest import costs_nothing, eventually

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def tenant() -> Tenant:
    return a_tenant()


def is_right(tenant: Tenant, client_id: str, secret: str) -> bool:
    found = directory.find(tenant.id, client_id)
    return authentication.authenticate(client=found, secret=secret)


def test_the_right_secret_is_right(tenant: Tenant) -> None:
    """RFC 6749 §2.3.1."""
    _, secret = a_client(tenant, "web")
    assert secret is not None

    assert is_right(tenant, "web", secret.reveal())


def test_everything_else_is_wrong(tenant: Tenant) -> None:
    """CA01, CA11, CA12: wrong, shortened, lengthened, empty; another client's; an unknown client."""
    _, secret = a_client(tenant, "web")
    _, others = a_client(tenant, "other")
    a_public_client(tenant, "spa")
    assert secret is not None
    assert others is not None
    plain = secret.reveal()

    for wrong in ("", plain[:-1], plain + "x", plain.upper(), others.reveal(), " " + plain):
        assert not is_right(tenant, "web", wrong)
    for client_id in ("nobody", "spa", "", "a\0b", "web "):
        for tried in (plain, ""):
            assert not is_right(tenant, client_id, tried)


def test_another_tenants_client_of_the_same_name_is_another(tenant: Tenant) -> None:
    """MX03: twin client ids."""
    other = a_tenant()
    _, secret = a_client(tenant, "web")
    a_client(other, "web")
    assert secret is not None

    assert not is_right(other, "web", secret.reveal())


def test_a_disabled_client_cannot_authenticate(tenant: Tenant) -> None:
    """Whatever it presents."""
    client, secret = a_client(tenant, "web")
    registration.update(client=client, actor=SYSTEM, is_disabled=True)
    assert secret is not None

    assert not is_right(tenant, "web", secret.reveal())


def test_ca11_a_client_without_secrets_cannot_authenticate(tenant: Tenant) -> None:
    """CA11: a row with an empty secret, or none at all, is no open door."""
    client, _ = a_client(tenant, "web")
    with tenant_scope(tenant.id):
        ClientSecret.objects.all().delete()
    directory.invalidate(client)

    for secret in ("", "x", "None"):
        assert not is_right(tenant, "web", secret)


def test_ca08_two_secrets_overlap_until_the_time_is_over(tenant: Tenant) -> None:
    """CA08: the old one after the overlap's end: refused, without anybody deleting it."""
    client, first = a_client(tenant, "web")
    assert first is not None
    with time_machine.travel(NOW, tick=False) as clock:
        second = registration.rotate_secret(client=client, overlap=timedelta(hours=1), actor=SYSTEM)
        assert is_right(tenant, "web", first.reveal())
        assert is_right(tenant, "web", second.reveal())
        clock.shift(timedelta(hours=1))
        assert not is_right(tenant, "web", first.reveal())
        assert is_right(tenant, "web", second.reveal())
        secrets.prune()
    with tenant_scope(tenant.id):
        assert ClientSecret.objects.filter(client=client).count() == 1


def test_a_second_replacement_does_not_lengthen_the_first_ones_time(tenant: Tenant) -> None:
    """An emergency: everything that was, ends now."""
    client, first = a_client(tenant, "web")
    assert first is not None
    with time_machine.travel(NOW, tick=False):
        second = registration.rotate_secret(client=client, overlap=timedelta(days=7), actor=SYSTEM)
        third = registration.rotate_secret(client=client, actor=SYSTEM)

        assert not is_right(tenant, "web", first.reveal())
        assert not is_right(tenant, "web", second.reveal())
        assert is_right(tenant, "web", third.reveal())


def test_ca01_an_unknown_client_costs_the_same_work(tenant: Tenant) -> None:
    """CA01: as many digests and comparisons whether or not the client exists, or is public."""
    a_client(tenant, "web")
    a_public_client(tenant, "spa")
    found = [directory.find(tenant.id, name) for name in ("web", "spa", "nobody")]

    assert [work_of(client) for client in found] == [{"digest": 1, "compare_digest": 1}] * 3


def work_of(client: Client | None) -> dict[str, int]:
    """How often authenticating calls what takes time, as the interpreter sees it."""
    calls: Counter[str] = Counter()

    def see(_frame: Any, event: str, function: Any) -> None:
        if event == "c_call":
            calls[function.__name__.removeprefix("hmac_")] += 1

    sys.setprofile(see)
    try:
        authentication.authenticate(client=client, secret="wrong")
    finally:
        sys.setprofile(None)
    return {name: calls[name] for name in ("digest", "compare_digest")}


def test_authenticating_costs_no_statement(listening: None) -> None:
    """performance: the directory holds the digests."""
    tenant = a_tenant()
    _, secret = a_client(tenant, "web")
    assert secret is not None

    def authenticate() -> None:
        assert is_right(tenant, "web", secret.reveal())

    eventually(lambda: costs_nothing(authenticate))
    assert costs_nothing(authenticate)


def test_a_client_of_the_directory_says_what_it_is(tenant: Tenant) -> None:
    """Disabled ones are found too: whoever asks for consent or revokes needs them."""
    client, _ = a_client(tenant, "web")
    registration.update(client=client, actor=SYSTEM, is_disabled=True)
    found = directory.find(tenant.id, "web")

    assert isinstance(found, Client)
    assert found.is_disabled
    assert not found.is_usable(None)
