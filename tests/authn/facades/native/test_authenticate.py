"""Challenge and Authenticate over HTTP (contract 2.4 operations 2 and 3, protocol §4, §6)."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Http
from django.utils import timezone

from authn.login import attempts, evidence
from authn.login.models import LivenessRecord, LoginAttempt, SignInTicket
from authn.sessions.models import LoginSession
from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users import accounts
from tenants.users.models import User
from tests.authn.facades.native.pages import NativePage
from tests.builders.people import a_user
from tests.builders.pictures import enrolled
from tests.builders.signing_in import PASSWORD, Browser, a_person
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once
from tests.devices.image_client import UPDATE_EMAIL, quickly

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = b'{"detail":"invalid_credentials"}'
PATIENT = {"ip_attempts_limit": 1_000}


def an_enrolled(tenant: Tenant, username: str = "ada") -> User:
    user = a_user(tenant, username)
    enrolled(tenant, user, quickly())
    return user


@pytest.fixture
def tenant() -> Tenant:
    """Ada can sign in with a picture; addresses have patience."""
    made = a_tenant(block=PATIENT)
    an_enrolled(made)
    return made


def tickets(tenant: Tenant) -> list[SignInTicket]:
    with tenant_scope(tenant.id):
        return list(SignInTicket.objects.select_related("user"))


def reasons(tenant: Tenant) -> list[str]:
    """Why things were refused, as the audit trail has it, in order."""
    with tenant_scope(tenant.id):
        rows = Event.objects.exclude(reason="").order_by("id")
        return [str(reason) for reason in rows.values_list("reason", flat=True)]


def test_two_right_proofs_make_a_one_time_ticket(tenant: Tenant) -> None:
    """Contract 2.4, operation 3: `{nonce, need_verify}`; ZK12: `swk` and `pin`, one factor."""
    answer = NativePage(tenant, "ada").ask().authenticate()

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json()) == {"nonce", "need_verify"}
    assert answer.json()["need_verify"] is False
    assert len(answer.json()["nonce"]) == 43
    (ticket,) = tickets(tenant)
    assert (ticket.user.username, ticket.methods) == ("ada", ["image"])
    assert ticket.amr == ["swk", "pin"]
    with tenant_scope(tenant.id):
        assert LoginSession.objects.count() == 0


def test_who_is_not_verified_owes_a_step(tenant: Tenant) -> None:
    """Protocol §4.4: "need_verify = true if a further step is owed (e-mail not verified, …)"."""
    bob = a_user(tenant, "bob", is_verified=False)
    enrolled(tenant, bob, quickly())

    answer = NativePage(tenant, "bob").ask().authenticate()

    assert answer.json()["need_verify"] is True


def test_a_name_in_another_spelling_signs_in_too(tenant: Tenant) -> None:
    """Protocol §1: "exact bytes as sent" enter the proof; whom they name is our matter."""
    assert NativePage(tenant, "ADA@example.com").ask().authenticate().status_code == 200


def headers(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}


def test_challenges_are_alike_for_known_and_unknown_names(tenant: Tenant) -> None:
    """EN05: fresh random challenge, same size and headers, `proto_version` stable."""
    answers = [NativePage(tenant, name).challenge() for name in ("ada", "ada", "nobody", "nobody")]

    assert {answer.status_code for answer in answers} == {200}
    assert {tuple(answer.json()) for answer in answers} == {("challenge_data", "proto_version")}
    assert len({answer.json()["challenge_data"] for answer in answers}) == 4
    assert {len(answer.content) for answer in answers} == {len(answers[0].content)}
    assert {answer.json()["proto_version"] for answer in answers} == {"svzkp-1"}
    assert all(headers(answer) == headers(answers[0]) for answer in answers)


def unknown(page: NativePage) -> Any:
    return NativePage(page.tenant, "nobody").ask().authenticate()


def without_picture(page: NativePage) -> Any:
    a_user(page.tenant, "eve")
    return NativePage(page.tenant, "eve").ask().authenticate()


def disabled(page: NativePage) -> Any:
    accounts.deactivate(user=an_enrolled(page.tenant, "bob"), actor=SYSTEM)
    return NativePage(page.tenant, "bob").ask().authenticate()


def wrong_picture(page: NativePage) -> Any:
    return NativePage(page.tenant, "ada", quickly("other")).ask().authenticate()


def wrong_pin(page: NativePage) -> Any:
    return NativePage(page.tenant, "ada", quickly(known="000000")).ask().authenticate()


def replayed(page: NativePage) -> Any:
    form = page.ask().proof_form()
    assert page.send("/api/auth/authenticate", form).status_code == 200
    return page.send("/api/auth/authenticate", form)


def without_start(page: NativePage) -> Any:
    page.ask()
    page.client.challenge_id = bytes(16)
    return page.authenticate()


def for_another_purpose(page: NativePage) -> Any:
    key = page.ask().server_key()
    answer = page.client.answer(key, UPDATE_EMAIL, new_email="a@example.com")
    return page.authenticate(challenge_data=answer)


def for_another_person(page: NativePage) -> Any:
    an_enrolled(page.tenant, "bob")
    return page.ask().authenticate(username="bob")


def at_another_tenant(page: NativePage) -> Any:
    other = a_tenant(block=PATIENT)
    an_enrolled(other)
    return page.send(
        "/api/auth/authenticate", page.ask().proof_form(), query=f"tenant_id={other.slug}"
    )


def in_another_request(page: NativePage) -> Any:
    form = page.ask().proof_form()
    attempt = Browser(page.tenant).start().partition("auth_req_id=")[2]
    return page.send("/api/auth/authenticate", form, query=f"auth_req_id={attempt}")


def with_another_pages_key(page: NativePage) -> Any:
    return page.ask().authenticate(cipherKey=page.client.beside().cipher_key)


def from_another_origin(page: NativePage) -> Any:
    form = page.ask().proof_form()
    page.web_origin = "https://evil.example.com"
    return page.send("/api/auth/authenticate", form)


def from_a_sandbox(page: NativePage) -> Any:
    form = page.ask().proof_form()
    page.web_origin = "null"
    return page.send("/api/auth/authenticate", form)


def relayed(page: NativePage) -> Any:
    # A page elsewhere that runs our own script: its origin is in the proof.
    page.client.origin = "https://evil.example.com"
    return page.ask().authenticate()


@pytest.mark.parametrize(
    "misuse",
    [
        unknown,
        without_picture,
        disabled,
        wrong_picture,
        wrong_pin,
        replayed,
        without_start,
        for_another_purpose,
        for_another_person,
        at_another_tenant,
        in_another_request,
        with_another_pages_key,
        from_another_origin,
        from_a_sandbox,
        relayed,
    ],
)
def test_every_failed_proof_is_one_answer(
    tenant: Tenant, misuse: Callable[[NativePage], Any]
) -> None:
    """ZK02, ZK07, ZK08: replay, order, swaps, decoys: 401, the same bytes and headers."""
    plain = wrong_picture(NativePage(tenant, "ada"))
    made = len(tickets(tenant))

    answer = misuse(NativePage(tenant, "ada"))

    assert answer.status_code == plain.status_code == 401
    assert answer.content == plain.content == REFUSED
    names = {name for name in answer.headers if not name.startswith("Access-Control-")}
    assert names == {name for name in plain.headers if not name.startswith("Access-Control-")}
    assert len(tickets(tenant)) == made + (misuse is replayed)


def test_one_challenge_fifty_times_at_once_is_one_ticket(tenant: Tenant) -> None:
    """ZK02: "single use", decided by one write."""
    page = NativePage(tenant, "ada").ask()
    form = page.proof_form()

    answers = at_once([lambda: page.send("/api/auth/authenticate", form) for _ in range(20)])

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19  # type: ignore[union-attr]
    assert len(tickets(tenant)) == 1


def test_of_many_guesses_at_once_five_are_looked_at() -> None:
    """ZK06: L=5, proofs at once: "≤5 evaluated"; the others hear 429 with Retry-After."""
    tenant = a_tenant(block={"ip_attempts_limit": 5, "user_attempts_limit": 5})
    an_enrolled(tenant)
    pages = [NativePage(tenant, "ada", quickly(known="000000")).ask() for _ in range(15)]
    forms = [(page, page.proof_form()) for page in pages]

    def try_it(page: NativePage, form: dict[str, Any]) -> Callable[[], Any]:
        return lambda: page.send("/api/auth/authenticate", form)

    answers: list[Any] = at_once([try_it(page, form) for page, form in forms])

    assert [answer.status_code for answer in answers].count(401) == 5
    blocked = [answer for answer in answers if answer.status_code == 429]
    assert len(blocked) == 10
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in blocked)
    assert NativePage(tenant, "ada").ask().authenticate().status_code == 429


def test_who_lacks_the_picture_locks_nobody_out() -> None:
    """Protocol §7: "a stranger cannot lock anyone out by name"."""
    tenant = a_tenant(block=PATIENT | {"user_attempts_limit": 2})
    an_enrolled(tenant)
    for _ in range(4):
        assert wrong_picture(NativePage(tenant, "ada")).status_code == 401

    assert NativePage(tenant, "ada").ask().authenticate().status_code == 200


def test_who_has_the_picture_and_guesses_is_stopped() -> None:
    """Protocol §7: image and wrong PIN counts on address and person."""
    tenant = a_tenant(block=PATIENT | {"user_attempts_limit": 2})
    an_enrolled(tenant)
    statuses = [wrong_pin(NativePage(tenant, "ada")).status_code for _ in range(3)]

    assert statuses == [401, 401, 429]
    assert NativePage(tenant, "ada").ask().authenticate().status_code == 429


def test_an_old_version_is_not_spoken(tenant: Tenant) -> None:
    """ZK11: downgrade to an old protocol version: refused."""
    page = NativePage(tenant, "ada").ask()
    form = page.proof_form()
    bent = "AA" + form["challenge_data"][2:]

    assert page.authenticate(challenge_data=bent).status_code == 401


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "x" * 129}, "username"),
        ({"username": "e\u0301"}, "username"),
        ({"username": "\ud800"}, "username"),
        ({"username": None}, "username"),
        ({"cipherKey": "A" * 42}, "cipherKey"),
        ({"cipherKey": "A" * 42 + "="}, "cipherKey"),
        ({"challenge_id": "!" * 22}, "challenge_id"),
        ({"challenge_id": ["x"]}, "challenge_id"),
        ({"challenge_data": "A" * 249}, "challenge_data"),
        ({"challenge_data": "A" * 70_000}, "challenge_data"),
        ({"ber": {"ber": 1}}, "ber"),
        ({"log_data": "yes"}, "log_data"),
    ],
)
def test_malformed_fields_are_named(tenant: Tenant, changes: dict[str, Any], field: str) -> None:
    """Contract 2.3: 422 `{"detail":[{"loc":["body",…],"msg":…,"type":…}]}`; protocol §6, step 1."""
    answer = NativePage(tenant, "ada").ask().authenticate(**changes)

    assert answer.status_code == 422
    mistake = answer.json()["detail"][0]
    assert mistake["loc"][:2] == ["body", field]
    assert set(mistake) == {"loc", "msg", "type"}
    assert reasons(tenant)[-1] == "malformed"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'"x"', b"null", b"[" * 100_000, b"\xff", b'{"a": NaN}']
)
def test_what_is_no_form_is_malformed(tenant: Tenant, body: bytes) -> None:
    """Contract 2.3: 422 on every operation with input; ZK05: no 5xx."""
    answer = NativePage(tenant, "ada").send("/api/auth/authenticate", body)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "body"


def test_a_huge_body_is_not_read(tenant: Tenant) -> None:
    """Contract 2.5: fields are bounded; a larger body is 413."""
    answer = NativePage(tenant, "ada").send("/api/auth/challenge", b" " * 300_000)

    assert answer.status_code == 413


def test_measurements_are_taken_and_decide_nothing(tenant: Tenant) -> None:
    """Contract 2.5: `ber` is telemetry; `log_data` may be there."""
    ber = {
        "ber": {"count_bits": 24576, "error_bits": 24576, "BER_PERCENT": "100.00"},
        "image_dim": [1024, 768],
        "algorithm_version": "svwm-1",
    }
    log = {"status": "failed", "evidence": {"timing": {"totalChallengeDurationMs": 1}}}

    answer = NativePage(tenant, "ada").ask().authenticate(ber=ber, log_data=log)
    NativePage(tenant, "ada", quickly("other")).ask().authenticate(ber=ber, log_data=log)

    assert answer.status_code == 200
    with tenant_scope(tenant.id):
        (kept,) = LivenessRecord.objects.select_related("user")
    assert (kept.user.username, kept.act) == ("ada", "authenticate")
    assert json.loads(kept.ber) == ber
    assert json.loads(kept.log_data)["status"] == "failed"
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        evidence.prune()
    with tenant_scope(tenant.id):
        assert not LivenessRecord.objects.exists()


def test_odd_evidence_is_kept_as_it_was_said(tenant: Tenant) -> None:
    """Contract 2.6: free objects; no 5xx for what Postgres calls no text, nor for infinity."""
    body = NativePage(tenant, "ada").ask()
    form = body.proof_form(
        log_data={"evidence": {"gestureCounts": {"\x00": "\ud800"}, "detailedStepResults": [[{}]]}}
    )
    odd = json.dumps(form).replace("[[{}]]", "[1e400]").encode()

    assert body.send("/api/auth/authenticate", odd).status_code == 200


def test_too_much_evidence_is_malformed(tenant: Tenant) -> None:
    """Contract 2.5: "limit each to 64 KiB"."""
    log = {"evidence": {"gestureCounts": {"x": "y" * 70_000}}}

    answer = NativePage(tenant, "ada").ask().authenticate(log_data=log)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "log_data"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("tenant_id=nowhere", 404),
        ("tenant_id=", 422),
        ("tenant_id={slug}&tenant_id={slug}", 422),
        ("auth_req_id=nonsense", 400),
        ("auth_req_id={attempt}&tenant_id={slug}", 200),
        ("auth_req_id={attempt}&tenant_id={other}", 400),
        ("auth_req_id={finished}", 400),
        ("auth_req_id={machine}", 400),
    ],
)
def test_the_tenant_is_the_one_that_the_request_names(
    tenant: Tenant, query: str, status: int
) -> None:
    """Protocol §4.4: of the auth_req_id, else `tenant_id`, else the host; "both given and
    different: 400"."""
    a_person(tenant, "bob")
    browser = Browser(tenant)
    finished = browser.start()
    browser.sign_in("bob", PASSWORD, finished)
    with tenant_scope(tenant.id):
        machine = attempts.begin(tenant=tenant, browser_digest=b"", face="native").public_id
    page = NativePage(tenant, "ada")
    form = {"username": "ada", "cipherKey": page.client.cipher_key}

    answer = page.send(
        "/api/auth/challenge",
        form,
        query=query.format(
            slug=tenant.slug,
            other=a_tenant().slug,
            attempt=Browser(tenant).start().partition("auth_req_id=")[2],
            finished=finished.partition("auth_req_id=")[2],
            machine=machine,
        ),
    )

    assert answer.status_code == status, answer.content
    if status == 422:
        assert answer.json()["detail"][0]["loc"] == ["query", "tenant_id"]


