"""The committed bundle in a real browser, under the policy of our pages, against the vectors."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.vectors.zkp.browser.counterpart import Counterpart, b64u
from tests.vectors.zkp.browser.library import CASE, FACTORS, KNOWN, register_vectors, run, sign_in


def test_the_published_picture_gives_its_key(page: Page) -> None:
    """svwm-1, vectors `watermark.extract`."""
    found = run(
        page,
        """
        const picture = await signet.readPicture(await file("vector-image.png"));
        signet.end();
        return { key: hex(picture.reveal().key), needs: picture.needs, band: picture.band, ber: picture.ber };
        """,
    )

    known = KNOWN["watermark"]["extract"]
    assert found["key"] == known["key"]
    assert found["needs"] == {"pinSize": 6, "patternSize": 3}
    assert found["band"] == "fine"
    assert found["ber"] == {
        "ber": known["ber"],
        "image_dim": known["image_dim"],
        "algorithm_version": "svwm-1",
    }


@pytest.mark.parametrize("case", KNOWN["derivation"], ids=lambda case: case["name"])
def test_the_browser_hashes_as_the_vectors_do(page: Page, case: dict[str, Any]) -> None:
    """svzkp-1 §2, vectors `argon2_out`, by the Worker as pages use it."""
    out = run(
        page,
        """
        const bytes = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
        const worker = new Worker("/static/zkp/argon2.js", { type: "module" });
        const answer = new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });
        worker.postMessage({ password: bytes(given.pw), salt: bytes(given.salt) });
        const { hash, isWasm } = await answer;
        worker.terminate();
        return { hash: hex(hash), isWasm };
        """,
        pw=case["pw"],
        salt=case["argon2_salt"],
    )

    assert out == {"hash": case["argon2_out"], "isWasm": True}


def test_the_vectors_commitments_accept_the_sign_in(page: Page, server: Counterpart) -> None:
    """svzkp-1 §6: C_p and C_k of the vectors verify what picture, PIN and pattern prove."""
    register_vectors(server)

    answer = sign_in(page, options={"authReqId": "req-7f3a"})

    assert not answer["done"]["needVerify"]
    nonce = answer["done"]["nonce"]
    expected = f"{server.origin}/api/auth/sign-in?oid_nonce={nonce}&auth_req_id=req-7f3a"
    assert answer["done"]["url"] == expected
    method, path, body = server.received[-1]
    assert (method, path) == ("POST", "/api/auth/authenticate?auth_req_id=req-7f3a")
    assert set(body) == {"username", "cipherKey", "challenge_id", "challenge_data", "ber"}
    assert [len(body[name]) for name in ("cipherKey", "challenge_id", "challenge_data")] == [
        43,
        22,
        250,
    ]
    assert body["ber"]["ber"] == {"count_bits": 24576, "error_bits": 0, "BER_PERCENT": "0.00"}


def test_no_request_holds_what_was_typed(page: Page, server: Counterpart) -> None:
    """ZK01: "no PIN/pattern/click data or unsalted digest of them"."""
    register_vectors(server)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))

    sign_in(page)

    posted = [text for text in sent if "/api/" in text]
    assert len(posted) == 3
    secret = [CASE["pin"], "0,1,2,4,6,7,8", CASE["image_key"], CASE["C_p"], CASE["C_k"], CASE["pw"]]
    secret += [b64u(bytes.fromhex(CASE[name])) for name in ("image_key", "C_p", "C_k", "pw")]
    assert not [text for text in posted if any(value in text for value in secret)]


@pytest.mark.parametrize(
    "factors",
    [FACTORS | {"pin": "482914"}, FACTORS | {"pattern": [0, 1, 2, 4, 6, 7]}],
    ids=["wrong PIN", "wrong pattern"],
)
def test_a_wrong_secret_is_refused_without_a_reason(
    page: Page, server: Counterpart, factors: dict[str, Any]
) -> None:
    """svzkp-1 §11: "Any server refusal: Picture, PIN or pattern is wrong"."""
    register_vectors(server)

    answer = sign_in(page, factors=factors)

    assert answer == {"code": "refused", "status": 401} | dict.fromkeys(
        ["reason", "retryAfterSeconds", "fields"]
    )


def test_an_unknown_name_is_refused_in_the_same_words(page: Page, server: Counterpart) -> None:
    """ZK08: "same failure"."""
    answer = sign_in(page, username="nobody")

    assert answer["code"] == "refused"


def test_a_wrong_picture_is_told_before_any_request(page: Page, server: Counterpart) -> None:
    """svzkp-1 §11: "wrong picture is told locally, no request made"."""
    answer = run(
        page,
        """
        const blob = await new Promise((done) => cover().toBlob(done, "image/png"));
        return outcome(signet.readPicture(blob));
        """,
    )

    assert answer["code"] == "picture_no_key"
    assert server.received == []


def test_a_copy_as_jpeg_signs_in_and_is_told_as_what_it_is(page: Page, server: Counterpart) -> None:
    """svzkp-1 §10: the raw errors of the copy go along as `ber`, as evidence and never as proof."""
    register_vectors(server)

    answer = run(
        page,
        """
        const bitmap = await createImageBitmap(await file("vector-image.png"));
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        canvas.getContext("2d").drawImage(bitmap, 0, 0);
        const copy = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
        const picture = await signet.readPicture(copy);
        return outcome(signet.authenticate({ username: "alice", picture, ...given.factors }));
        """,
        factors=FACTORS,
    )

    assert "done" in answer
    assert server.received[-1][2]["ber"]["image_dim"] == [512, 512]
