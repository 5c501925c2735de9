"""How many SQL statements each flow may cost (issue 2, figures)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.devices.relying_party import answer_in
from tests.oidc.parties import Scene, a_scene

_FREE = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET ")
OFFLINE = "openid profile email offline_access"


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """Committed rows, so that the process's caches hold what they hold in production."""
    return a_scene()


@contextmanager
def at_most(count: int) -> Iterator[None]:
    """Transaction control and the tenant switch are not counted."""
    with CaptureQueriesContext(connection) as captured:
        yield
    statements = [q["sql"] for q in captured if not q["sql"].lstrip().startswith(_FREE)]
    assert len(statements) <= count, "\n\n".join(statements)


def test_redeeming_a_code_costs_at_most_six(scene: Scene) -> None:
    """Code exchange ≤ 6: consume, refresh token, session, audit."""
    scene.tokens(scope=OFFLINE)
    asked, code = scene.code(scope=OFFLINE)
    with at_most(4):
        assert scene.app.exchange(code, asked).status == 200


def test_a_refresh_costs_at_most_four(scene: Scene) -> None:
    """Refresh ≤ 4: the rotation is one statement, the audit row another."""
    token = scene.tokens(scope=OFFLINE)["refresh_token"]
    with at_most(2):
        assert scene.app.refresh(token).status == 200


def test_userinfo_and_introspection_cost_one_each(scene: Scene) -> None:
    """Userinfo, introspection ≤ 2."""
    tokens = scene.tokens(scope=OFFLINE)
    scene.app.introspect(tokens["access_token"])
    with at_most(1):
        assert scene.app.userinfo(tokens["access_token"]).status == 200
    with at_most(1):
        assert scene.app.introspect(tokens["access_token"])["active"] is True
    with at_most(1):
        assert scene.app.introspect(tokens["refresh_token"])["active"] is True


def test_a_token_for_the_client_itself_costs_none(scene: Scene) -> None:
    """client_credentials ≤ 1, aim 0."""
    scene.app.client_credentials()
    with at_most(0):
        assert scene.app.client_credentials().status == 200


def test_the_documents_cost_none(scene: Scene) -> None:
    """Discovery and JWKS."""
    for path in ("/.well-known/openid-configuration", "/.well-known/jwks"):
        scene.app.send("GET", path)
        with at_most(0):
            assert scene.app.send("GET", path).status_code == 200


def test_a_sign_in_that_is_known_already_costs_little(scene: Scene) -> None:
    """Authorize with a live session and nothing to ask: sessions, grant, its audit row, code."""
    scene.tokens()
    with at_most(4):
        _, response = scene.authorize()
    assert "code" in answer_in(response.headers["Location"])
