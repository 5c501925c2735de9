"""Where a browser comes back to: an HTTP listener that keeps the answers it is given."""

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

PAGE = b"<!doctype html><html lang=en><title>Back</title><h1>Back at the application</h1></html>"


class CallbackListener:
    """Listens on a port of its own; ``redirect_uri`` is what to register for the client."""

    def __init__(self, port: int = 0) -> None:
        self._answers: queue.Queue[dict[str, str]] = queue.Queue()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/callback":
                    listener._answers.put(dict(parse_qsl(parts.query, keep_blank_values=True)))
                self._page()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                listener._answers.put(dict(parse_qsl(body, keep_blank_values=True)))
                self._page()

            def log_message(self, *_: object) -> None:
                """Nothing: the test reads the answers."""

            def _page(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(PAGE)))
                self.end_headers()
                self.wfile.write(PAGE)

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def redirect_uri(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/callback"

    def wait(self, timeout_seconds: float = 10) -> dict[str, str]:
        """The next answer, query or posted form.

        :raises queue.Empty: none came in time
        """
        return self._answers.get(timeout=timeout_seconds)
