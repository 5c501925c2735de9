"""What went through the protocol stands in no log and in no row."""

import logging

import pytest
from django.db import connection

from identity.tenancy.scope import platform_scope
from tests.builders.signing_in import PASSWORD
from tests.oidc.parties import Scene, a_scene

OFFLINE = "openid profile email offline_access"


def _everything_said(scene: Scene) -> list[str]:
    """Every secret of a sign-in with its mishaps."""
    asked, code = scene.code(scope=OFFLINE)
    tokens = scene.app.exchange(code, asked)
    again = scene.app.refresh(tokens["refresh_token"])
    own = scene.app.client_credentials()["access_token"]
    scene.app.userinfo("x" + tokens["access_token"])
    scene.app.introspect(again["access_token"])
    scene.app.revoke(again["refresh_token"])
    scene.app.refresh(again["refresh_token"])
    scene.app.exchange(code, asked)
    scene.app.send("POST", f"/token?client_secret={scene.app.client_secret}&code={code}")
    scene.app.send("GET", f"/userinfo?access_token={tokens['access_token']}")
    scene.authorize(prompt="none", id_token_hint="x" + tokens["id_token"])
    return [
        PASSWORD,
        code,
        asked.code_verifier,
        scene.app.client_secret,
        own,
        scene.browser.session_cookie.rpartition("~")[2],
        *(tokens[name] for name in ("access_token", "refresh_token", "id_token")),
        *(again[name] for name in ("access_token", "refresh_token", "id_token")),
    ]


def test_no_secret_stands_in_a_log(
    scene: Scene, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """TK10, TK15: success and failure; 0 token bytes in logs, the query is not logged."""
    with caplog.at_level(logging.DEBUG):
        secrets = _everything_said(scene)
    out, err = capfd.readouterr()
    written = out + err + "".join(r.getMessage() for r in caplog.records)
    assert "/token" in written  # there is a log to look at
    assert [secret for secret in secrets if secret in written] == []


def test_no_secret_stands_in_the_database(transactional_db: None) -> None:
    """TK18, RT13: a dump of every table holds digests only."""
    scene = a_scene()
    secrets = _everything_said(scene)
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        dump = ""
        for table in tables:
            cursor.execute(f"SELECT has_table_privilege(current_user, '{table}', 'SELECT')")
            if cursor.fetchone()[0]:
                cursor.execute(f"SELECT {table}::text FROM {table}")
                dump += "\n".join(row for (row,) in cursor.fetchall())
    assert str(scene.user.id) in dump
    assert [s for s in secrets if s in dump or s.encode().hex() in dump] == []
