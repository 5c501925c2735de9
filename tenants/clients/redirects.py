"""Where a browser may be sent: which URIs may be registered, and which one is registered.

RFC 9700 §2.1: comparison by simple string comparison; the port of a loopback address is the only
exception, for native applications (RFC 8252 §7.3).
"""

import re
from typing import Final, Protocol

from identity.kernel.errors import Invalid
from tenants.clients.uris import Uri, parsed

LONGEST: Final = 2_000
_LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})
# A port may be any only on literals: `localhost` is a name that others may answer (RFC 8252 §8.3).
_LOOPBACK: Final = re.compile(
    r"(?P<host>http://(?:127\.0\.0\.1|\[::1\]))(?::(?P<port>[1-9][0-9]{0,4}))?(?P<rest>/.*)?",
    re.DOTALL,
)
_HIGHEST_PORT: Final = 65_535
# RFC 8252 §7.1: reverse domain names only. Whatever has a dot is not javascript:, data: and kin.
_PRIVATE_SCHEME: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+")


class Redirectable(Protocol):
    """What is asked of a client here."""

    redirect_uris: str
    post_logout_redirect_uris: str
    application_type: str


def is_registered(client: Redirectable, uri: str) -> bool:
    """Whether a browser may be sent to `uri` with an answer for this client."""
    registered = client.redirect_uris.split()
    if uri in registered:
        return True
    return client.application_type == "native" and _without_port(uri) in {
        _without_port(known) for known in registered
    } - {None}


def is_registered_after_logout(client: Redirectable, uri: str) -> bool:
    """Whether a browser may be sent to `uri` after a logout that this client asked for."""
    return uri in client.post_logout_redirect_uris.split()


def require_acceptable(uri: str, *, is_native: bool = False, field: str = "redirect_uris") -> str:
    """The URI itself, if a client may register it. Raises Invalid.

    https anywhere; http on the machine itself; for native applications also a private scheme that
    is a reverse domain name (`com.example.app:/cb`).
    """
    found = parsed(uri) if len(uri) <= LONGEST else None
    if found is None:
        raise Invalid(field, f"must be plain absolute URIs without fragment: {uri[:100]!r}")
    if not (_is_web(found) or (is_native and _is_private(found))):
        raise Invalid(field, f"must be https (http on a loopback address only): {uri[:100]!r}")
    return uri


def _is_web(uri: Uri) -> bool:
    if uri.scheme == "https":
        return bool(uri.host)
    return uri.scheme == "http" and uri.host in _LOOPBACK_HOSTS


def _is_private(uri: Uri) -> bool:
    is_plain = not uri.host and uri.path.startswith("/")
    return is_plain and _PRIVATE_SCHEME.fullmatch(uri.scheme) is not None


def _without_port(uri: str) -> str | None:
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found["port"] or 0) > _HIGHEST_PORT:
        return None
    return found["host"] + (found["rest"] or "")
