"""What the token endpoint refuses, at all of its paths."""

import base64
import gzip
import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest

from authn.sessions import tokens
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from tenants.clients import registration
from tenants.clients.models import Client
from tests.oidc.parties import App, Scene, a_scene, an_app

FORM = "application/x-www-form-urlencoded"


def _post(scene: Scene, form: str, path: str = "/token", **headers: str) -> Any:
    return scene.app.send(
        "POST", path, content=form.encode(), headers={"Content-Type": FORM, **headers}
    )


def _credentials(scene: Scene) -> str:
    return f"client_id={scene.app.client_id}&client_secret={quote_plus(scene.app.client_secret)}"


@pytest.mark.parametrize(
    "grant_type",
    [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
        "AUTHORIZATION_CODE",
    ],
)
def test_other_grants_are_not_offered(scene: Scene, grant_type: str) -> None:
    """TK08, and defects 1 and 3: no device grant, no password grant: unsupported_grant_type."""
    answer = scene.app.token(grant_type=grant_type, username="ada", password="x", device_code="y")
    assert (answer.status, answer["error"]) == (400, "unsupported_grant_type")
    assert answer.headers["cache-control"] == "no-store"


def test_a_grant_that_was_not_registered_is_refused(db: None) -> None:
    """RFC 6749 §5.2, unauthorized_client."""
    scene = a_scene(grant_types=["authorization_code"])
    assert scene.app.client_credentials()["error"] == "unauthorized_client"
    assert scene.app.refresh("srt_x")["error"] == "unauthorized_client"


def test_a_public_client_has_no_credentials_of_its_own(db: None) -> None:
    """TK08: client_credentials for C2 → unauthorized_client."""
    scene = a_scene(client_type="public")
    assert scene.app.client_credentials()["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    "form",
    [
        "grant_type=client_credentials&grant_type=client_credentials",
        "grant_type=authorization_code&code=a&code=b",
        "grant_type=client_credentials&scope=a&scope=b",
        "grant_type=client_credentials&tenant_id=a&tenant_id=a",
    ],
)
def test_a_field_given_twice_is_refused(scene: Scene, form: str) -> None:
    """TK13: E(invalid_request)."""
    response = _post(scene, f"{form}&{_credentials(scene)}")
    _assert_invalid(response)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b'{"grant_type": "client_credentials"}', {"Content-Type": "application/json"}),
        (b"grant_type=client_credentials", {"Content-Type": "text/plain"}),
        (b"grant_type=client_credentials", {}),
        (b"--x\r\n\r\n--x--", {"Content-Type": "multipart/form-data; boundary=x"}),
        (b"", {"Content-Type": FORM}),
        (
            gzip.compress(b"grant_type=client_credentials", mtime=0),
            {"Content-Type": FORM, "Content-Encoding": "gzip"},
        ),
        (b"grant_type=%ff%fe", {"Content-Type": FORM}),
        (b"grant_type=client\x00_credentials", {"Content-Type": FORM}),
        (b"grant_type=a%00b", {"Content-Type": FORM}),
        ("grant_type=ünï".encode(), {"Content-Type": FORM}),
        (b"&".join(b"f%d=1" % number for number in range(100)), {"Content-Type": FORM}),
    ],
)
def test_a_body_that_is_no_form_is_refused(
    scene: Scene, content: bytes, headers: dict[str, str]
) -> None:
    """TK11: E(invalid_request)/415; defect 6: never a 500."""
    _assert_invalid(scene.app.send("POST", "/token", content=content, headers=headers))


def test_a_body_without_end_is_not_read(scene: Scene) -> None:
    """TK14: a scope of 500,000 words costs at most 200 ms."""
    began = time.perf_counter()
    response = _post(scene, "grant_type=client_credentials&scope=" + "a+" * 500_000)
    assert response.status_code == 413
    assert response.json()["error"] == "invalid_request"
    assert time.perf_counter() - began < 0.2


def test_nothing_secret_is_taken_from_the_address(scene: Scene) -> None:
    """TK10: POST TK?client_secret=… → E(invalid_request)."""
    response = _post(scene, "grant_type=client_credentials", f"/token?{_credentials(scene)}")
    _assert_invalid(response)
    assert scene.app.client_secret not in response.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_the_endpoint_is_posted_to(scene: Scene, method: str) -> None:
    """TK12, TK16: 405, and no CORS."""
    response = scene.app.send(method, "/token", headers={"Origin": "https://evil.tld"})
    assert response.status_code == 405
    assert "access-control-allow-origin" not in response.headers


