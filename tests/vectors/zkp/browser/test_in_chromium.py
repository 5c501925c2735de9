"""The committed bundle in a real browser, under the policy of our pages, against the vectors' server."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from playwright.sync_api import Page

from tests.devices.browser import Chromium
from tests.vectors.zkp.browser.conftest import VECTORS, complaining
from tests.vectors.zkp.browser.counterpart import STRICT, WITH_WASM, Counterpart, b64u

KNOWN = json.loads(VECTORS.read_text())
CASE = KNOWN["derivation"][0]
FACTORS = {"pin": CASE["pin"], "pattern": CASE["pattern"]["nodes"]}
NEW = {"pin": "739164", "pattern": [2, 0, 4, 7, 6]}
# The library, the published picture, and an outcome instead of an exception.
PRELUDE = """
  const library = await import("/static/zkp/signet.js");
  const { Signet, Picture } = library;
  const file = async (name) => (await fetch("/vectors/" + name)).blob();
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const outcome = async (promise) => {
    try { return { done: await promise }; } catch (error) {
      if (!(error instanceof library.SignetError)) throw error;
      const { code, reason, retryAfterSeconds, status, fields } = error;
      return { code, reason, retryAfterSeconds, status, fields };
    }
  };
  const signet = new Signet({ tenant: "acme", ...(given.options ?? {}) });
  const cover = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 520 });
    const pen = canvas.getContext("2d");
    for (let i = 0; i < 900; i += 1) {
      pen.fillStyle = `hsl(${(i * 47) % 360} 60% ${30 + (i % 5) * 9}%)`;
      pen.fillRect((i * 131) % 640, (i * 71) % 520, 60, 40);
    }
    return canvas;
  };
  const makeVault = async () => {
    const vault = await signet.makeVault({ cover: cover(), username: given.username, pinSize: 6, patternSize: 3 });
    await vault.confirm(vault.blob);
    return vault;
  };
"""


def run(page: Page, body: str, **given: Any) -> Any:
    return page.evaluate(f"async (given) => {{ {PRELUDE} {body} }}", given)


def register_vectors(server: Counterpart, username: str = "alice") -> None:
    """``username`` has registered with the published picture and the first case's PIN and pattern."""
    points = bytes.fromhex(CASE["C_p"]), bytes.fromhex(CASE["C_k"])
    server.commitments[username] = points


SIGN_IN = """
  const picture = await signet.readPicture(await file("vector-image.png"));
  return outcome(signet.authenticate({ username: given.username, picture, ...given.factors }));
"""


def sign_in(page: Page, *, username: str = "alice", **given: Any) -> Any:
    return run(page, SIGN_IN, **{"username": username, "factors": FACTORS, **given})


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


def test_registering_signing_in_and_changing_agree_with_the_protocol(
    page: Page, server: Counterpart
) -> None:
    """svzkp-1 §4: purposes 2, 1, 5 and 6 in the order of a person's life."""
    answers = run(
        page,
        """
        const { username } = given;
        const first = await makeVault();
        const proof = { picture: first.picture, ...given.new };
        const steps = [];
        steps.push(await outcome(signet.register({ username, email: "mara@acme.test", picture: first, ...given.new })));
        steps.push(await outcome(signet.authenticate({ username, ...proof })));
        const second = await makeVault();
        const next = { picture: second, pin: "602847", pattern: [4, 0, 1, 5] };
        steps.push(await outcome(signet.change({ username, token: username, old: proof, next })));
        steps.push(await outcome(signet.authenticate({ username, ...proof })));
        const now = { picture: second.picture, pin: next.pin, pattern: next.pattern };
        steps.push(await outcome(signet.authenticate({ username, ...now })));
        steps.push(await outcome(signet.updateEmail({
          username, userId: "u/1", token: username, email: "new@acme.test", ...now })));
        return { steps, fileName: first.fileName };
        """,
        username="mara",
        new=NEW,
    )

    told = [step.get("code", "done") for step in answers["steps"]]
    assert told == ["done", "done", "done", "refused", "done", "done"]
    assert server.emails == {"mara": "new@acme.test"}
    assert answers["fileName"] == "vault-acme-mara.png"
    sent = {path.partition("?")[0]: (method, body) for method, path, body in server.received}
    method, body = sent["/api/auth/register"]
    assert set(body) == {"username", "email", "encrypted_commitment", "proto_version"}
    assert (body["proto_version"], len(body["encrypted_commitment"])) == ("svzkp-1", 360)
    method, body = sent["/api/auth/password/change"]
    assert len(body["encrypted_commitment"]) == 531
    method, body = sent["/api/tenants/acme/users/u%2F1/email"]
    assert (method, set(body)) == ("PUT", {"challenge_id", "challenge_data", "email"})


