"""Discovery tells the truth, in every tenant its own, and as fast as bytes can be sent."""

from typing import Any

import pytest
from django.conf import settings

from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from oidc.provider import claims, discovery
from tenants.keys import rotation
from tests.devices.relying_party import answer_in
from tests.oidc.parties import Scene, a_scene


def well_known(scene: Scene, name: str = "openid-configuration", **headers: str) -> Any:
    return scene.app.send("GET", f"/.well-known/{name}", headers=headers)


def test_every_advertised_endpoint_is_there(scene: Scene) -> None:
    """OpenID Connect Discovery §3; MX01: the issuer exactly."""
    document = well_known(scene).json()
    assert document["issuer"] == f"{settings.PUBLIC_URL}/api/oidc/{scene.tenant.slug}"
    for name, url in document.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert url.startswith(document["issuer"])
            assert scene.app.send("GET", url).status_code in {200, 303, 400, 401, 405}, name


def test_only_s256_is_advertised_and_accepted(scene: Scene) -> None:
    """PK08: metadata truth: discovery vs behaviour."""
    assert well_known(scene).json()["code_challenge_methods_supported"] == ["S256"]
    scene.tokens()
    for method, is_accepted in (("S256", True), ("plain", False)):
        _, response = scene.authorize(code_challenge_method=method)
        assert ("code" in answer_in(response.headers["Location"])) is is_accepted


def test_what_is_advertised_works_and_nothing_else_does(scene: Scene) -> None:
    """PK08, for grant types, response types, response modes, prompts and algorithms."""
    document = well_known(scene).json()
    for grant in ("password", "implicit", "urn:ietf:params:oauth:grant-type:device_code"):
        assert grant not in document["grant_types_supported"]
    for grant in document["grant_types_supported"]:
        assert scene.app.token(grant_type=grant).body.get("error") != "unsupported_grant_type"
    for name in ("request", "request_uri", "claims"):
        assert document[f"{name}_parameter_supported"] is False
    for prompt in document["prompt_values_supported"]:
        _, response = scene.authorize(prompt=prompt)
        answer = answer_in(response.headers["Location"])
        assert answer.get("error") != "invalid_request", prompt
    assert document["response_types_supported"] == ["code"]


def test_the_claims_that_are_advertised_are_those_that_are_made(scene: Scene) -> None:
    """OpenID Connect Discovery §3, claims_supported."""
    tokens = scene.tokens(scope="openid profile email")
    made = {
        *scene.app.verify_id_token(tokens["id_token"]),
        *scene.app.userinfo(tokens["access_token"]).body,
    }
    # Facts that this person has not told are left out.
    assert made | {"locale", "zoneinfo"} == set(claims.SUPPORTED)
    assert set(well_known(scene).json()["claims_supported"]) == set(claims.SUPPORTED)


def test_both_documents_may_be_kept_and_asked_after(scene: Scene) -> None:
    """RFC 9110 §13.1.2: a matching If-None-Match is answered 304 without a body."""
    for name in ("openid-configuration", "jwks"):
        first = well_known(scene, name)
        assert first.headers["cache-control"] == "public, max-age=900"
        tag = first.headers["etag"]
        for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = well_known(scene, name, **{"If-None-Match": sent})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        assert well_known(scene, name, **{"If-None-Match": '"other"'}).status_code == 200


def test_no_two_tenants_share_a_key(db: None) -> None:
    """MX05: JWKS T1 ∩ T2 kids = ∅."""
    one, two = a_scene(), a_scene()
    kids = [{key["kid"] for key in well_known(s, "jwks").json()["keys"]} for s in (one, two)]
    assert kids[0]
    assert not kids[0] & kids[1]


def test_private_parts_are_never_published(scene: Scene) -> None:
    """JW14: never d, p, q, dp, dq, qi, k."""
    with tenant_scope(scene.tenant.id):
        for algorithm in ("RS256", "ES256"):
            rotation.ensure(tenant=scene.tenant, algorithm=algorithm, actor=SYSTEM)
    keys = well_known(scene, "jwks").json()["keys"]
    assert {key["alg"] for key in keys} == {"EdDSA", "RS256", "ES256"}
    assert not {"d", "p", "q", "dp", "dq", "qi", "k", "oth"} & {m for key in keys for m in key}


@pytest.mark.parametrize(
    "variant",
    [
        "/api/oidc/{slug}/.well-known/openid-configuration/",
        "/api/oidc/{upper}/.well-known/openid-configuration",
        "/api/oidc/{slug}x/.well-known/openid-configuration",
        "/api/oidc/{slug}/.well-known/OpenID-configuration",
        "/api/oidc/{slug}/.well-known/openid-configuration%00",
        "/api/oidc/%2e%2e/.well-known/openid-configuration",
    ],
)
def test_a_path_that_is_almost_right_is_not_there(scene: Scene, variant: str) -> None:
    """MX02: case, trailing slash → 404 or the exact issuer."""
    path = variant.format(slug=scene.tenant.slug, upper=scene.tenant.slug.upper())
    assert scene.app.send("GET", f"{settings.PUBLIC_URL}{path}").status_code == 404


def test_another_host_name_gets_no_document(scene: Scene) -> None:
    """MX04: Host evil → 400."""
    response = well_known(scene, Host="evil.tld")
    assert response.status_code == 400
    assert "evil" not in response.text


def test_rfc_8414_finds_the_same_document(scene: Scene) -> None:
    """RFC 8414 §3.1: the well-known part comes before the issuer's path."""
    path = f"/.well-known/oauth-authorization-server/api/oidc/{scene.tenant.slug}"
    response = scene.app.send("GET", f"{settings.PUBLIC_URL}{path}")
    assert response.content == well_known(scene).content


def test_the_document_is_a_constant_of_the_issuer() -> None:
    """MX04: nothing of a request can poison it."""
    assert discovery.document("demo") is discovery.document("demo")
