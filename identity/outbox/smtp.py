"""SMTP with an end: however slowly a server drips its answers, a delivery stays below its lease."""

import smtplib
import socket
import threading
from contextlib import suppress
from typing import Any, Final

from django.core.mail.backends import smtp

# One socket operation is bounded by EMAIL_TIMEOUT; a letter takes a dozen of them.
LETTER_SECONDS_MAX: Final = 20.0


class EmailBackend(smtp.EmailBackend):
    """Django's, except that the connection is cut after 20 seconds: then the letter is tried again
    later, under the same Message-ID."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _BoundedOverTLS if self.use_ssl else _Bounded


class _Cutting:
    """Before smtplib's class: shuts the socket when time is up, which ends any wait on it."""

    sock: socket.socket | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._timer = threading.Timer(LETTER_SECONDS_MAX, self._cut)
        self._timer.daemon = True
        self._timer.start()
        try:
            super().__init__(*args, **kwargs)
        except BaseException:
            self._timer.cancel()
            raise

    def _cut(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._timer.cancel()
        super().close()  # type: ignore[misc]


class _Bounded(_Cutting, smtplib.SMTP):
    pass


class _BoundedOverTLS(_Cutting, smtplib.SMTP_SSL):
    pass