def test_a_credential_of_another_tenant_has_no_say(tenant: Tenant) -> None:
    """Contract 2.3: tenants in a request must agree; disagreement 400."""
    page = NativePage(tenant, "ada")
    page.bearer = "api_" + "a" * 24

    assert page.challenge().status_code == 200


def test_a_ticket_for_a_browsers_attempt_moves_nothing_by_itself(tenant: Tenant) -> None:
    """Contract 2.5: "A proof made over the API never changes the attempt"."""
    attempt = Browser(tenant).start().partition("auth_req_id=")[2]

    answer = NativePage(tenant, "ada", auth_req_id=attempt).ask().authenticate()

    assert answer.status_code == 200
    (ticket,) = tickets(tenant)
    with tenant_scope(tenant.id):
        row = LoginAttempt.objects.get(public_id=attempt)
        assert ticket.attempt_id == row.id
        assert (row.methods, row.user_id) == ([], None)


@pytest.mark.parametrize("path", ["challenge", "authenticate", "register", "zkp/keys"])
def test_pages_of_the_tenants_origins_may_ask_without_credentials(path: str) -> None:
    """Protocol §6, step 3: `login_origins` drives the CORS answers, without credentials."""
    tenant = a_tenant(login_origins=["https://app.example.com"])
    http = Http(headers={"host": "localhost:8000"})
    url = f"/api/auth/{path}?tenant_id={tenant.slug}"

    def preflight(origin: str) -> Any:
        return http.options(url, headers={"origin": origin})

    allowed = preflight("https://app.example.com")
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "Content-Type" in allowed.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in allowed.headers
    assert "Origin" in allowed.headers["Vary"]
    for stranger in ("https://evil.example.com", "null", "https://app.example.com.evil"):
        assert "Access-Control-Allow-Origin" not in preflight(stranger).headers


