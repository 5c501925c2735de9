"""What the server refuses, the network loses and the device lacks: a code each, and nothing sent in vain."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from playwright.sync_api import Page

from tests.devices.browser import Chromium
from tests.vectors.zkp.browser.conftest import complaining
from tests.vectors.zkp.browser.counterpart import STRICT, WITH_WASM, Counterpart
from tests.vectors.zkp.browser.library import FACTORS, SIGN_IN, register_vectors, run, sign_in


def test_a_key_that_is_not_published_is_not_sealed_to(page: Page, server: Counterpart) -> None:
    """ZK14: "client aborts, no data sent"; svzkp-1 §4.1: the set is loaded once more and then given up."""
    register_vectors(server)
    server.published = [X25519PrivateKey.generate().public_key().public_bytes_raw()]

    answer = sign_in(page)

    assert answer["code"] == "server_key"
    assert [path.partition("?")[0] for _, path, _ in server.received] == ["/api/auth/challenge"]


def test_a_rotated_key_is_found_by_loading_the_set_again(page: Page, server: Counterpart) -> None:
    """svzkp-1 §4.1: "otherwise it reloads the set once and then fails"."""
    register_vectors(server)
    retired = X25519PrivateKey.generate().public_key().public_bytes_raw()
    server.published = [retired]
    server.published_next = [server.raw, retired]

    assert "done" in sign_in(page)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ((429, {"Retry-After": "300"}, {"detail": "blocked"}), ("blocked", 300, None)),
        ((403, {}, {"detail": "liveness_required"}), ("liveness_required", None, None)),
        ((403, {}, {"detail": "registration is closed"}), ("not_allowed", None, None)),
        ((409, {}, {"detail": "taken"}), ("taken", None, None)),
        (
            (422, {}, {"detail": [{"loc": ["body", "username"]}]}),
            ("invalid", None, ["username"]),
        ),
        (
            (422, {}, {"detail": [{"loc": ["body", "proto_version"]}]}),
            ("version_unsupported", None, ["proto_version"]),
        ),
        ((500, {}, None), ("server_answer", None, None)),
        ((200, {}, {"nonce": None}), ("server_answer", None, None)),
    ],
)
def test_every_refusal_is_a_code_a_page_can_word(
    page: Page,
    server: Counterpart,
    answered: tuple[int, dict[str, str], Any],
    expected: tuple[str, int | None, list[str] | None],
) -> None:
    """contract 2.3: 400, 401, 403, 409, 422 and 429 each say something else to the person."""
    server.answer_with = answered

    answer = sign_in(page)

    assert (answer["code"], answer["retryAfterSeconds"], answer["fields"]) == expected


def test_without_a_liveness_provider_nothing_begins(page: Page, server: Counterpart) -> None:
    """Image login: "without a provider, say so before anything is typed"."""
    answer = run(
        page,
        """
        const obstacles = signet.obstacles();
        const picture = await signet.readPicture(await file("vector-image.png"));
        return { obstacles, tried: await outcome(signet.authenticate({ username: "alice", picture, ...given.factors })) };
        """,
        options={"needsLiveness": True},
        factors=FACTORS,
    )

    assert answer["obstacles"] == ["liveness_missing"]
    assert answer["tried"]["code"] == "liveness_missing"
    assert server.received == []


def test_what_a_liveness_provider_says_goes_along(page: Page, server: Counterpart) -> None:
    """contract 2.5: `log_data`, an evidence record of a check done in the browser."""
    register_vectors(server)

    answer = run(
        page,
        f"""
        Signet.liveness = async (purpose) => ({{ status: "passed", purpose }});
        if (signet.obstacles().length) throw new Error("obstacle");
        {SIGN_IN}
        """,
        options={"needsLiveness": True},
        username="alice",
        factors=FACTORS,
    )

    assert "done" in answer
    assert server.received[-1][2]["log_data"] == {"status": "passed", "purpose": "login"}


@pytest.mark.parametrize(
    "policy",
    [STRICT + "; worker-src 'none'", WITH_WASM + "; worker-src 'none'"],
    ids=["neither Worker nor wasm", "no Worker"],
)
def test_without_a_worker_the_page_derives_by_itself(
    chromium: Chromium, server: Counterpart, policy: str
) -> None:
    """svzkp-1 §12: "fallback `@noble/hashes` where CSP forbids wasm (same output, checked)"."""
    register_vectors(server)
    server.policy = policy

    with complaining(chromium, "worker-src 'none'") as page:
        page.goto(server.origin)
        answer = sign_in(page)

    assert "done" in answer


def test_a_server_out_of_reach_is_told_as_the_networks_fault(
    chromium: Chromium, server: Counterpart
) -> None:
    """A policy that forbids the request, a server that is away: nothing the person typed is wrong."""
    with complaining(chromium, "Content Security Policy") as page:
        page.goto(server.origin)
        answer = sign_in(page, options={"server": "http://localhost:9"})

    assert answer["code"] == "network"
    assert server.received == []


def test_a_missing_part_is_told_and_not_waited_for(page: Page, server: Counterpart) -> None:
    """A page that waits for an answer that never comes says nothing to anybody."""
    register_vectors(server)

    answer = sign_in(page, options={"argon2": "/static/zkp/not-here.js"})

    assert answer["code"] == "network"
    assert "/api/auth/authenticate" not in [
        path.partition("?")[0] for _, path, _ in server.received
    ]


def test_without_room_for_argon2id_the_person_is_told(page: Page, server: Counterpart) -> None:
    """64 MiB are much for an old telephone: it hears so, from the Worker and from the page alike."""
    register_vectors(server)

    answer = sign_in(page, options={"argon2": "/vectors/browser/no-room.js"})

    assert answer["code"] == "device_memory"
