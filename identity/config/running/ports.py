"""Loopback addresses and whether they are free."""

import socket


def addresses(host: str) -> list[str]:
    """What a server for `host` binds: for a loopback name or address both families' loopback."""
    if host not in {"localhost", "127.0.0.1", "::1"}:
        return [host]
    return [address for address in ("127.0.0.1", "::1") if can_bind(address, 0)]


def can_bind(address: str, port: int) -> bool:
    """Whether the machine has the address and nobody listens at it on `port` (0: any port)."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError:
        return False
    return True


def answers(address: str, port: int, path: str) -> bool:
    """Whether an HTTP server there answers 200 within a second."""
    try:
        with socket.create_connection((address, port), timeout=1) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
            return b" 200 " in connection.recv(64)
    except OSError:
        return False
