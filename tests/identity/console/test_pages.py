"""Every page of the console: drawn, closed to other tenants, and without secrets or inline script."""

import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from identity.audit import sealing
from identity.outbox.models import Message
from identity.tenancy.scope import platform_scope, tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.people import a_user
from tests.identity.console.conftest import Enter
from tests.identity.console.things import PASSWORD, everything

pytestmark = pytest.mark.django_db
OPERATORS_ONLY = {"outbox/message"}
_INLINE = re.compile(
    rb"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE
)


def routes() -> list[str]:
    """Every path below /console/ that Django would match, as a pattern of its own."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
        for each in patterns:
            path = prefix + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, path)
            else:
                yield path

    return [path for path in walk(get_resolver().url_patterns, "") if path.startswith("console/")]


def object_paths(things: dict[str, UUID]) -> list[str]:
    """Every page of every one of these objects."""
    found = []
    for route in routes():
        model = "/".join(route.split("/")[1:3])
        if "<path:object_id>" in route and model in things:
            found.append("/" + route.replace("<path:object_id>", str(things[model])))
    return found


def test_every_sort_of_object_has_pages() -> None:
    """AD19: the list of what this module tries comes from the URL conf itself."""
    models = {"/".join(route.split("/")[1:3]) for route in routes() if "<path:object_id>" in route}
    assert models >= {"users/user", "clients/client", "audit/event", "tenants/tenant"}
    assert len(models) >= 11


def test_an_operator_opens_every_page(
    enter: Enter, operator: User, north: Tenant, platform: Tenant
) -> None:
    """Issue 2.10: everything browsable and searchable."""
    things = everything(north)
    with platform_scope():
        sealing.seal()
    client = enter(operator)
    for model in things:
        queries = ["", "?q=a", f"?after={things[model]}"]
        if model != "tenants/tenant":
            queries += ["?tenant=north", "?tenant=nobody"]
        for query in queries:
            assert client.get(f"/console/{model}/{query}").status_code == 200, model + query
    for path in object_paths(things):
        assert client.get(path).status_code in {200, 403}, path
    for model in ("tenants/tenant", "users/user", "clients/client", "authenticators/apikey"):
        assert client.get(f"/console/{model}/add/").status_code == 200
    assert client.get("/console/").status_code == 200


def test_an_administrator_gets_for_another_tenants_objects_what_random_ids_get(
    enter: Enter, admin_of_north: User, north: Tenant, south: Tenant, platform: Tenant
) -> None:
    """AD03: change/delete/history of T2 ids → NF."""
    own, foreign = everything(north), everything(south)
    client = enter(admin_of_north)
    for model in own:
        expected = 404 if model in OPERATORS_ONLY else 200
        assert client.get(f"/console/{model}/{own[model]}/change/").status_code == expected
    random = dict.fromkeys(foreign, uuid4())
    for path, nothing in zip(object_paths(foreign), object_paths(random), strict=True):
        for method in (client.get, client.post):
            assert method(path).status_code == method(nothing).status_code == 404, path
    for model in foreign:
        query = f"?after={foreign[model]}"
        there = client.get(f"/console/{model}/{query}")
        nowhere = client.get(f"/console/{model}/?after={uuid4()}")
        assert there.status_code == nowhere.status_code, model


def test_an_administrators_lists_hold_nothing_of_another_tenant(
    enter: Enter, admin_of_north: User, north: Tenant, south: Tenant, platform: Tenant
) -> None:
    """AD03, TI13: lists, searches and the start page show the own tenant only."""
    everything(north)
    foreign = everything(south)
    client = enter(admin_of_north)
    for model in foreign:
        for query in ("", "?q=vera-south", "?q=shop-south", f"?q={foreign[model]}"):
            page = client.get(f"/console/{model}/{query}", follow=True).content.decode()
            # What was searched for is repeated in the field and in the filters' links.
            shown = re.sub(r'<input type="(search|hidden)".*?>|q=[^"&]*', "", page, flags=re.DOTALL)
            assert str(foreign[model]) not in shown, model
            assert "vera-south" not in shown, model
            assert "Southside" not in shown, model
    assert "south" not in client.get("/console/").content.decode()


def test_the_outbox_exists_for_operators_only(
    enter: Enter, admin_of_north: User, north: Tenant, platform: Tenant
) -> None:
    """TI13: platform tables are not found by a tenant's administrator."""
    things = everything(north)
    client = enter(admin_of_north)
    assert client.get("/console/outbox/message/").status_code == 403
    assert (
        client.get(f"/console/outbox/message/{things['outbox/message']}/change/").status_code == 404
    )
    assert "outbox" not in client.get("/console/").content.decode().lower()


