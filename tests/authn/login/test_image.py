"""The picture as a step like any other: over pages and over the machines' door."""

from typing import Any

import pytest
from django.conf import settings

from authn.authenticators import web_origins
from authn.login import attempts, conversation, plan
from authn.login.models import LoginAttempt
from authn.login.outcomes import Failed, Next, Proven
from authn.sessions.models import LoginSession
from identity.audit.models import Event
from identity.kernel.actors import Origin
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tests.builders.people import a_user
from tests.builders.pictures import a_page, asked, enrolled, server_key
from tests.builders.signing_in import Browser
from tests.builders.tenants import a_tenant
from tests.devices.image_client import ImageClient, Secrets, b64u, quickly

pytestmark = pytest.mark.django_db(transaction=True)

RIGHT, WRONG_PIN = quickly("ada"), quickly("ada", "000000")
ROBOT = Origin(ip="198.51.100.4", user_agent="robot")


@pytest.fixture
def tenant() -> Tenant:
    """A tenant where ada has a picture and no password."""
    made = a_tenant(block={"ip_attempts_limit": 100, "user_attempts_limit": 2})
    enrolled(made, a_user(made, "ada"), RIGHT)
    return made


def attempt_of(tenant: Tenant, url: str) -> LoginAttempt:
    with tenant_scope(tenant.id):
        found = attempts.find(tenant=tenant, auth_req_id=url.partition("auth_req_id=")[2])
    assert found is not None
    return found


def proof(
    tenant: Tenant, attempt: LoginAttempt, secrets: Secrets = RIGHT, name: str = "ada"
) -> dict[str, str]:
    """The fields that a page's script sends."""
    page: ImageClient = a_page(tenant, name, secrets, auth_req_id=attempt.public_id)
    page.origin = web_origins.own()
    asked(tenant, page)
    return {
        "cipherKey": page.cipher_key,
        "challenge_id": b64u(page.challenge_id),
        "challenge_data": page.answer(server_key(tenant)),
    }


def named(tenant: Tenant, browser: Browser, name: str = "ada") -> str:
    """The browser has given a name; the address of the attempt's picture page."""
    attempt = browser.start()
    browser.post(browser.at("identifier", attempt), identifier=name)
    return browser.at("image", attempt)


