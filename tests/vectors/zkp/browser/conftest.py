"""One browser for the folder; the counterpart with the vectors' server key."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from playwright.sync_api import Page

from tests.devices.browser import Chromium
from tests.vectors.zkp.browser.counterpart import Counterpart

VECTORS = Path(__file__).parents[1] / "vectors.json"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with Chromium() as browser:
        yield browser


@pytest.fixture
def server() -> Iterator[Counterpart]:
    session = json.loads(VECTORS.read_text())["session"]
    key = X25519PrivateKey.from_private_bytes(bytes.fromhex(session["server_sk"]))
    with Counterpart(key=key) as counterpart:
        yield counterpart


@pytest.fixture
def page(chromium: Chromium, server: Counterpart) -> Iterator[Page]:
    """An empty page of the counterpart under the policy of our pages."""
    with chromium.person() as person:
        opened = person.new_page()
        opened.goto(server.origin)
        yield opened


@contextmanager
def complaining(chromium: Chromium, match: str) -> Iterator[Page]:
    """A page on which the browser refuses something aloud, as the test expects it to."""
    with pytest.raises(AssertionError, match=match), chromium.person() as person:
        yield person.new_page()
