"""Fifty at once, over two server processes: one wins, and its winnings die with the first replay."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.devices import race
from tests.devices.http import Browser
from tests.devices.installation import Installation
from tests.devices.relying_party import Answer, RelyingParty, answer_in
from tests.sizes import Record, sized

RACERS = 50
ROUNDS = sized(20, 200)
CALLBACK = "https://app.example.com/cb"
PASSWORD = "correct horse battery staple"
SECRET = "k7Qz0PpV3mXw9sLr2TfB8nYd"
FILE = f"""
tenants:
  - tenant_id: races
    clients:
      - client_id: app
        name: App
        client_secret: {SECRET}
        redirect_uris: [{CALLBACK}]
        allowed_scopes: [openid, offline_access]
        grant_types: [authorization_code, refresh_token]
        skip_consent: true
    users:
      - {{username: ada, email: ada@example.com, password: {PASSWORD}, is_verified: true}}
"""


@dataclass
class Field:
    """Two servers, and Ada signed in in a browser."""

    app: RelyingParty
    browser: Browser
    servers: list[tuple[str, int]]

    def code(self, scope: str = "openid offline_access") -> tuple[str, str]:
        """A fresh code and its verifier."""
        asked = self.app.ask(scope=scope)
        page = self.browser.get(asked.url)
        if page.status == 200:
            form = page.form(having="identifier").fill(identifier="ada")
            page = self.browser.submit(page, form)
            page = self.browser.submit(page, page.form(having="password").fill(password=PASSWORD))
        return answer_in(page.headers["location"])["code"], asked.code_verifier

    def asked(self, form: dict[str, str], number: int) -> race.Request:
        """One token request for one of the servers."""
        headers, body = self.app.signed(form)
        return race.Request(
            url=self.app.metadata["token_endpoint"],
            form=body,
            headers=headers,
            to=self.servers[number % 2],
        )

    def race(self, form: dict[str, str]) -> list[race.Result]:
        """The same token request, as often and as simultaneously as can be."""
        request = self.asked(form, 0)
        return race.run(race.spread(request, RACERS, self.servers))

    def is_dead(self, winner: dict[str, str]) -> bool:
        """FAM."""
        refreshed: Answer = self.app.refresh(winner["refresh_token"])
        return (
            self.app.userinfo(winner["access_token"]).status == 401
            and self.app.introspect(winner["access_token"]).body == {"active": False}
            and refreshed.body.get("error") == "invalid_grant"
        )


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """One installation for all rounds."""
    place: Path = tmp_path_factory.mktemp("races") / "var"
    with Installation(place) as signet:
        signet.provision(FILE)
        servers = [signet.web().address, signet.web().address]
        app = RelyingParty(
            issuer=signet.issuer("races"),
            client_id="app",
            client_secret=SECRET,
            redirect_uri=CALLBACK,
        )
        with app, Browser(signet.public_url, stop_at=(CALLBACK,)) as browser:
            yield Field(app, browser, servers)


def _judge(field: Field, results: list[race.Result]) -> None:
    winners = [result for result in results if result.status == 200]
    losers = [result for result in results if result.status != 200]
    assert len(winners) == 1, sorted(result.status for result in results)
    assert {(result.status, result.json()["error"]) for result in losers} == {
        (400, "invalid_grant")
    }
    assert field.is_dead(winners[0].json())


@pytest.mark.soak
def test_one_code_redeemed_fifty_times_at_once_succeeds_once(
    field: Field, record_property: Record
) -> None:
    """RC01: redeem ×50 → 1of50, then FAM (defect 5 of django-oauth-toolkit)."""
    record_property("races of 50", ROUNDS)
    for _ in range(ROUNDS):
        code, verifier = field.code()
        results = field.race(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": CALLBACK,
                "code_verifier": verifier,
            }
        )
        _judge(field, results)


@pytest.mark.soak
def test_one_refresh_token_used_fifty_times_at_once_succeeds_once(
    field: Field, record_property: Record
) -> None:
    """RC02: use ×50 → 1of50, then FAM; never two live branches (defect 2)."""
    record_property("races of 50", ROUNDS)
    for _ in range(ROUNDS):
        code, verifier = field.code()
        tokens = field.app.token(
            grant_type="authorization_code",
            code=code,
            redirect_uri=CALLBACK,
            code_verifier=verifier,
        )
        results = field.race(
            {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        )
        _judge(field, results)


def test_signing_out_leaves_nothing_alive_whoever_is_faster(field: Field) -> None:
    """LO07: logout ∥ refresh ∥ exchange: no token or code alive afterwards."""
    for _ in range(ROUNDS // 2):
        code, verifier = field.code(scope="openid")
        exchange = {
            "grant_type": "authorization_code",
            "redirect_uri": CALLBACK,
            "code": code,
            "code_verifier": verifier,
        }
        tokens = field.app.token(**exchange)
        code, verifier = field.code(scope="openid")
        logout = race.Request(
            url=field.app.metadata["end_session_endpoint"],
            form={"id_token_hint": tokens["id_token"]},
            headers={"Accept": "application/json"},
            to=field.servers[0],
        )
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        redeem = {**exchange, "code": code, "code_verifier": verifier}
        ended, *results = race.run(
            [logout, *(field.asked(form, number) for number, form in enumerate((refresh, redeem)))]
        )
        assert ended.status == 200, ended.body
        for result in results:
            if result.status == 200:
                assert field.is_dead(result.json())
        assert field.app.userinfo(tokens["access_token"]).status == 401
        assert field.app.token(**redeem)["error"] == "invalid_grant"


def test_one_right_verifier_among_wrong_ones_wins_only_if_it_comes_first(field: Field) -> None:
    """PK07: 49 wrong + 1 right at once: ≤ 1 success, and then it is dead by the others' replay."""
    for _ in range(max(1, ROUNDS // 4)):
        code, verifier = field.code()
        requests = [
            field.asked(
                {
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": CALLBACK,
                    "code_verifier": verifier if number == RACERS // 2 else f"{number:0>43}",
                },
                number,
            )
            for number in range(RACERS)
        ]
        winners = [result for result in race.run(requests) if result.status == 200]
        assert len(winners) <= 1
        assert all(field.is_dead(winner.json()) for winner in winners)
