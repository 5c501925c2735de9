"""The address a request came from: the peer, or what trusted proxies say, and nobody else."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# A header of a thousand hops is an attack, not a route.
_MAX_HOPS = 16
# A household or a server gets a /64: counting single addresses there counts nothing (BF05).
_IPV6_PREFIX = 64


def parse(text: str) -> Address | None:
    """The address, IPv4-mapped IPv6 as its IPv4; None if it is none. Scope ids are refused."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def client_address(peer: str, forwarded_for: str, trusted: Iterable[Network]) -> str | None:
    """The nearest address that is not a trusted proxy, read from the right (security.md BF04).

    `peer` is the socket's other end; `forwarded_for` the X-Forwarded-For header, which only a
    trusted peer may speak for.
    """
    networks = tuple(trusted)
    address = parse(peer)
    if address is None:
        return None
    hops = forwarded_for.split(",")[-_MAX_HOPS:] if forwarded_for else []
    while hops and any(address in network for network in networks):
        further = parse(hops.pop())
        if further is None:
            break
        address = further
    return str(address)


def bucket(address: str) -> str:
    """What failures of an address are counted under: itself, for IPv6 its /64."""
    parsed = parse(address)
    if parsed is None:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _IPV6_PREFIX), strict=False))
    return str(parsed)
