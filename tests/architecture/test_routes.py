"""Every route is declared, and none of them tells a tenant's data to another tenant.

Generated from the URL configuration: a new route fails here until it is declared, and is then
called with another tenant's ids, which must answer exactly as ids that nobody has (TI01, SE11,
AD03, Z5).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client as Http
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from authn.authenticators import api_keys
from authn.blocking.models import Block
from authn.login import attempts
from authn.sessions import grants, tokens
from authn.sessions.models import LoginSession
from identity.kernel.actors import SYSTEM
from identity.outbox import sending
from identity.outbox.models import Job
from identity.tenancy.scope import platform_scope, tenant_scope
from oidc.consents.models import Consent
from tenants.keys.models import SigningKey
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.clients import a_client
from tests.builders.people import a_group
from tests.builders.signing_in import Browser, a_person
from tests.builders.tenants import a_tenant

# Who a route is for. Each page and endpoint of the installation stands here, by the beginning of
# its path: 6.1.3 of ASVS asks for the list of ways in, AD19 for none that nobody declared.
DECLARED: Final[Mapping[str, str]] = {
    "": "anybody: what this server is",
    "healthz": "anybody: is the process up",
    "readyz": "anybody: does it reach its database",
    "theme/": "anybody: a tenant's colours",
    "sign-in/": "a browser with its own attempt",
    "register/": "a browser with its own attempt, where registration is open",
    "recover/": "anybody: where a mailed code is asked for",
    "security/": "anybody: what a method protects against",
    "account/": "a person with a session of this tenant",
    "console/": "operators, and administrators of their own tenant",
    "api/auth/sign-in": "a browser with its own attempt and a one-time ticket",
    "api/auth/challenge": "anybody: a challenge, for known and unknown names alike",
    "api/auth/authenticate": "whoever answers a challenge with two proofs",
    "api/auth/register": "anybody, where tenant and client let people register themselves",
    "api/auth/zkp/keys": "anybody: what pages seal to",
    "api/auth/email/": "whoever reads the person's mail",
    "api/auth/password/reset": "anybody asks; whoever reads the person's mail sets",
    "api/auth/password/change": "bearer with scope account, a sign-in of the last five minutes",
    "api/oidc/client": "anybody: what a sign-in page shows of an application",
    "api/tenants/": "bearer with scope account, on oneself",
    "api/auth/sessions": "bearer with scope account, or an API key with scope SESSION",
    "api/oidc/": "relying parties and their browsers, by the protocol's own rules",
    ".well-known/oauth-authorization-server/": "anybody: metadata",
    "dev/mail": "development only, on the loopback: mails that were sent",
}
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
HOST: Final = {"host": "localhost:8000"}


def routes(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every route with the whole text of its pattern."""
    for pattern in (resolver or get_resolver()).url_patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, text)
        else:
            yield text, pattern


def declared(route: str) -> str:
    """The entry of the table that covers a route; "?" for none."""
    fitting = [start for start in DECLARED if route == start or (start and route.startswith(start))]
    return max(fitting, key=len, default="?")


def test_every_route_is_declared_and_every_declaration_has_a_route() -> None:
    """AD19: no undeclared route; the list is not stale."""
    found = {route: declared(route) for route, _ in routes()}

    assert [route for route, entry in found.items() if entry == "?"] == []
    assert set(DECLARED) - set(found.values()) == set()


@dataclass(frozen=True)
class House:
    """A tenant with one of everything."""

    tenant: Tenant
    user: User
    session: LoginSession
    cookies: Any
    bearer: str
    api_key: str
    attempt: str


