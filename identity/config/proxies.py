"""What a trusted proxy says about the client, believed from TRUSTED_PROXIES only.

Applied around the WSGI application, so that everything inside reads REMOTE_ADDR and the scheme as
if the client had come directly.
"""

from collections.abc import Callable, Iterable
from typing import Any

from identity.config.addresses import Network
from identity.kernel.addresses import client_address, parse

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def behind_proxies(application: Application, trusted: tuple[Network, ...]) -> Application:
    """The application, told the client's address and scheme by proxies within `trusted`."""
    if not trusted:
        return application

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if _is_within(environ.get("REMOTE_ADDR", ""), trusted):
            _believe(environ, trusted)
        return application(environ, start_response)

    return wrapped


def _believe(environ: dict[str, Any], trusted: tuple[Network, ...]) -> None:
    header = environ.get("HTTP_X_FORWARDED_FOR", "")
    peer = environ.get("REMOTE_ADDR", "")
    environ["REMOTE_ADDR"] = client_address(peer, header, trusted) or peer
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower()
    if scheme in {"http", "https"}:
        environ["wsgi.url_scheme"] = scheme


def _is_within(text: str, networks: tuple[Network, ...]) -> bool:
    address = parse(text)
    return address is not None and any(address in network for network in networks)
