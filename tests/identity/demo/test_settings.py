"""What the demo relying party refuses to start with, and how it waits for its provider."""

import pytest

from identity.demo.faults import ProviderUnreachable
from identity.demo.provider import Provider
from identity.demo.settings import MalformedSetting, Settings
from identity.demo.transport import Session
from tests.devices.ports import free_port


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", "::", ""])  # noqa: S104
def test_an_address_that_is_not_loopback_is_refused(host: str) -> None:
    """The demo speaks plain http and is for development only."""
    with pytest.raises(MalformedSetting, match="loopback"):
        Settings.read(["--host", host], {"CLIENT_SECRET": "secret"})


def test_the_secret_is_not_an_argument_and_not_in_the_printed_settings() -> None:
    """Arguments can be read by every account of the machine; settings end up in tracebacks."""
    settings = Settings.read([], {"CLIENT_SECRET": "a-secret-value"})

    assert "a-secret-value" not in repr(settings)
    with pytest.raises(MalformedSetting, match="CLIENT_SECRET"):
        Settings.read([], {})


def test_a_provider_that_is_not_there_is_told_apart_from_one_that_lies() -> None:
    """A page that may be asked for again, not a failed sign-in."""
    provider = Provider(f"http://127.0.0.1:{free_port()}", Session())

    with pytest.raises(ProviderUnreachable):
        provider.metadata()
