"""Finding the tenant of a request: in process, and never what is no longer true for long."""

import subprocess
import sys
import time
from functools import partial
from typing import Any

import pytest
from django.db import connection

from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Conflict
from identity.tenancy.scope import tenant_scope
from tenants.registry import credentials, lifecycle, resolution
from tenants.registry.models import Tenant
from tests.builders.tenants import a_tenant, the_platform
from tests.tenants.conftest import costs_nothing, eventually

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["", "nobody", "a\0b", "x" * 100_000, "DEMO", "demo "])
def test_what_is_no_tenant_is_none(name: str) -> None:
    """No error for any text."""
    a_tenant("demo", hosts=["a.example"])

    assert resolution.by_slug(name) is None
    assert resolution.by_host(name) is None


@pytest.mark.parametrize("host", ["a.example", "A.EXAMPLE", "a.example.", "a.example:8000"])
def test_a_host_is_found_as_browsers_write_it(host: str) -> None:
    """Contract 6.1; RFC 9110 §7.2: the Host header carries a port."""
    tenant = a_tenant(hosts=["a.example"])

    assert resolution.by_host(host) == tenant


def test_the_platform_is_found() -> None:
    """None before it exists."""
    assert resolution.platform() is None
    platform = the_platform()
    assert resolution.platform() == platform


def test_a_known_tenant_costs_no_statement(listening: None) -> None:
    """performance: resolution is a look-up in the process."""
    tenant = a_tenant("demo", hosts=["a.example"])
    key = bytes(range(32))
    credentials.remember(key, tenant.id)

    def resolve() -> None:
        assert resolution.by_slug("demo") == tenant
        assert resolution.by_id(tenant.id) == tenant
        assert resolution.by_host("a.example") == tenant
        assert credentials.tenant_of(key) == tenant.id

    eventually(lambda: costs_nothing(resolve))
    assert costs_nothing(resolve)


SUSPENDING = """
import sys
import django
django.setup()
from django.db import connections
connections.settings["default"]["NAME"] = sys.argv[1]
from identity.kernel.actors import SYSTEM
from tenants.registry import lifecycle, resolution
tenant = resolution.by_slug("demo")
lifecycle.suspend(tenant=tenant, actor=SYSTEM)
print("suspended", flush=True)
"""


def test_a_suspension_in_another_process_is_heard_within_a_second(listening: None) -> None:
    """Brief of the registry: suspended tenant, everything dead ≤ 1 s."""
    tenant = a_tenant("demo", hosts=["a.example"])

    def resolve() -> list[Any]:
        return [
            resolution.by_slug("demo"),
            resolution.by_id(tenant.id),
            resolution.by_host("a.example"),
        ]

    eventually(lambda: costs_nothing(resolve))
    other = subprocess.Popen(
        [sys.executable, "-c", SUSPENDING, str(connection.settings_dict["NAME"])],
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "suspended\n"
        began = time.monotonic()
        eventually(lambda: not any(resolve()))
        assert time.monotonic() - began < 1
    assert other.returncode == 0


def test_a_credential_leads_to_its_tenant() -> None:
    """architecture: digest of a key, application id, host → tenant, nothing else."""
    tenant = a_tenant()
    for key in (bytes(16), bytes(32)):
        assert credentials.tenant_of(key) is None
        credentials.remember(key, tenant.id)
        credentials.remember(key, tenant.id)
        assert credentials.tenant_of(key) == tenant.id
        credentials.forget(key)
        assert credentials.tenant_of(key) is None


def test_a_credential_has_one_tenant() -> None:
    """Whoever comes second is refused, and the first keeps it."""
    tenant, other = a_tenant(), a_tenant()
    credentials.remember(bytes(32), tenant.id)

    with tenant_scope(other.id), pytest.raises(Conflict):
        credentials.remember(bytes(32), other.id)
    assert credentials.tenant_of(bytes(32)) == tenant.id


@pytest.mark.parametrize("length", [0, 15, 17, 31, 33, 1_000])
def test_a_credential_of_another_length_is_a_mistake(length: int) -> None:
    """A caller that forgot to make a digest must not store what it has instead."""
    with pytest.raises(ValueError, match="bytes"):
        credentials.remember(bytes(length), a_tenant().id)
    assert credentials.tenant_of(bytes(length)) is None


def test_credentials_of_a_deleted_tenant_lead_nowhere() -> None:
    """Deletion purges."""
    tenant = a_tenant()
    credentials.remember(bytes(32), tenant.id)
    lifecycle.delete(tenant=tenant, actor=SYSTEM)

    assert credentials.tenant_of(bytes(32)) is None


def test_a_found_tenant_is_an_ordinary_row(django_assert_num_queries: Any) -> None:
    """One statement for a tenant that the process does not know yet."""
    created = a_tenant("demo", hosts=["a.example"])

    for find in (
        partial(resolution.by_slug, "demo"),
        partial(resolution.by_id, created.id),
        partial(resolution.by_host, "a.example"),
    ):
        with django_assert_num_queries(1):
            found = find()
        assert isinstance(found, Tenant)
        assert found == created