def test_no_page_shows_a_secret(
    enter: Enter, operator: User, north: Tenant, platform: Tenant
) -> None:
    """AD04: masked: secrets, hashes, seeds, keys, verifier."""
    things = everything(north)
    with tenant_scope(north.id):
        hidden = set()
        for table, column in (
            ("authenticators_password", "verifier"),
            ("tenant_keys_signingkey", "private_sealed"),
            ("tenant_keys_encryptionkey", "private_sealed"),
            ("clients_clientsecret", "encode(digest, 'hex')"),
            ("authenticators_apikey", "encode(digest, 'hex')"),
            ("login_sessions_loginsession", "encode(secret_digest, 'hex')"),
        ):
            hidden |= set(_column(table, column))
    client = enter(operator)
    pages = [f"/console/{model}/" for model in things] + object_paths(things)
    for path in pages:
        text = client.get(path).content.decode()
        for secret in hidden:
            assert secret not in text, path
        assert PASSWORD not in text
        assert "argon2" not in text
        assert "BEGIN " not in text


def test_no_page_has_inline_script_or_style_or_unescaped_names(
    enter: Enter, operator: User, north: Tenant, platform: Tenant
) -> None:
    """WB07: no unsafe-inline. AD06: names of people and clients are text."""
    things = everything(north)
    client = enter(operator)
    pages = ["/console/", *(f"/console/{model}/" for model in things), *object_paths(things)]
    pages += [f"/console/{model}/add/" for model in ("users/user", "clients/client")]
    for path in pages:
        body = client.get(path).content
        assert not _INLINE.search(body), (path, _INLINE.search(body))
        assert b"<b>Bold" not in body
        assert b"alert(1)<" not in body


def test_only_declared_parameters_filter(
    enter: Enter, admin_of_north: User, north: Tenant, platform: Tenant
) -> None:
    """AD10: lookups on secrets answer 400; `o=`, `p=` and odd searches are ignored."""
    client = enter(admin_of_north)
    for query in ("password__verifier__startswith=p", "tenant__slug=south", "id__gt=0", "_popup=1"):
        assert client.get(f"/console/users/user/?{query}").status_code == 400, query
    for query in ("o=-3.1", "o=abc", "q=%00", "q=%27%22%3C%25_", "all=", "q=" + "a" * 5000):
        assert client.get(f"/console/users/user/?{query}").status_code == 200, query
    assert client.get("/console/users/user/?after=nonsense").status_code == 302


def test_a_list_is_paged_by_the_last_row_that_was_seen(
    enter: Enter, admin_of_north: User, north: Tenant, platform: Tenant
) -> None:
    """AD18: no deep OFFSET, no COUNT over a table."""
    for number in range(60):
        a_user(north, f"p{number:02}")
    client = enter(admin_of_north)
    first = client.get("/console/users/user/")
    rows = first.context["cl"]
    assert len(rows.result_list) == 50
    second = client.get("/console/users/user/" + rows.next_query).context["cl"]
    seen = [user.username for user in [*rows.result_list, *second.result_list]]
    assert len(seen) == len(set(seen)) == 61
    assert not second.has_more


def _column(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return [value for (value,) in cursor.fetchall() if value]


def test_messages_payloads_stay_where_they_are(
    enter: Enter, operator: User, north: Tenant, platform: Tenant
) -> None:
    """AD04: an outbox message's page does not show whom it goes to."""
    things = everything(north)
    with platform_scope():
        Message.objects.filter(pk=things["outbox/message"]).update(payload={"to": "hush@example"})
    page = enter(operator).get(f"/console/outbox/message/{things['outbox/message']}/change/")
    assert "hush@example" not in page.content.decode()
