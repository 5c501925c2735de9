"""The demo tenant of the embedded default: random passwords per DATA_DIR, provisioned from YAML."""

import json
import os
import secrets
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, TypedDict

from django.core.management import call_command

from identity.config.running.places import Places

FILE = Path(__file__).with_name("demo.yaml")
RELYING_PARTY_HOST = "127.0.0.1"
# Without 0 O 1 l I: people copy these from a terminal.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
PASSWORD_GROUPS = 5  # of five characters: 125 bits
GROUP_CHARACTERS = 5

PEOPLE = {
    "root": "operator of the platform",
    "ada": "administrator of the tenant demo (console: /console/enter/demo/)",
    "ben": "person of the tenant demo",
    "cleo": "person of the tenant demo",
}


class Demo(TypedDict):
    """What demo.json holds."""

    console: str
    account: str
    relying_party: str
    client_secret: str
    people: dict[str, str]
    passwords: dict[str, str]
    applied: str


def provision(places: Places, *, public_url: str, port: int, is_due: bool) -> Demo:
    """Afterwards the demo tenant exists; what it holds is kept in demo.json (0600).

    Applied anew when the file has changed or `is_due`; passwords stay those of the first start.
    """
    known = _read(places.demo_sign_ins)
    passwords = {name: known.get("passwords", {}).get(name) or _password() for name in PEOPLE}
    demo = Demo(
        console=f"{public_url}/console/",
        account=f"{public_url}/account/demo/",
        relying_party=f"http://{RELYING_PARTY_HOST}:{port}/",
        client_secret=known.get("client_secret") or secrets.token_urlsafe(32),
        people=PEOPLE,
        passwords=passwords,
        applied=sha256(FILE.read_bytes()).hexdigest(),
    )
    if is_due or known.get("applied") != demo["applied"]:
        _write(places.demo_sign_ins, {**demo, "applied": ""})
        os.environ["DEMO_WEB_SECRET"] = demo["client_secret"]
        os.environ["DEMO_ORIGIN"] = demo["relying_party"].rstrip("/")
        for name, password in passwords.items():
            os.environ[f"{name.upper()}_PASSWORD"] = password
        call_command("provision", str(FILE), stdout=StringIO())
    _write(places.demo_sign_ins, demo)
    return demo


def _password() -> str:
    groups = (
        "".join(secrets.choice(ALPHABET) for _ in range(GROUP_CHARACTERS))
        for _ in range(PASSWORD_GROUPS)
    )
    return "-".join(groups)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def _write(path: Path, demo: Demo) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(demo, file, indent=2)
