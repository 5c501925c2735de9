"""Discovery and keys in front of Django: the same answers, of what the process knows."""

from typing import Any

import orjson
import pytest
from django.conf import settings

from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from oidc.provider import prepared
from tenants.keys import rotation
from tenants.registry import lifecycle
from tests.oidc.parties import Scene, a_scene
from tests.oidc.provider.test_discovery import well_known


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """Committed rows: a process keeps nothing of what an open transaction changed."""
    return a_scene()


class _Started:
    """What a WSGI application told the server."""

    status = ""
    headers: dict[str, str]

    def __call__(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, dict(headers)


def _ask(slug: str, name: str, **environ: str) -> tuple[_Started, bytes]:
    started = _Started()
    application = prepared.in_front_of(_fallback, settings.PUBLIC_URL)
    host = settings.PUBLIC_URL.partition("//")[2]
    path = f"/api/oidc/{slug}/.well-known/{name}"
    given = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": host, **environ}
    return started, b"".join(application(given, started))


def _fallback(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("299 Django", [])
    return [b"django"]


def test_what_the_process_knows_is_answered_in_front_of_django(scene: Scene) -> None:
    """Issue 2, figures: discovery and JWKS from prepared bytes; the same as Django's answer."""
    for name in ("openid-configuration", "jwks"):
        through_django = well_known(scene, name)
        started, body = _ask(scene.tenant.slug, name)
        assert (started.status, body) == ("200 OK", through_django.content)
        for header in ("Content-Type", "Cache-Control", "ETag"):
            assert started.headers[header] == through_django.headers[header]
        tagged, empty = _ask(scene.tenant.slug, name, HTTP_IF_NONE_MATCH=started.headers["ETag"])
        assert (tagged.status, empty) == ("304 Not Modified", b"")


@pytest.mark.parametrize(
    "environ",
    [
        {"REQUEST_METHOD": "POST"},
        {"REQUEST_METHOD": "HEAD"},
        {"HTTP_HOST": "evil.tld"},
        {"PATH_INFO": "/api/oidc/unknown/.well-known/jwks"},
        {"PATH_INFO": "/.well-known/jwks"},
    ],
)
def test_everything_else_goes_the_ordinary_way(scene: Scene, environ: dict[str, str]) -> None:
    """MX04, AZ22: hosts and methods are judged where they always are."""
    well_known(scene)
    started, _ = _ask(scene.tenant.slug, "openid-configuration", **environ)
    assert started.status == "299 Django"


def test_a_suspended_tenant_is_no_longer_answered_for(scene: Scene) -> None:
    """SE05: suspension is seen at once, prepared or not."""
    well_known(scene)
    assert _ask(scene.tenant.slug, "jwks")[0].status == "200 OK" or well_known(scene, "jwks")
    lifecycle.suspend(tenant=scene.tenant, actor=SYSTEM)
    assert _ask(scene.tenant.slug, "openid-configuration")[0].status == "299 Django"


def test_a_new_key_is_published_at_once(scene: Scene) -> None:
    """RC09: after a rotation the prepared bytes are the new ones."""
    before = well_known(scene, "jwks").content
    assert _ask(scene.tenant.slug, "jwks")[1] == before
    with tenant_scope(scene.tenant.id):
        rotation.rotate(tenant=scene.tenant, algorithm="EdDSA", actor=SYSTEM)
    after = well_known(scene, "jwks").content
    assert len(orjson.loads(after)["keys"]) == len(orjson.loads(before)["keys"]) + 1
    started, body = _ask(scene.tenant.slug, "jwks")
    assert started.status == "299 Django" or body == after
