"""What a trusted proxy says about the client, believed from TRUSTED_PROXIES only.

Applied around the WSGI application, so that everything inside reads REMOTE_ADDR and the scheme as
if the client had come directly.
"""

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from identity.config.addresses import Network

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
    # Right to left: each trusted hop vouches for the one before it; what stands further left than
    # the first untrusted address was written by the client and may say anything.
    for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        address = hop.strip()
        if not _is_address(address):
            break
        environ["REMOTE_ADDR"] = address
        if not _is_within(address, trusted):
            break
    if environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower() in {"http", "https"}:
        environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"].strip().lower()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_within(text: str, networks: tuple[Network, ...]) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in networks)
