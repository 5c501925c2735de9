"""The environment is read once and names every mistake at once."""

import os
import stat
from pathlib import Path

import pytest

from identity.config.env import (
    DevelopmentEnvironment,
    Environment,
    Misconfigured,
    ProductionEnvironment,
    load,
)
from identity.config.running.places import Places, made_once


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))


def test_production_names_everything_that_is_missing_at_once() -> None:
    """Issue, point 1: one typed settings object names every missing or malformed value at once."""
    with pytest.raises(Misconfigured) as refused:
        load(ProductionEnvironment)
    text = str(refused.value)
    for name in ("PUBLIC_URL", "DATABASE_URL", "SECRET_KEY", "KEY_ENCRYPTION_KEY", "EMAIL_URL"):
        assert f"{name}: is missing" in text


def test_missing_and_malformed_values_are_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue, point 1."""
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("KEY_ENCRYPTION_KEY", "k1:short")
    monkeypatch.setenv("DATABASE_URL", "mysql://db")
    monkeypatch.setenv("OUTBOUND_ALLOW", "10.0.0.0/8")
    with pytest.raises(Misconfigured) as refused:
        load(ProductionEnvironment)
    named = {line.split(":")[0].strip() for line in str(refused.value).splitlines()[1:-1]}
    assert {"PORT", "KEY_ENCRYPTION_KEY", "DATABASE_URL", "OUTBOUND_ALLOW", "PUBLIC_URL"} <= named


def test_a_refusal_does_not_repeat_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed at boot ends up in logs."""
    monkeypatch.setenv("KEY_ENCRYPTION_KEY", "k1:aGVsbG8gd29ybGQ=")
    with pytest.raises(Misconfigured) as refused:
        load(ProductionEnvironment)
    assert "aGVsbG8" not in str(refused.value)


def test_a_loaded_environment_does_not_show_its_secrets() -> None:
    """A dump of the settings object must not be a leak."""
    environment = load(DevelopmentEnvironment)
    for secret in (
        environment.secret_key,
        environment.key_encryption_key,
        environment.database_url,
    ):
        assert secret not in repr(environment)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.com"])  # noqa: S104
def test_development_refuses_an_address_others_can_reach(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue, point 1: refuse to start on an address that is not loopback, naming production."""
    monkeypatch.setenv("HOST", host)
    with pytest.raises(Misconfigured, match=r"identity\.config\.settings\.production"):
        load(DevelopmentEnvironment)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_development_serves_the_loopback(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded default."""
    monkeypatch.setenv("HOST", host)
    assert load(DevelopmentEnvironment).host == host


def test_production_wants_https(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cookies and tokens travel there (`__Host-` cookies exist on https only)."""
    monkeypatch.setenv("PUBLIC_URL", "http://id.example.com")
    with pytest.raises(Misconfigured, match="PUBLIC_URL: must begin with https"):
        load(ProductionEnvironment)


def test_public_url_follows_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who moves the port does not have to say it twice."""
    monkeypatch.setenv("PORT", "9000")
    assert load(DevelopmentEnvironment).public_url == "http://localhost:9000"


def test_embedded_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    """Issue, point 1: the key-encryption key is made once into DATA_DIR, folder 0700."""
    first, second = load(DevelopmentEnvironment), load(DevelopmentEnvironment)
    assert first.key_encryption_key == second.key_encryption_key
    assert first.secret_key == second.secret_key
    folder = tmp_path / "var" / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


def test_the_first_value_made_stays(tmp_path: Path) -> None:
    """Two processes that start at once must agree on one key."""
    places = Places(tmp_path)
    kept = made_once(places.secrets, "key", "first")
    assert kept == made_once(places.secrets, "key", "second") == "first"
    assert [path.name for path in places.secrets.iterdir()] == ["key"]


def test_a_long_data_dir_still_has_room_for_the_socket(tmp_path: Path) -> None:
    """unix(7): the path of a socket has at most 107 bytes."""
    deep = Places(tmp_path / ("d" * 90))
    assert len(os.fsencode(deep.socket_folder / ".s.PGSQL.5432.lock")) <= 107
