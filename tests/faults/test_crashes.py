"""kill -9 in the middle of sign-ins loses nothing that was acknowledged (C1, C2, FT02, FT08)."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.devices.http import Browser
from tests.devices.installation import Installation
from tests.devices.relying_party import RelyingParty, answer_in
from tests.sizes import SEED, Record, sized

KILLS = sized(4, 100)
POSTGRES_KILLS = sized(2, 20)
PEOPLE = 4
CALLBACK = "https://app.example.com/cb"
PASSWORD = "correct horse battery staple"
SECRET = "k7Qz0PpV3mXw9sLr2TfB8nYd"
FILE = f"""
tenants:
  - tenant_id: faults
    settings: {{block_config: {{ip_attempts_limit: 100000, user_attempts_limit: 10000}}}}
    clients:
      - client_id: app
        name: App
        client_secret: {SECRET}
        redirect_uris: [{CALLBACK}]
        allowed_scopes: [openid, offline_access]
        grant_types: [authorization_code, refresh_token]
        skip_consent: true
    users:
""" + "".join(
    f"      - {{username: p{n}, email: p{n}@example.com, password: {PASSWORD}, is_verified: true}}\n"
    for n in range(PEOPLE)
)


@dataclass
class Journal:
    """What the server acknowledged: refresh tokens it handed out and has not been shown since."""

    acknowledged: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture
def signet(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose commits are durable."""
    with Installation(tmp_path / "var", is_durable=True) as installation:
        installation.provision(FILE)
        yield installation


def an_app(signet: Installation) -> RelyingParty:
    """The client."""
    return RelyingParty(
        issuer=signet.issuer("faults"),
        client_id="app",
        client_secret=SECRET,
        redirect_uri=CALLBACK,
    )


def sign_in(signet: Installation, app: RelyingParty, name: str) -> str | None:
    """One whole sign-in in a new browser; the refresh token, or None if the server was away."""
    with Browser(signet.public_url, stop_at=(CALLBACK,)) as browser:
        asked = app.ask(scope="openid offline_access", prompt="consent")
        page = browser.get(asked.url)
        if page.status != 200:
            return None
        page = browser.submit(page, page.form(having="identifier").fill(identifier=name))
        if page.status != 200:
            return None
        page = browser.submit(page, page.form(having="password").fill(password=PASSWORD))
        if page.status == 200 and "decision" in str(page.form().buttons):
            form = page.form()
            form.fields["decision"] = "allow"
            page = browser.submit(page, form)
        if "location" not in page.headers:
            return None
        tokens = app.exchange(answer_in(page.headers["location"])["code"], asked)
        return str(tokens["refresh_token"]) if tokens.status == 200 else None


def keep_signing_in(
    signet: Installation, name: str, journal: Journal, stop: threading.Event
) -> None:
    """Sign in again and again; what fails while the server is away is tried again."""
    with an_app(signet) as app:
        while not stop.is_set():
            try:
                token = sign_in(signet, app, name)
            except (httpx.TransportError, KeyError, LookupError, ValueError):
                time.sleep(0.02)  # the server is down on purpose
                continue
            if token is not None:
                with journal.lock:
                    journal.acknowledged.append(token)


def under_load(signet: Installation, disturb: Callable[[], None], times: int) -> list[str]:
    """Sign people in while `disturb` happens so often; what was acknowledged meanwhile."""
    journal, stop = Journal(), threading.Event()
    threads = [
        threading.Thread(target=keep_signing_in, args=(signet, f"p{n}", journal, stop))
        for n in range(PEOPLE)
    ]
    for thread in threads:
        thread.start()
    chance = random.Random(SEED)
    try:
        for _ in range(times):
            seen = len(journal.acknowledged)
            deadline = time.monotonic() + 30
            while len(journal.acknowledged) < seen + 3 and time.monotonic() < deadline:
                time.sleep(0.02)  # until sign-ins succeed again
            assert len(journal.acknowledged) >= seen + 3, "no sign-in succeeds any more"
            time.sleep(chance.random() * 0.1)  # a random moment
            disturb()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return journal.acknowledged


def assert_nothing_lost_or_doubled(signet: Installation, tokens: list[str]) -> None:
    """Each acknowledged refresh token works once, and its second use is refused."""
    with an_app(signet) as app:
        first = [app.refresh(token).status for token in tokens]
        again = [app.refresh(token).status for token in tokens]
    assert set(first) == {200}
    assert set(again) == {400}


@pytest.mark.soak
def test_killing_web_servers_loses_no_acknowledged_sign_in(
    signet: Installation, record_property: Record
) -> None:
    """C1: SIGKILL app, random moment: 0 lost acknowledged writes, 0 double-spent artefacts."""
    server = signet.web(workers=2)

    def kill() -> None:
        server.kill()
        server.start()

    tokens = under_load(signet, kill, KILLS)
    record_property("kills", KILLS)
    record_property("sign-ins acknowledged", len(tokens))

    assert len(tokens) >= 3 * KILLS
    assert_nothing_lost_or_doubled(signet, tokens)


@pytest.mark.soak
def test_killing_postgres_loses_no_acknowledged_sign_in_and_needs_no_restart(
    signet: Installation, record_property: Record
) -> None:
    """C2: SIGKILL the whole database server: 0 lost acks; the app reconnects by itself."""
    server = signet.web(workers=2)

    def kill() -> None:
        signet.kill_postgres()
        answer = httpx.get(f"{server.url}/readyz", trust_env=False, timeout=10)
        assert answer.status_code == 503
        assert answer.headers.get("Retry-After")
        signet.start_postgres_again()

    tokens = under_load(signet, kill, POSTGRES_KILLS)
    record_property("kills", POSTGRES_KILLS)
    record_property("sign-ins acknowledged", len(tokens))

    assert len(tokens) >= 3 * POSTGRES_KILLS
    assert_nothing_lost_or_doubled(signet, tokens)


def test_while_the_database_is_away_pages_and_protocol_say_so(signet: Installation) -> None:
    """FT01: 503 + Retry-After, JSON or HTML; recovers without restart."""
    server = signet.web()
    page, token = f"{server.url}/sign-in/faults/", f"{server.url}/api/oidc/faults/token"
    headers = {"Host": httpx.URL(signet.public_url).netloc.decode()}
    signet.kill_postgres()

    for answer in (
        httpx.get(page, headers=headers, trust_env=False),
        httpx.post(
            token,
            data={"grant_type": "refresh_token", "refresh_token": "srt_x"},
            auth=("app", SECRET),
            headers=headers,
            trust_env=False,
        ),
    ):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
    signet.start_postgres_again()

    with an_app(signet) as app:
        assert sign_in(signet, app, "p0") is not None