def a_house(slug: str) -> House:
    """Twins: the same names in both tenants."""
    tenant = a_tenant(slug)
    user = a_person(tenant, "ada", roles=["tenant_admin"])
    client = a_client(
        tenant,
        "web",
        allowed_scopes=["openid", "account"],
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
    ).client
    a_group(tenant, "Staff", user)
    browser = Browser(tenant)
    browser.sign_in("ada")
    key = api_keys.create(owner=user, name="ci", scopes=["SESSION"], actor=SYSTEM)
    with tenant_scope(tenant.id):
        attempt = attempts.begin(
            tenant=tenant, browser_digest=b"\x01" * 32, resume_url=f"/account/{slug}/"
        )
        session = LoginSession.objects.get()
        Block.objects.create(
            tenant=tenant,
            kind="user",
            subject=str(user.id),
            user=user,
            block_seconds=60,
            ends_at=session.expires_at,
        )
        grant = grants.create(
            tenant=tenant,
            client=client,
            user=user,
            session=session,
            scopes=["openid", "account"],
            is_offline=False,
            nonce="",
            expires_at=None,
            actor=SYSTEM,
        )
        Consent.objects.create(tenant=tenant, user=user, client=client, scopes=["openid"])
        sending.enqueue("mail.new_sign_in", {"user": str(user.id)}, tenant_id=tenant.id)
        bearer = tokens.access_token(
            tenant=tenant,
            client=client,
            grant_id=grant.id,
            subject=str(user.id),
            session_id=session.id,
            scopes=["openid", "account"],
        ).value
    return House(
        tenant, user, session, browser.cookies, bearer, key.secret.reveal(), attempt.public_id
    )


@pytest.fixture
def houses(db: None) -> tuple[House, House]:
    """T1 and T2, and something that belongs to neither."""
    with platform_scope():
        Job.objects.get_or_create(name="a.job", defaults={"due_at": timezone.now()})
    return a_house("first-house"), a_house("second-house")


def foreign_id(route: str, pattern: URLPattern, parameter: str, house: House) -> str | None:
    """The id of `house` that a parameter of a route stands for; None for what is no id."""
    if parameter == "session_id":
        return str(house.session.id)
    if parameter != "object_id":
        return None
    model = _console_model(pattern)
    with platform_scope():
        if model is Tenant:
            return str(house.tenant.id)
        rows = model._default_manager.order_by("pk")
        # What belongs to no tenant is the operators': nothing to an administrator of one either.
        is_owned = _has(model, "tenant_id")
        row = (rows.filter(tenant_id=house.tenant.id) if is_owned else rows).first()
    assert row is not None, f"the houses lack a row for {route}"
    return str(row.pk)


def _console_model(pattern: URLPattern) -> Any:
    name = pattern.name or ""
    for model in apps.get_models():
        if name.startswith(f"{model._meta.app_label}_{model._meta.model_name}_"):
            return model
    raise AssertionError(f"no model for the route {name}")


def _has(model: Any, attribute: str) -> bool:
    return any(attribute in (field.name, field.attname) for field in model._meta.concrete_fields)


def call(house: House, method: str, path: str) -> tuple[int, str]:
    """What somebody of `house` gets, with every credential they have; ids and tokens masked."""
    http = Http(raise_request_exception=True)
    http.cookies.update(house.cookies)
    http.cookies["signet-console"] = house.tenant.slug
    answer = http.generic(
        method,
        path,
        content_type="application/x-www-form-urlencoded",
        headers={**HOST, "authorization": f"Bearer {house.bearer}"},
    )
    text = answer.content.decode(errors="replace") + answer.headers.get("Location", "")
    return answer.status_code, masked(text)


_MASKS: Final = (
    re.compile(r"name=\"csrfmiddlewaretoken\" value=\"[^\"]+\""),
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    re.compile(r"auth_req_id=[^&\"]+"),
    re.compile(r"\"request_id\": ?\"[^\"]*\""),
    re.compile(r"<dd[^>]*mono[^>]*>[^<]*</dd>"),  # the reference of an error page
    re.compile(r"[0-9a-f]{16,}"),
    re.compile(r"\d\d:\d\d(:\d\d)?"),
)


def masked(text: str) -> str:
    """Without what differs from one request to the next."""
    for pattern in _MASKS:
        text = pattern.sub("*", text)
    return text


