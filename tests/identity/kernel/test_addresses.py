"""Whose word counts about an address."""

from ipaddress import ip_network

import pytest

from identity.kernel import addresses

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "header", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # an untrusted peer speaks for nobody
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the left part is the client's word
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("", "198.51.100.1", None),
    ],
)
def test_the_address_is_the_nearest_one_that_no_trusted_proxy_bears(
    peer: str, header: str, expected: str | None
) -> None:
    """BF04, AK12: X-Forwarded-For is read from the right, from trusted peers only."""
    assert addresses.client_address(peer, header, PROXIES) == expected


def test_a_thousand_hops_are_not_walked() -> None:
    """IJ07: a flood of hops ends."""
    header = ", ".join(["10.0.0.2"] * 10_000)

    assert addresses.client_address("10.0.0.1", header, PROXIES) == "10.0.0.2"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "unknown"),
        ("", "unknown"),
    ],
)
def test_ipv6_is_counted_by_its_64(address: str, expected: str) -> None:
    """BF05: a thousand addresses in one /64 are one bucket; a mapped IPv4 is its IPv4."""
    assert addresses.bucket(address) == expected
