"""Servers of a test come, share a database, are killed, and leave nothing behind."""

from pathlib import Path

import httpx
import pytest

from tests.devices.installation import Installation


def test_two_servers_share_a_database_and_survive_its_death(tmp_path: Path) -> None:
    """What races and crash tests are run on."""
    with Installation(tmp_path / "var", is_durable=True) as signet:
        first, second = signet.web(), signet.web()
        assert first.public_url == second.public_url
        assert first.port != second.port

        first.kill()
        assert not first.is_ready()
        assert second.is_ready()
        first.start()

        signet.kill_postgres()
        signet.start_postgres_again()
        assert first.is_ready()
        assert second.is_ready()
        pids = [server.process.pid for server in (first, second) if server.process is not None]

    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{second.url}/healthz", trust_env=False)
