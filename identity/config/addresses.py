"""URLs and networks of the environment, taken apart; ValueError says what is wrong with one."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

Network = IPv4Network | IPv6Network

SMTP_PORT = 25
# RFC 8314 §3.3: TLS from the first byte
SUBMISSIONS_PORT = 465


class Destination(NamedTuple):
    """One entry of OUTBOUND_ALLOW: a network that outgoing requests may reach, at one port."""

    network: Network
    port: int


class DatabaseParts(NamedTuple):
    """A postgresql:// URL in the words of Django's DATABASES."""

    name: str
    user: str
    password: str
    host: str
    port: str
    options: dict[str, str]


class MailParts(NamedTuple):
    """EMAIL_URL taken apart: `folder` for file://, else a server."""

    folder: str = ""
    host: str = ""
    port: int = SMTP_PORT
    user: str = ""
    password: str = ""
    is_tls: bool = False
    is_starttls: bool = False


def database_parts(url: str) -> DatabaseParts:
    """Take a libpq URL or key-value string apart; further parameters (sslmode …) are options."""
    try:
        parsed = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError as problem:
        raise ValueError(f"must be a postgresql:// URL ({str(problem).strip()})") from None
    parts = DatabaseParts(
        name=parsed.pop("dbname", ""),
        user=parsed.pop("user", ""),
        password=parsed.pop("password", ""),
        host=parsed.pop("host", ""),
        port=parsed.pop("port", ""),
        options=parsed,
    )
    if not parts.name or not parts.user:
        raise ValueError("must name a user and a database: postgresql://user:password@host/name")
    return parts


def mail_parts(url: str) -> MailParts:
    """`smtp://user:password@host:port[?starttls=1]`, `smtps://…` or `file:///folder`."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return MailParts(folder=unquote(parts.path))
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must look like smtp://host:25, smtps://host:465 or file:///folder")
    is_tls = parts.scheme == "smtps"
    return MailParts(
        host=parts.hostname,
        port=parts.port or (SUBMISSIONS_PORT if is_tls else SMTP_PORT),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_tls=is_tls,
        is_starttls=parse_qs(parts.query).get("starttls", ["0"])[-1] in {"1", "true", "yes"},
    )


def networks(text: str) -> tuple[Network, ...]:
    """Comma-separated addresses or CIDR blocks."""
    return tuple(ip_network(entry) for entry in _entries(text))


def destinations(text: str) -> tuple[Destination, ...]:
    """Comma-separated `network:port`; an IPv6 network stands in brackets: `[fd00::/8]:443`."""
    found = []
    for entry in _entries(text):
        network, separator, port = entry.rpartition(":")
        if not separator or not port.isdigit() or not 1 <= int(port) <= 65535:  # noqa: PLR2004
            raise ValueError(f"{entry!r} must be written network:port, such as 10.0.0.0/24:443")
        found.append(Destination(ip_network(network.strip("[]")), int(port)))
    return tuple(found)


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` serves this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]
