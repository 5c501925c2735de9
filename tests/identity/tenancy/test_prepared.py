"""A prepared read gives what its queryset gives, within the same walls."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from identity.tenancy.prepared import Prepared, insert
from identity.tenancy.scope import tenant_scope
from tenants.clients.models import Client, ClientSecret
from tests.builders.clients import a_client
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db


def _secret() -> Prepared[ClientSecret]:
    return Prepared(
        lambda tenant, client_id: ClientSecret.objects.filter(
            tenant_id=tenant, client__client_id=client_id
        ).select_related("client"),
        tenant=UUID,
        client_id=str,
    )


def test_it_gives_the_instances_its_queryset_gives_related_ones_included() -> None:
    """Every field of the row and of the row beside it, and no statement more."""
    tenant = a_tenant()
    wanted = a_client(tenant).client
    a_client(tenant)
    prepared = _secret()
    with tenant_scope(tenant.id):
        expected = ClientSecret.objects.select_related("client").get(client=wanted)
        with CaptureQueriesContext(
            connection,
        ) as statements:
            found = prepared.first(tenant=tenant.id, client_id=wanted.client_id)
            assert found is not None
            assert _fields(found) == _fields(expected)
            assert _fields(found.client) == _fields(expected.client)
        assert len(statements) == 1


def test_values_change_and_nothing_of_the_last_ones_remains() -> None:
    """The same text for every value: a value of an earlier request must not linger in it."""
    tenant = a_tenant()
    first, second = a_client(tenant).client, a_client(tenant).client
    prepared = _secret()
    with tenant_scope(tenant.id):
        for client in (first, second, first):
            found = prepared.first(tenant=tenant.id, client_id=client.client_id)
            assert found is not None
            assert found.client == client
        assert prepared.first(tenant=tenant.id, client_id="nobody") is None


def test_another_tenants_rows_stay_invisible() -> None:
    """Row-level security does not depend on who wrote the SQL."""
    tenant, other = a_tenant(), a_tenant()
    client = a_client(tenant).client
    prepared = _secret()
    with tenant_scope(tenant.id):
        assert prepared.first(tenant=tenant.id, client_id=client.client_id) is not None
    with tenant_scope(other.id):
        assert prepared.first(tenant=tenant.id, client_id=client.client_id) is None
    assert prepared.first(tenant=tenant.id, client_id=client.client_id) is None


def test_moments_are_compared_and_all_rows_are_given_in_order() -> None:
    """`all` keeps the queryset's order; a moment is a value like any other."""
    tenant = a_tenant()
    clients = [a_client(tenant).client for _ in range(3)]
    prepared: Prepared[Client] = Prepared(
        lambda tenant, since: Client.objects.filter(tenant_id=tenant, created__gt=since).order_by(
            "-client_id"
        ),
        tenant=UUID,
        since=datetime,
    )
    now = timezone.now()
    with tenant_scope(tenant.id):
        found = prepared.all(tenant=tenant.id, since=now - timedelta(hours=1))
        assert found == sorted(clients, key=lambda client: client.client_id, reverse=True)
        assert prepared.all(tenant=tenant.id, since=now + timedelta(hours=1)) == []


def test_bytes_are_found_among_several() -> None:
    """A digest is looked up as bytes, one of a list of fixed length."""
    tenant = a_tenant()
    wanted = a_client(tenant).client
    prepared: Prepared[ClientSecret] = Prepared(
        lambda first, second: ClientSecret.objects.filter(digest__in=[first, second]),
        first=bytes,
        second=bytes,
    )
    with tenant_scope(tenant.id):
        digest = bytes(ClientSecret.objects.get(client=wanted).digest)
        assert [row.client_id for row in prepared.all(first=digest, second=b"x")] == [wanted.pk]
        assert prepared.all(first=b"x", second=b"x") == []


def test_a_value_that_changes_the_text_is_refused() -> None:
    """None would need IS NULL, and a pattern is not the value that was given."""
    prepared = _secret()
    with pytest.raises(TypeError, match="none of them None"):
        prepared.first(tenant=None, client_id="web")
    with pytest.raises(TypeError, match="none of them None"):
        prepared.first(client_id="web")

    pattern: Prepared[Client] = Prepared(
        lambda part: Client.objects.filter(name__contains=part), part=str
    )
    with pytest.raises(TypeError, match="part"):
        pattern.first(part="web")


def _fields(row: object) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


def test_an_insert_stores_what_save_stores_and_reads_back_what_the_database_filled_in() -> None:
    """One statement, and the row is as good as a saved one."""
    tenant = a_tenant()
    client = a_client(tenant).client
    with tenant_scope(tenant.id):
        with CaptureQueriesContext(connection) as statements:
            made = insert(ClientSecret(tenant_id=tenant.id, client=client, digest=b"d" * 32))
        found = ClientSecret.objects.get(pk=made.pk)
        assert len(statements) == 1
        assert {name: value for name, value in _fields(made).items() if name != "client"} == {
            name: bytes(value) if isinstance(value, memoryview) else value
            for name, value in _fields(found).items()
        }
        made.save()  # an UPDATE: it knows that it is stored
        assert ClientSecret.objects.filter(client=client).count() == 2
