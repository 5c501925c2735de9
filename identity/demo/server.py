"""A threaded HTTP server on the loopback, from the standard library."""

import socket
import sys
from socketserver import TCPServer, ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from identity.demo.settings import Settings
from identity.demo.wsgi import Application


class _Server(ThreadingMixIn, WSGIServer):
    # A browser that keeps a connection open must not keep the process from ending.
    daemon_threads = True
    request_queue_size = 64

    def server_bind(self) -> None:
        """As the base class, without its look-up of the host's name, which may wait for DNS."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]
        self.setup_environ()


class _ServerV6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = 30

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Nothing: the addresses asked for hold codes and states."""


def listening(settings: Settings) -> WSGIServer:
    """A server that holds the address and answers once ``serve_forever`` is called.

    :raises OSError: the address is taken
    """
    family = _ServerV6 if ":" in settings.host else _Server
    server = family((settings.host, settings.port), _Handler)
    server.set_app(Application(settings))
    return server


def serve(settings: Settings) -> None:
    """Serve until the process is told to stop.

    :raises OSError: the address is taken
    """
    with listening(settings) as server:
        sys.stderr.write(f"Demo relying party: {settings.origin}\n")
        server.serve_forever()
