"""A thread that hears what other processes announce, such as which cached entries are stale."""

import logging
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

import psycopg

CHANNEL = "signet_cache"

# After this silence the connection is asked whether it still lives. Where packets vanish without
# a word, staleness ends after this and `tcp_user_timeout`; a closed connection is seen at once.
_HEARTBEAT_SECONDS = 5.0
_FIRST_RETRY_SECONDS = 0.1
_LAST_RETRY_SECONDS = 10.0

_log = logging.getLogger(__name__)


class Listener:
    """`heard` is called with each payload, `interrupted` whenever messages may have been missed:
    when the connection is lost and again when it is back."""

    def __init__(
        self,
        connection_params: dict[str, Any],
        *,
        heard: Callable[[str], None],
        interrupted: Callable[[], None],
        channel: str = CHANNEL,
    ) -> None:
        self.is_connected = False
        self._channel = channel
        self._heard = heard
        self._interrupted = interrupted
        self._stopping = threading.Event()
        self._waker, self._woken = socket.socketpair()
        self._params = {
            **connection_params,
            "cursor_factory": psycopg.Cursor,
            "autocommit": True,
            "connect_timeout": 5,
            "tcp_user_timeout": 3000,
        }
        self._thread = threading.Thread(target=self._run, name=f"listen {channel}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Afterwards the thread and its connection are gone."""
        self._stopping.set()
        self._waker.send(b"x")
        self._thread.join()
        self._waker.close()
        self._woken.close()

    def _run(self) -> None:
        retry_seconds = _FIRST_RETRY_SECONDS
        while not self._stopping.is_set():
            try:
                with psycopg.connect(**self._params) as session:
                    session.execute(f"LISTEN {self._channel}")
                    self.is_connected = True
                    self._interrupted()
                    retry_seconds = _FIRST_RETRY_SECONDS
                    self._listen(session)
            except psycopg.Error as error:
                _log.warning("%s: no connection: %s", self._thread.name, type(error).__name__)
            finally:
                self.is_connected = False
                self._interrupted()
            self._stopping.wait(retry_seconds)
            retry_seconds = min(retry_seconds * 2, _LAST_RETRY_SECONDS)

    def _listen(self, session: psycopg.Connection[Any]) -> None:
        sockets = [session.fileno(), self._woken.fileno()]
        while not self._stopping.is_set():
            readable, _, _ = select.select(sockets, [], [], _HEARTBEAT_SECONDS)
            if readable:
                session.pgconn.consume_input()
            else:
                session.execute("SELECT 1")
            while (notify := session.pgconn.notifies()) is not None:
                self._heard(notify.extra.decode())