def test_a_page_of_the_tenants_origins_signs_in() -> None:
    """Protocol §6, step 3: the proof names the page's own origin."""
    tenant = a_tenant(login_origins=["https://app.example.com"])
    an_enrolled(tenant)
    page = NativePage(tenant, "ada", web_origin="https://app.example.com")

    answer = page.ask().authenticate()

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"


def test_a_program_without_an_origin_is_at_the_installations_own(tenant: Tenant) -> None:
    """Protocol §6, step 3: "absent → the issuer's origin"."""
    assert NativePage(tenant, "ada", sends_origin=False).ask().authenticate().status_code == 200


def test_keys_are_published_for_five_minutes(tenant: Tenant) -> None:
    """Protocol §4.4: `{"keys": [JWK], "proto_versions": ["svzkp-1"]}`, cacheable 5 minutes."""
    answer = NativePage(tenant, "ada").send("/api/auth/zkp/keys", b"", method="GET")

    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.json()["proto_versions"] == ["svzkp-1"]
    assert {key["crv"] for key in answer.json()["keys"]} == {"X25519"}
    assert all("d" not in key for key in answer.json()["keys"])


GOOD_LOG = {
    "status": "success",
    "evidence": {
        "stepsPassed": 4,
        "stepsFailed": 1,
        "timing": {"livenessPhaseDurationMs": 10_000},
    },
}