def test_a_mailed_code_sets_a_new_picture(page: Page, server: Counterpart) -> None:
    """svzkp-1 §4.4: Reset Password Code, purpose 3, the code inside the proof."""
    server.codes["mara"] = "7K3QZ9AB"

    answers = run(
        page,
        """
        const { username } = given;
        await signet.requestReset({ username, email: "mara@acme.test", clientId: "portal" });
        const vault = await makeVault();
        const reset = await outcome(signet.reset({ username, code: "7K3QZ9AB", picture: vault, ...given.new }));
        const signed = await outcome(signet.authenticate({ username, picture: vault.picture, ...given.new }));
        return [reset, signed];
        """,
        username="mara",
        new=NEW,
    )

    assert [answer.get("code", "done") for answer in answers] == ["done", "done"]
    asked = next(path for _, path, _ in server.received if "reset?" in path)
    assert asked == "/api/auth/password/reset?client_id=portal&tenant_id=acme"


def test_nothing_is_registered_before_the_file_was_kept(page: Page, server: Counterpart) -> None:
    """svzkp-1 §11: "asks the user to re-select the saved file (proves it was kept)"."""
    answers = run(
        page,
        """
        const vault = await signet.makeVault({ cover: cover(), username: "mara", pinSize: 6, patternSize: 3 });
        const register = () => outcome(signet.register({ username: "mara", email: "m@acme.test", picture: vault, ...given.new }));
        const early = await register();
        const other = await outcome(vault.confirm(await file("vector-image.png")));
        return [early, other, await register()];
        """,
        new=NEW,
    )

    assert [answer["code"] for answer in answers] == ["picture_other_kept"] * 3
    assert server.received == []


@pytest.mark.parametrize(
    ("factors", "reason"),
    [(NEW | {"pin": "123456"}, "sequence"), (NEW | {"pattern": [0, 3, 6, 7, 8]}, "shape")],
)
def test_a_weak_secret_is_never_set(
    page: Page, server: Counterpart, factors: dict[str, Any], reason: str
) -> None:
    """ZK15: "refused at enrol"."""
    answer = run(
        page,
        """
        const vault = await makeVault();
        return outcome(signet.register({ username: "mara", email: "m@acme.test", picture: vault, ...given.new }));
        """,
        username="mara",
        new=factors,
    )

    assert (answer["code"], answer["reason"]) == ("secret_weak", reason)
    assert server.received == []


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


def test_a_remembered_picture_signs_in_after_the_page_is_gone(
    page: Page, server: Counterpart
) -> None:
    """svzkp-1 §8: K_img in IndexedDB, wrapped by a non-extractable AES-GCM WebCrypto key."""
    register_vectors(server)
    run(
        page,
        """
        const picture = await signet.readPicture(await file("vector-image.png"));
        await signet.remember("alice", picture);
        """,
    )
    page.reload()

    answer = run(
        page,
        """
        const picture = await signet.recall("alice");
        const others = [await signet.recall("bob"), await new Signet({ tenant: "globex" }).recall("alice")];
        const signed = await outcome(signet.authenticate({ username: "alice", picture, ...given.factors }));
        const stored = await new Promise((done) => {
          const opening = indexedDB.open("signet");
          opening.onsuccess = () => {
            const reading = opening.result.transaction("pictures").objectStore("pictures").getAll();
            reading.onsuccess = () => done(reading.result);
          };
        });
        const exported = await crypto.subtle.exportKey("raw", stored[0].wrapping).then(() => true, () => false);
        await signet.forget("alice");
        return { others, signed, exported, sealed: stored[0].sealed.byteLength, after: await signet.recall("alice") };
        """,
        factors=FACTORS,
    )

    assert answer["others"] == [None, None]
    assert "done" in answer["signed"]
    assert answer["exported"] is False
    assert answer["sealed"] == 35 + 16
    assert answer["after"] is None


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


def test_the_saved_file_holds_the_key(page: Page, server: Counterpart) -> None:
    """svzkp-1 §11: the download works under the policy of our pages, and the file is the vault."""
    with page.expect_download() as waiting:
        made = run(
            page,
            """
            const vault = await signet.makeVault({ cover: cover(), username: "mara/../x", pinSize: 6 });
            window.vault = vault;
            vault.save();
            return vault.blob.size;
            """,
        )
    saved = waiting.value

    assert saved.suggested_filename == "vault-acme-mara_.._x.png"
    assert saved.path().stat().st_size == made
    assert saved.path().read_bytes().startswith(b"\x89PNG")


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
