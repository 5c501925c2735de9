"""One running program and one browser for all journeys; they share a test process."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devices.browser import Chromium
from tests.devices.ports import free_port
from tests.journeys.running import Running

HARBOUR_SECRET = "q8Zr1v0Lk2m7Xc5Wn9TbYs3P"
HARBOUR_PASSWORD = "four seals on a grey quay"
HARBOUR = """\
tenants:
  - tenant_id: harbour
    display_name: Harbour Logistics
    settings:
      block_config: {ip_attempts_limit: 1000, user_attempts_limit: 4, initial_block_seconds: 300}
      brand: {hue: 250, chroma: 0.09, headline: "Welcome back to the harbour office.",
              tagline: "Crew, ports and partners"}
    clients:
      - {client_id: crew, name: Crew Portal, client_secret: "${HARBOUR_SECRET}",
         redirect_uris: ["${ORIGIN}/callback"], post_logout_redirect_uri: ["${ORIGIN}/"],
         allowed_scopes: [openid, profile, email, offline_access],
         grant_types: [authorization_code, refresh_token]}
    users:
      - {username: mara, name: Mara Lindqvist, email: mara@harbour.example,
         password: "${HARBOUR_PASSWORD}", is_verified: true}
      - {username: yusuf, email: yusuf@harbour.example, password: "${HARBOUR_PASSWORD}",
         is_verified: true}
      - {username: ines, email: ines@harbour.example, password: "${HARBOUR_PASSWORD}"}
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys run in one process: they share the program."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("journeys"))


@pytest.fixture(scope="session")
def signet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Signet as `make run` starts it."""
    with Running(tmp_path_factory.mktemp("journeys") / "var") as running:
        yield running


@pytest.fixture(scope="session")
def harbour(signet: Running) -> str:
    """The address of a relying party of the tenant `harbour`, which asks for consent."""
    port = free_port()
    signet.provision(
        HARBOUR,
        HARBOUR_SECRET=HARBOUR_SECRET,
        HARBOUR_PASSWORD=HARBOUR_PASSWORD,
        ORIGIN=f"http://127.0.0.1:{port}",
    )
    return signet.relying_party("harbour", "crew", HARBOUR_SECRET, port)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Headless Chromium. SIGNET_PICTURES names a folder for screenshots of what it meets."""
    pictures = os.environ.get("SIGNET_PICTURES")
    with Chromium(Path(pictures) if pictures else None) as browser:
        yield browser