def test_without_credentials_a_confidential_client_is_nobody(scene: Scene) -> None:
    """TK09, CA11: none; an empty secret in the form; an empty one in the header → IC."""
    empty = base64.b64encode(f"{scene.app.client_id}:".encode()).decode()
    for form, headers in [
        ("grant_type=client_credentials", {}),
        (f"grant_type=client_credentials&client_id={scene.app.client_id}", {}),
        (f"grant_type=client_credentials&client_id={scene.app.client_id}&client_secret=", {}),
        ("grant_type=client_credentials", {"Authorization": f"Basic {empty}"}),
        ("grant_type=client_credentials", {"Authorization": "Bearer abc"}),
        ("grant_type=client_credentials", {"Authorization": "Basic"}),
        ("grant_type=client_credentials", {"Authorization": "Basic !!!"}),
        ("grant_type=client_credentials", {"Authorization": "Basic /w=="}),
    ]:
        response = _post(scene, form, **headers)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), form
        assert response.headers["www-authenticate"].startswith("Basic ")
        assert response.headers["cache-control"] == "no-store"


def test_two_ways_of_authenticating_at_once_are_refused(scene: Scene) -> None:
    """TK09: header + body both → E(invalid_request)."""
    pair = f"{scene.app.client_id}:{quote_plus(scene.app.client_secret)}"
    basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    both = f"grant_type=client_credentials&{_credentials(scene)}"
    _assert_invalid(_post(scene, both, **basic))
    _assert_invalid(_post(scene, "grant_type=client_credentials&client_id=other", **basic))
    same = f"grant_type=client_credentials&client_id={scene.app.client_id}"
    assert _post(scene, same, **basic).status_code == 200