def checksum(tenant: Tenant) -> str:
    """Of every row that a tenant owns."""
    parts = []
    with platform_scope(), connection.cursor() as cursor:
        for model in apps.get_models():
            if not model._meta.managed or not _has(model, "tenant_id"):
                continue
            cursor.execute(
                f"SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) "
                f'FROM "{model._meta.db_table}" t WHERE tenant_id = %s',
                [tenant.id],
            )
            parts.append(f"{model._meta.label}:{cursor.fetchone()[0]}")
    return "\n".join(parts)


def filled(route: str, ids: Mapping[str, str]) -> str:
    """The path of a route with its parameters."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found.group(1)], route)


def parameters(route: str) -> list[str]:
    """Names of the parameters of a route."""
    return re.findall(r"<(?:\w+:)?(\w+)>", route)


def test_anothers_ids_answer_as_ids_that_nobody_has(houses: tuple[House, House]) -> None:
    """TI01: T1 actor × every route × verb × T2 id = the answer for a random id; T2 unchanged."""
    mine, theirs = houses
    before = checksum(theirs.tenant)
    compared = 0
    for route, pattern in routes():
        names = [name for name in parameters(route) if name in {"object_id", "session_id"}]
        if not names or "(?P" in route:
            continue
        own = dict.fromkeys(parameters(route), mine.tenant.slug)
        foreign = own | {name: foreign_id(route, pattern, name, theirs) or "" for name in names}
        for method in METHODS:
            random = own | {name: str(uuid4()) for name in names}
            asked = call(mine, method, filled(route, foreign))
            expected = call(mine, method, filled(route, random))
            assert asked == expected, (method, route)
            compared += 1
    assert compared >= 100
    assert checksum(theirs.tenant) == before


def test_credentials_of_one_tenant_are_nobody_at_another(houses: tuple[House, House]) -> None:
    """SE09, TI05: T1's cookie and token at T2's addresses get what a stranger gets."""
    mine, theirs = houses
    compared = 0
    for route, _ in routes():
        if "<str:tenant_slug>" not in route:
            continue
        path = filled(route, {"tenant_slug": theirs.tenant.slug})
        for method in METHODS:
            with_mine = call(mine, method, path)
            stranger = Http(headers=HOST)
            answer = stranger.generic(
                method, path, content_type="application/x-www-form-urlencoded"
            )
            text = answer.content.decode(errors="replace") + answer.headers.get("Location", "")
            if "userinfo" in route:
                # A token is named invalid, its absence is not: RFC 6750 §3.1.
                assert {with_mine[0], answer.status_code} <= {401, 405}
            else:
                assert with_mine == (answer.status_code, masked(text)), (method, route)
            compared += 1
    assert compared >= 80


def test_an_attempt_of_another_tenant_is_none_here(houses: tuple[House, House]) -> None:
    """A sign-in of T2 at T1's pages answers as an id that nobody has."""
    mine, theirs = houses
    unknown = str(UUID(int=7))
    for route, _ in routes():
        if not route.startswith("sign-in/<str:tenant_slug>/"):
            continue
        path = filled(route, {"tenant_slug": mine.tenant.slug})
        for method in ("GET", "POST"):
            for name in ("auth_req_id", "request"):
                asked, expected = (
                    (status, text.replace(given, "*"))
                    for given in (theirs.attempt, unknown)
                    for status, text in [call(mine, method, f"{path}?{name}={given}")]
                )
                assert asked == expected, (method, route, name)


def test_an_api_key_opens_its_own_tenant_only(houses: tuple[House, House]) -> None:
    """AK03: T1's key sees T1's sessions, and T2's session is none to it."""
    mine, theirs = houses
    http = Http(headers={**HOST, "x-api-key": mine.api_key})

    listed = http.get("/api/auth/sessions").json()
    ended = http.delete(f"/api/auth/sessions/{theirs.session.id}")
    unknown = http.delete(f"/api/auth/sessions/{uuid4()}")

    assert {row["tenant_id"] for row in listed["sessions"]} == {mine.tenant.slug}
    assert ended.status_code == unknown.status_code == 404
    with tenant_scope(theirs.tenant.id):
        assert LoginSession.objects.get().ended_at is None
        assert SigningKey.objects.exists()