def reasons(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        found = Event.objects.filter(tenant_id=tenant.id, type="login.failed")
        return sorted(event.reason for event in found)


def test_a_picture_signs_in(tenant: Tenant) -> None:
    """Issue 3, 5: `amr` is ["swk","pin"], never `mfa` by itself (ZK12)."""
    browser = Browser(tenant)
    url = named(tenant, browser)
    assert browser.get(url).status_code == 200

    done = browser.post(url, **proof(tenant, attempt_of(tenant, url)))

    assert done.status_code == 303
    assert browser.is_signed_in()
    with tenant_scope(tenant.id):
        session = LoginSession.objects.get()
    assert (session.amr, session.acr) == (["swk", "pin"], "urn:signet:acr:1")


def test_wrong_proofs_are_refused_alike_and_counted(tenant: Tenant) -> None:
    """protocol §6, §7: one answer; the trail knows why; the picture's holder is stopped."""
    browser = Browser(tenant)
    url = named(tenant, browser)
    attempt = attempt_of(tenant, url)
    for secrets in (quickly("another"), WRONG_PIN, WRONG_PIN):
        refused = browser.post(url, **proof(tenant, attempt, secrets))
        assert refused.status_code == 303
        assert "Picture, PIN or pattern is wrong" in browser.get(url).content.decode()
    stopped = browser.post(url, **proof(tenant, attempt))

    assert stopped.status_code == 429
    assert int(stopped.headers["Retry-After"]) > 0
    assert not browser.is_signed_in()
    assert reasons(tenant) == ["wrong_picture", "wrong_pin_or_pattern", "wrong_pin_or_pattern"]


def test_a_proof_is_for_one_attempt_and_one_name(tenant: Tenant) -> None:
    """ZK07: start U1, finish U2; another browser's attempt."""
    enrolled(tenant, a_user(tenant, "bob"), quickly("bob"))
    browser, other = Browser(tenant), Browser(tenant)
    url, theirs = named(tenant, browser), named(tenant, other)
    attempt = attempt_of(tenant, url)

    browser.post(url, **proof(tenant, attempt_of(tenant, theirs)))
    browser.post(url, **proof(tenant, attempt, quickly("bob"), name="bob"))

    assert not browser.is_signed_in()
    assert reasons(tenant) == ["stale_challenge", "stale_challenge"]


def test_a_page_elsewhere_proves_nothing(tenant: Tenant) -> None:
    """protocol §6, step 3: the request's origin must be the tenant's."""
    browser = Browser(tenant)
    url = named(tenant, browser)
    fields = proof(tenant, attempt_of(tenant, url))

    for origin in ("https://evil.test", "null"):
        answer: Any = browser.http.post(url, fields, HTTP_ORIGIN=origin)
        assert answer.status_code in {303, 403}
    assert not browser.is_signed_in()


def test_fields_of_wrong_form_are_refused_and_no_error(tenant: Tenant) -> None:
    """ZK05: a mutated form is a refusal."""
    browser = Browser(tenant)
    url = named(tenant, browser)
    fields = proof(tenant, attempt_of(tenant, url))
    for name in fields:
        assert browser.post(url, **(fields | {name: "!"})).status_code == 303

    assert reasons(tenant) == [
        "malformed_challenge_data",
        "malformed_challenge_id",
        "malformed_cipherKey",
    ]


def test_an_unknown_name_is_refused_as_everybody(tenant: Tenant) -> None:
    """ZK08, EN07: the page, the challenge and the refusal are alike."""
    browser = Browser(tenant)
    url = named(tenant, browser, "nobody")
    page = browser.get(url)
    refused = browser.post(url, **proof(tenant, attempt_of(tenant, url), name="nobody"))

    assert page.status_code == 200
    assert refused.status_code == 303
    assert reasons(tenant) == ["unknown_user"]


def test_without_passwords_the_picture_is_asked_for_first() -> None:
    """Plan: the tenant's settings decide, not the person named."""
    tenant = a_tenant(password_enabled=False)
    browser = Browser(tenant)
    led = browser.post(browser.at("identifier", browser.start()), identifier="anybody")

    assert "/image?" in led.headers["Location"]
    assert "Use your password" not in browser.get(led.headers["Location"]).content.decode()


def test_a_picture_alone_is_not_enough() -> None:
    """protocol §8, both factors off: something else is owed, and the session waits for it."""
    tenant = a_tenant(use_pin=False, use_pattern=False, passkey_enabled=True)
    bare = quickly("ada", desc=b"\x00\x00\x00")
    enrolled(tenant, a_user(tenant, "ada"), bare)
    browser = Browser(tenant)
    url = named(tenant, browser)
    led = browser.post(url, **proof(tenant, attempt_of(tenant, url), bare))

    assert "/password?" in led.headers["Location"]
    assert not browser.is_signed_in()


def test_machines_prove_a_picture_too(tenant: Tenant) -> None:
    """Issue 3, 5: OIDC, the account pages and the other faces get it at once."""
    for secrets, expected in ((WRONG_PIN, Failed), (RIGHT, Proven)):
        with tenant_scope(tenant.id):
            talk = conversation.begin(tenant=tenant, face="native")
            name: dict[str, Any] = {"tenant": tenant, "origin": ROBOT, "for_browser": None}
            assert conversation.answer(
                attempt=talk, step=plan.IDENTIFIER, data={"identifier": "ada"}, **name
            ) == Next(plan.PASSWORD)
        fields = proof(tenant, talk, secrets) | {"web_origin": web_origins.own()}
        with tenant_scope(tenant.id):
            outcome = conversation.answer(attempt=talk, step=plan.IMAGE, data=fields, **name)
        assert isinstance(outcome, expected)


@pytest.mark.parametrize(
    ("header", "is_accepted"),
    [
        (None, True),
        ("own", True),
        ("null", False),
        ("", False),
        ("https://login.acme.test", True),
        ("https://login.acme.test:8443", False),
        ("http://login.acme.test", False),
        ("https://evil.test", False),
        ("https://login.acme.test.evil.test", False),
        ("https://LOGIN.acme.test", False),
        ("x" * 400, False),
    ],
)
def test_origins_are_the_tenants_or_ours(header: str | None, is_accepted: bool) -> None:
    """protocol §6, step 3: `login_origins`, ours, and the tenant's hosts."""
    tenant = a_tenant(login_origins=["https://login.acme.test"])
    given = web_origins.own() if header == "own" else header

    found = web_origins.accepted(tenant, given)
    assert (found is not None) is is_accepted
    assert found in {None, web_origins.own(), "https://login.acme.test"}


def test_a_tenants_host_is_an_origin_of_its_own() -> None:
    """protocol §6, step 3: "and the tenant's hosts"; no other tenant's."""
    tenant, other = a_tenant(hosts=["id.acme.test"]), a_tenant()
    scheme, _, rest = web_origins.own().partition("://")
    port = f":{rest.partition(':')[2]}" if ":" in rest else ""
    origin = f"{scheme}://id.acme.test{port}"

    assert settings.PUBLIC_URL.lower().startswith(web_origins.own())
    assert web_origins.accepted(tenant, origin) == origin
    assert web_origins.accepted(other, origin) is None
    assert web_origins.accepted(tenant, f"{scheme}://id.acme.test:1") is None
