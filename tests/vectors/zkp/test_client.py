"""The test's own client makes the published bytes: what it proves later is worth something."""

from hashlib import sha256
from typing import Any

import pytest

from tests.devices.image_client import (
    CHANGE_NEW,
    REGISTER,
    RESET,
    UPDATE_EMAIL,
    b64u,
    derive,
    described,
    factor_bytes,
    key_pair,
    lp,
    seal,
)
from tests.vectors.zkp.known import DERIVATIONS, MESSAGES, SESSION, VECTORS, client, secrets_of, un


@pytest.mark.parametrize("case", DERIVATIONS.values(), ids=DERIVATIONS)
def test_secrets_are_derived_as_published(case: dict[str, Any]) -> None:
    """protocol §2; §13: five derivations."""
    pattern = case["pattern"] or {"nodes": (), "size": 3}
    pin = case["pin"] or ""
    secrets = derive(
        case["tenant_id"],
        un(case["image_key"]),
        pin=pin,
        pattern=pattern["nodes"],
        grid=pattern["size"],
    )

    assert factor_bytes(pin, pattern["nodes"], pattern["size"]) == un(case["pw"])
    assert described(pin, pattern["nodes"], pattern["size"]) == un(case["factors_descriptor"])
    assert (secrets.seed_p, secrets.seed_k) == (un(case["seed_p"]), un(case["seed_k"]))
    assert (secrets.c_p, secrets.c_k) == (un(case["C_p"]), un(case["C_k"]))


def test_the_same_picture_in_two_tenants_gives_unrelated_commitments() -> None:
    """protocol §2: "Same image in two tenants ⇒ unrelated commitments"."""
    here, there = secrets_of("pin+pattern"), secrets_of("same secrets, other tenant")

    assert not {here.c_p, here.c_k} & {there.c_p, there.c_k}


@pytest.mark.parametrize("whose", ["server", "client"])
def test_key_pairs_are_derived_as_published(whose: str) -> None:
    """RFC 9180 §7.1.3, DeriveKeyPair; the vectors' note: ikm is a hash of its label."""
    ikm = sha256(b"svzkp-1 vector " + SESSION[f"{whose}_ikm_label"].encode()).digest()

    assert key_pair(ikm).private_bytes_raw() == un(SESSION[f"{whose}_sk"])


def test_a_challenge_is_sealed_as_published() -> None:
    """protocol §4.1, with the vector's ephemeral key."""
    case = VECTORS["challenge"]
    sealed = seal(
        un(case["plaintext"]), un(SESSION["client_pk"]), un(case["info"]), un(case["ikmE"])
    )

    assert b64u(b"\x01" + sealed) == case["challenge_data_b64u"]


@pytest.mark.parametrize(("name", "purpose"), [("login", 1), ("update_email", UPDATE_EMAIL)])
def test_a_response_is_made_as_published(name: str, purpose: int) -> None:
    """protocol §4.2, byte for byte."""
    case, page = MESSAGES[name], client()
    email = case.get("new_email", "")

    assert page.statement(1, purpose, un(case["extra"])) == un(case["M1"])
    assert page.statement(2, purpose, un(case["extra"])) == un(case["M2"])
    made = page.answer(un(SESSION["server_pk"]), purpose, new_email=email, ikm=un(case["ikmE"]))
    assert made == case["value_b64u"]


@pytest.mark.parametrize(
    ("name", "purpose"), [("register", REGISTER), ("reset", RESET), ("change", CHANGE_NEW)]
)
def test_a_commitment_is_made_as_published(name: str, purpose: int) -> None:
    """protocol §4.3, byte for byte; a change proves the old secrets too."""
    case = MESSAGES[name]
    page = client(case.get("old_keys", case["keys"]))
    made = page.commit(
        un(SESSION["server_pk"]),
        purpose,
        email=case.get("email", ""),
        code=case.get("code", ""),
        new=secrets_of(case["keys"]),
        ikm=un(case["ikmE"]),
    )

    assert made == case["value_b64u"]
    assert lp("x") == b"\x00\x01x"
