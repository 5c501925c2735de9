"""What the demo is told at its start."""

import argparse
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

LARGEST_PORT = 65535


class MalformedSetting(Exception):
    """A setting that cannot be used; the message is for whoever started the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One registered client of one provider, and the address on which it listens."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    host: str
    port: int

    @classmethod
    def read(cls, arguments: Sequence[str], environment: Mapping[str, str]) -> Self:
        """Settings from the environment, over which arguments win.

        The client secret comes from the environment alone: every account of a machine can read
        the arguments of a process.

        :raises MalformedSetting: the host is not on the loopback, the port no port, the issuer no
            http address, or the client has no secret
        """
        parser = argparse.ArgumentParser(
            prog="python -m identity.demo",
            description=(
                "Demo relying party. The client's secret is read from CLIENT_SECRET; the other "
                "settings also from ISSUER, CLIENT_ID, HOST and PORT."
            ),
        )
        parser.add_argument(
            "--issuer", default=environment.get("ISSUER", "http://localhost:8000/api/oidc/demo")
        )
        parser.add_argument("--client-id", default=environment.get("CLIENT_ID", "demo-web"))
        parser.add_argument("--host", default=environment.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", default=environment.get("PORT", "8001"))
        given = parser.parse_args(arguments)
        secret = environment.get("CLIENT_SECRET", "")
        if not secret:
            raise MalformedSetting("CLIENT_SECRET is missing: the secret of the registered client.")
        return cls(
            issuer=_issuer(given.issuer),
            client_id=given.client_id,
            client_secret=secret,
            host=_loopback(given.host),
            port=_port(given.port),
        )

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def redirect_uri(self) -> str:
        return f"{self.origin}/callback"

    @property
    def post_logout_redirect_uri(self) -> str:
        return f"{self.origin}/"

    @property
    def issuer_origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def _issuer(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise MalformedSetting(f"ISSUER {value!r} is not the address of an OpenID provider.")
    return value


def _loopback(value: str) -> str:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise MalformedSetting(
            f"HOST {value!r} is not a loopback address. The demo relying party speaks plain http "
            "and is for development; use 127.0.0.1 or ::1."
        )
    return value


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= LARGEST_PORT:
        raise MalformedSetting(f"PORT {value!r} is not a port number.")
    return int(value)
