"""Free ports of this machine."""

import socket


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on at the moment; taken from the kernel's ephemeral range."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
