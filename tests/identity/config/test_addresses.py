"""URLs and networks of the environment."""

from ipaddress import ip_network

import pytest

from identity.config.addresses import (
    Destination,
    database_parts,
    destinations,
    is_loopback,
    mail_parts,
    networks,
)


def test_a_database_url_is_taken_apart_with_its_options() -> None:
    """Whatever libpq takes beyond the five parts is handed on."""
    parts = database_parts("postgresql://web:p%40ss@db:5433/signet?sslmode=verify-full")
    assert parts[:5] == ("signet", "web", "p@ss", "db", "5433")
    assert parts.options == {"sslmode": "verify-full"}


def test_a_socket_folder_is_a_host() -> None:
    """The embedded server listens on a Unix socket only."""
    assert database_parts("postgresql://web:x@/signet?host=%2Ftmp%2Fs").host == "/tmp/s"  # noqa: S108


@pytest.mark.parametrize("url", ["sqlite:///x", "postgresql://db/signet?nonsense=1", "dbname=x"])
def test_what_is_no_complete_database_url_is_refused(url: str) -> None:
    """DATABASE_URL is malformed."""
    with pytest.raises(ValueError, match="must"):
        database_parts(url)


def test_smtps_implies_its_port_and_tls() -> None:
    """RFC 8314 §3.3: submissions, port 465."""
    parts = mail_parts("smtps://me:s%3Acret@mail.example.com")
    assert (parts.host, parts.port, parts.is_tls) == ("mail.example.com", 465, True)
    assert (parts.user, parts.password) == ("me", "s:cret")


def test_starttls_is_asked_for_in_the_query() -> None:
    """RFC 3207."""
    parts = mail_parts("smtp://mail.example.com:587?starttls=1")
    assert (parts.port, parts.is_tls, parts.is_starttls) == (587, False, True)


def test_a_file_url_names_the_folder_of_mails() -> None:
    """The embedded default."""
    assert mail_parts("file:///srv/my%20mail").folder == "/srv/my mail"


@pytest.mark.parametrize("url", ["mail.example.com:25", "http://mail", "smtp://"])
def test_what_is_no_mail_url_is_refused(url: str) -> None:
    """EMAIL_URL is malformed."""
    with pytest.raises(ValueError, match="must look like"):
        mail_parts(url)


def test_destinations_are_networks_with_a_port() -> None:
    """OUTBOUND_ALLOW: a CIDR:port list."""
    assert destinations("10.0.0.0/8:443, [fd00::/8]:8443, 192.0.2.7:25") == (
        Destination(ip_network("10.0.0.0/8"), 443),
        Destination(ip_network("fd00::/8"), 8443),
        Destination(ip_network("192.0.2.7/32"), 25),
    )


@pytest.mark.parametrize("text", ["10.0.0.0/8", "10.0.0.0/8:0", "10.0.0.1/8:443", "host:443"])
def test_what_is_no_destination_is_refused(text: str) -> None:
    """A typing error must not open a network."""
    with pytest.raises(ValueError, match=r"."):
        destinations(text)


def test_proxies_are_single_addresses_or_blocks() -> None:
    """TRUSTED_PROXIES."""
    assert networks("192.0.2.1, 2001:db8::/32") == (
        ip_network("192.0.2.1/32"),
        ip_network("2001:db8::/32"),
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.8.9.1", True), ("::1", True), ("0.0.0.0", False), ("a.b", False)],  # noqa: S104
)
def test_loopback_is_what_serves_this_machine_only(host: str, expected: bool) -> None:
    """Development settings refuse the rest."""
    assert is_loopback(host) is expected
