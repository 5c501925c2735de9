"""The published vectors of svzkp-1 and svwm-1, read once."""

import json
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.devices.image_client import ImageClient, Secrets

FOLDER: Final = Path(__file__).parent
VECTORS: Final[dict[str, Any]] = json.loads((FOLDER / "vectors.json").read_text())
SESSION: Final = VECTORS["session"]
MESSAGES: Final = {message["name"]: message for message in VECTORS["messages"]}
DERIVATIONS: Final = {case["name"]: case for case in VECTORS["derivation"]}


def un(text: str) -> bytes:
    return bytes.fromhex(text)


SERVER: Final = X25519PrivateKey.from_private_bytes(un(SESSION["server_sk"]))


def secrets_of(name: str) -> Secrets:
    case = DERIVATIONS[name]
    return Secrets(un(case["seed_p"]), un(case["seed_k"]), un(case["factors_descriptor"]))


def client(keys: str = "pin+pattern") -> ImageClient:
    """The page of the vectors' session, its challenge already received."""
    return ImageClient(
        tenant_id=SESSION["tenant_id"],
        username=SESSION["username"],
        origin=SESSION["origin"],
        auth_req_id=SESSION["auth_req_id"],
        secrets=secrets_of(keys),
        private=X25519PrivateKey.from_private_bytes(un(SESSION["client_sk"])),
        challenge_id=un(SESSION["challenge_id"]),
        nonce=un(SESSION["nonce"]),
        server_key_hash=un(SESSION["server_key_hash"]),
    )