@pytest.mark.parametrize(
    ("log", "status"),
    [
        (None, 403),
        ({}, 403),
        (GOOD_LOG | {"status": "failed"}, 403),
        (GOOD_LOG | {"evidence": {**GOOD_LOG["evidence"], "stepsPassed": 3}}, 403),  # type: ignore[dict-item]
        (GOOD_LOG | {"evidence": {**GOOD_LOG["evidence"], "stepsFailed": 2}}, 403),  # type: ignore[dict-item]
        (GOOD_LOG | {"evidence": {**GOOD_LOG["evidence"], "timing": {}}}, 403),  # type: ignore[dict-item]
        (GOOD_LOG, 200),
    ],
)
def test_liveness_is_asked_where_the_tenant_wants_it(log: Any, status: int) -> None:
    """Contract 2.8: 403 `liveness_required` for missing, failed or too short `log_data`; it grants
    nothing."""
    tenant = a_tenant(block=PATIENT, use_face_recognition=True, use_liveness=True)
    an_enrolled(tenant)

    answer = NativePage(tenant, "ada").ask().authenticate(log_data=log)
    wrong = NativePage(tenant, "ada", quickly("other")).ask().authenticate(log_data=log)

    assert answer.status_code == status
    assert wrong.status_code == (401 if status == 200 else 403)
    if status == 403:
        assert answer.json()["code"] == "liveness_required"


def test_what_was_sent_is_in_no_audit_row(tenant: Tenant) -> None:
    """Protocol §6: "Never log challenge_data, encrypted_commitment, cipherKey, codes, nonces"."""
    page = NativePage(tenant, "ada").ask()
    form = page.proof_form()
    nonce = page.send("/api/auth/authenticate", form).json()["nonce"]
    page.send("/api/auth/authenticate", form)
    sent = [nonce, form["cipherKey"], form["challenge_data"], form["challenge_id"]]
    with tenant_scope(tenant.id):
        told = "\n".join(str(row) for row in Event.objects.values())

    assert not [value for value in sent if value in told]
