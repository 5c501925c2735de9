"""What the benchmark's tenants hold, as files for ``manage.py provision``."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

TENANT = "bench"
USERS = 50


def words(folder: Path) -> dict[str, str]:
    """The secrets of this data directory, made once: provisioned secrets are initial values."""
    file = folder / "bench.json"
    if not file.exists():
        made = {
            name: secrets.token_urlsafe(24)
            for name in ("BENCH_WEB_SECRET", "BENCH_M2M_SECRET", "BENCH_PASSWORD", "DOT_PASSWORD")
        }
        file.touch(0o600)
        file.write_text(json.dumps(made))
    known: dict[str, str] = json.loads(file.read_text())
    return known


def write_bench_tenant(file: Path) -> None:
    """One tenant with a web client, a machine client and 50 users."""
    lines = ["tenants:", *_tenant(TENANT), *_web_client()]
    # All sign-ins come from this machine's address: to the default of five tries at a time from
    # one address they would look like guessing.
    lines += ["    settings:", "      block_config: {ip_attempts_limit: 10000}", "    users:"]
    for number in range(USERS):
        lines.append(f"      - username: user{number}")
        lines.append(f"        email: user{number}@example.test")
        lines.append("        password: ${BENCH_PASSWORD}")
        lines.append("        is_verified: true")
    _write(file, lines)


def write_many_tenants(file: Path, count: int) -> None:
    """``count`` tenants with a machine client each."""
    lines = ["tenants:"]
    for name in many(count):
        lines += _tenant(name)
    _write(file, lines)


def many(count: int) -> Iterator[str]:
    """The names of those tenants."""
    return (f"bench-{number}" for number in range(count))


def _tenant(name: str) -> list[str]:
    return [
        f"  - tenant_id: {name}",
        f"    display_name: {name}",
        "    clients:",
        "      - client_id: m2m",
        "        name: Machine",
        "        client_type: confidential",
        "        client_secret: ${BENCH_M2M_SECRET}",
        "        grant_types: [client_credentials]",
        "        sing_alg: EdDSA",
    ]


def _web_client() -> list[str]:
    return [
        "      - client_id: web",
        "        name: Web",
        "        client_type: confidential",
        "        client_secret: ${BENCH_WEB_SECRET}",
        "        redirect_uris: [https://rp.test/cb]",
        "        allowed_scopes: [openid, profile, email, offline_access]",
        "        grant_types: [authorization_code, refresh_token]",
        "        sing_alg: EdDSA",
        "        skip_consent: true",
    ]


def _write(file: Path, lines: list[str]) -> None:
    file.write_text("\n".join(lines) + "\n")