def test_a_wrong_secret_is_refused_and_counted(scene: Scene) -> None:
    """TK09, CA10: IC; then throttled by client and address, other addresses still served."""
    wrong = f"grant_type=client_credentials&client_id={scene.app.client_id}&client_secret="
    statuses = [_post(scene, f"{wrong}{'x' * 30}{n}").status_code for n in range(20)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    blocked = scene.app.client_credentials()
    assert (blocked.status, blocked["error"]) == (429, "slow_down")
    assert int(blocked.headers["retry-after"]) > 0
    elsewhere = scene.browser.http.post(
        f"/api/oidc/{scene.tenant.slug}/token",
        f"grant_type=client_credentials&{_credentials(scene)}",
        content_type=FORM,
        REMOTE_ADDR="198.51.100.9",
    )
    assert elsewhere.status_code == 200


def test_basic_credentials_are_form_decoded_and_nothing_else(db: None) -> None:
    """CA02, RFC 6749 §2.3.1: secret with `:%+é`: only the form encoding works."""
    secret = "pair:of%20+words-that-is-long-enough"
    scene = a_scene(client_secret=secret)
    accepted = f"{scene.app.client_id}:{quote_plus(secret)}"
    also_accepted = f"{scene.app.client_id}:{quote(secret, safe='')}"
    raw = f"{scene.app.client_id}:{secret}"
    for pair, status in [(accepted, 200), (also_accepted, 200), (raw, 401)]:
        basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
        response = _post(scene, "grant_type=client_credentials", Authorization=basic)
        assert response.status_code == status, pair


def test_a_secret_that_was_replaced_is_dead_at_once(scene: Scene) -> None:
    """CA08: the old one after the end of the overlap → IC."""
    with tenant_scope(scene.tenant.id):
        new = registration.rotate_secret(
            client=scene.app.client, overlap=timedelta(0), actor=SYSTEM
        )
    assert scene.app.client_credentials().status == 401
    scene.app.client_secret = new.reveal()
    assert scene.app.client_credentials().status == 200


def test_a_disabled_machine_client_is_nobody(scene: Scene) -> None:
    """TK17: deactivated → IC; and its tokens are dead (RT15)."""
    token = scene.app.client_credentials()["access_token"]
    with tenant_scope(scene.tenant.id):
        registration.update(client=scene.app.client, actor=SYSTEM, is_disabled=True)
        assert scene.app.client_credentials().status == 401
        assert tokens.inspect(tenant=scene.tenant, value=token) is None


def test_client_credentials_give_what_was_registered_for_the_client(scene: Scene) -> None:
    """TK14: undeclared scope → E(invalid_scope); identity scopes mean nothing without a person."""
    granted = scene.app.client_credentials()
    assert granted["scope"] == "reports:read"
    assert "refresh_token" not in granted.body
    assert "id_token" not in granted.body
    assert scene.app.client_credentials("reports:read")["scope"] == "reports:read"
    for scope in ("admin", "openid", "reports:read admin", "a " * 100):
        assert scene.app.client_credentials(scope)["error"] == "invalid_scope"
    claims = scene.app.verify_access_token(granted["access_token"])
    assert claims["sub"] == claims["client_id"] == scene.app.client_id


def test_two_tenants_with_the_same_client_id_do_not_know_each_other(db: None) -> None:
    """MX03: twin client_ids: tokens mixed → refused."""
    one, two = a_scene(), a_scene()
    with tenant_scope(one.tenant.id):
        first = App(one.tenant, an_app(one.tenant, "twin"))
    with tenant_scope(two.tenant.id):
        second = App(two.tenant, an_app(two.tenant, "twin"))
    token = first.client_credentials()["access_token"]
    assert first.introspect(token)["active"] is True
    assert second.introspect(token).body == {"active": False}
    second.client_secret = first.client_secret
    assert second.client_credentials().status == 401


@pytest.mark.parametrize("path", ["/api/oidc/token", "/api/oidc/token/{slug}"])
def test_the_native_paths_share_the_implementation(scene: Scene, path: str) -> None:
    """Contract 2.4, operations 12 to 14: three endpoints, one implementation."""
    base = scene.app.issuer.partition("/api/")[0]
    url = base + path.format(slug=scene.tenant.slug)
    tenant = "" if "{slug}" in path else f"&tenant_id={scene.tenant.slug}"
    good = _post(scene, f"grant_type=client_credentials{tenant}&{_credentials(scene)}", url)
    assert good.status_code == 200, good.text
    assert set(good.json()) == {"access_token", "token_type", "expires_in", "scope"}
    wrong = _post(scene, f"grant_type=nonsense{tenant}&{_credentials(scene)}", url)
    assert (wrong.status_code, wrong.json()["error"]) == (400, "unsupported_grant_type")
    for missing in ("client_id", "grant_type"):
        fields = {
            "grant_type": "client_credentials",
            "client_id": scene.app.client_id,
            "tenant_id": scene.tenant.slug,
        }
        del fields[missing]
        response = _post(scene, "&".join(f"{k}={v}" for k, v in fields.items()), url)
        assert response.status_code == 422
        detail = response.json()["detail"]
        assert detail == [{"loc": ["body", missing], "msg": "Field required", "type": "missing"}]


def test_the_advertised_path_answers_a_missing_field_as_the_standard_does(scene: Scene) -> None:
    """Contract 2.4: 14 answers invalid_request 400."""
    _assert_invalid(_post(scene, _credentials(scene)))


def test_a_tenant_that_is_named_twice_differently_is_refused(scene: Scene) -> None:
    """Contract 2.3, tenant check: path and body must agree; disagreement 400, foreign 404."""
    form = f"grant_type=client_credentials&{_credentials(scene)}"
    _assert_invalid(_post(scene, f"{form}&tenant_id=other"))
    base = scene.app.issuer.partition("/api/")[0]
    unknown = _post(scene, f"{form}&tenant_id=nowhere", f"{base}/api/oidc/token")
    assert unknown.status_code == 404


def test_only_registered_origins_may_read_the_answer(db: None) -> None:
    """TK16: no ACAO for a foreign origin, never with credentials."""
    scene = a_scene(client_type="public")
    with tenant_scope(scene.tenant.id):
        Client.objects.filter(pk=scene.app.client.pk).update(allowed_origins="https://spa.example")
    for origin, is_allowed in [
        ("https://spa.example", True),
        ("https://evil.tld", False),
        ("https://spa.example.evil.tld", False),
        ("http://spa.example", False),
        ("null", False),
    ]:
        asked, code = scene.code()
        response = _post(
            scene,
            urlencode(
                {
                    "grant_type": "authorization_code",
                    "client_id": scene.app.client_id,
                    "code": code,
                    "redirect_uri": scene.app.redirect_uri,
                    "code_verifier": asked.code_verifier,
                }
            ),
            Origin=origin,
        )
        assert response.status_code == 200
        allowed = response.headers.get("access-control-allow-origin")
        assert allowed == (origin if is_allowed else None)
        assert "access-control-allow-credentials" not in response.headers


def _assert_invalid(response: Any) -> None:
    assert response.status_code in {400, 413, 415}, response.text
    assert response.json()["error"] == "invalid_request"
    assert response.headers["cache-control"] == "no-store"
