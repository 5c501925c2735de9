"""What a tenant may be called, and where it may live."""

import pytest

from identity.kernel.errors import Invalid
from tenants.registry.hosts import normalised, require_host
from tenants.registry.slugs import RESERVED, require_slug


@pytest.mark.parametrize("slug", ["ab", "demo", "a1", "0-0", "a_b-c", "a" * 63])
def test_ordinary_slugs(slug: str) -> None:
    """Contract 2.2: ^[a-z0-9][a-z0-9_-]{1,62}$."""
    assert require_slug(slug) == slug


@pytest.mark.parametrize(
    "slug", ["", "a", "-a", "_a", "A1", "a b", "a.b", "a/b", "é1", "ab\n", "a" * 64, "a\u0661"]
)
def test_other_slugs_are_refused(slug: str) -> None:
    """Contract 2.2."""
    with pytest.raises(Invalid):
        require_slug(slug)


def test_reserved_slugs_are_refused() -> None:
    """Contract 2.2: they would collide with fixed segments."""
    contract = "platform, token, client, client-tenant, logout, authorize, userinfo, me, batch"
    assert set(contract.split(", ")) == RESERVED
    for slug in RESERVED:
        with pytest.raises(Invalid):
            require_slug(slug)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("login.example.com", "login.example.com"),
        ("LOGIN.Example.COM", "login.example.com"),
        ("login.example.com.", "login.example.com"),
        ("login.example.com:8443", "login.example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_host_is_stored_in_one_form(given: str, stored: str) -> None:
    """Contract 6.1: found by host name, however the browser writes it."""
    assert require_host(given) == stored
    assert normalised(given) == stored


@pytest.mark.parametrize(
    "host",
    [
        *("", ".", "a..b", "-a.example", "a-.example", "a b.example", "bücher.example", "*.a.b"),
        *("a/b", "http://a.example", "a.example/x", "user@a.example", "[::1]", "a.example:x"),
        *("a" * 64 + ".example", ".".join(["abc"] * 70), "a.example\n.b"),
    ],
)
def test_other_hosts_are_refused(host: str) -> None:
    """RFC 1123 §2.1: plain names only."""
    with pytest.raises(Invalid):
        require_host(host)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9999"])
def test_the_installations_own_host_is_nobodys(host: str) -> None:
    """A tenant that held it would be met by everybody who goes to PUBLIC_URL."""
    with pytest.raises(Invalid):
        require_host(host)
