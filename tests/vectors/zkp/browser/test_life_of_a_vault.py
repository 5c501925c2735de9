"""Made, kept, registered, changed, reset, remembered: a vault picture from its first day on."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.vectors.zkp.browser.counterpart import Counterpart
from tests.vectors.zkp.browser.library import FACTORS, NEW, register_vectors, run


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
