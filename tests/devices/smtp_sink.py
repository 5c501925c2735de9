"""A real SMTP server that keeps what it is given, and can be out of order in three ways."""

import asyncio
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.devices.ports import free_port


class Mood(Enum):
    """How the server takes a message."""

    ACCEPT = "250 2.0.0 kept"
    BUSY = "451 4.3.0 try again later"  # RFC 5321 §4.2.1: transient
    REFUSE = "550 5.1.1 no such mailbox"  # permanent
    TARPIT = "tarpit"  # says nothing until released


@dataclass(frozen=True, slots=True)
class Mail:
    """A message and the envelope it came in."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain part."""
        part = self.message.get_body(("plain",))
        return "" if part is None else str(part.get_content())

    @property
    def html(self) -> str:
        """The HTML part; empty if there is none."""
        part = self.message.get_body(("html",))
        return "" if part is None else str(part.get_content())


class SmtpSink:
    """Listens on the loopback while it is entered. ``refused_recipients`` answer 550 at once."""

    def __init__(self) -> None:
        self.mood = Mood.ACCEPT
        self.refused_recipients: set[str] = set()
        self.attempts = 0
        self._mails: list[Mail] = []
        self._changed = threading.Condition()
        self._released = threading.Event()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.release()
        self._controller.stop()

    @property
    def url(self) -> str:
        """As EMAIL_URL takes it."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mails(self) -> list[Mail]:
        with self._changed:
            return list(self._mails)

    def wait_for(self, count: int = 1, timeout_seconds: float = 10) -> list[Mail]:
        """All mails, once there are ``count``.

        :raises TimeoutError: there are fewer after that time
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._mails) >= count, timeout_seconds):
                raise TimeoutError(f"{len(self._mails)} of {count} mails arrived")
            return list(self._mails)

    def wait_for_attempt(self, count: int = 1, timeout_seconds: float = 10) -> None:
        """Return once ``count`` messages were offered, whatever became of them.

        :raises TimeoutError: fewer were after that time
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self.attempts >= count, timeout_seconds):
                raise TimeoutError(f"{self.attempts} of {count} messages were offered")

    def release(self) -> None:
        """Let those go who are held in the tarpit; their messages are kept."""
        self._released.set()

    async def handle_RCPT(  # noqa: N802  the name aiosmtpd calls
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address in self.refused_recipients:
            return Mood.REFUSE.value
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        mood = self.mood
        with self._changed:
            self.attempts += 1
            self._changed.notify_all()
        if mood in {Mood.BUSY, Mood.REFUSE}:
            return str(mood.value)
        if mood is Mood.TARPIT:
            await asyncio.to_thread(self._released.wait, 60)
        content = envelope.original_content or b""
        message = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
        with self._changed:
            self._mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message))
            self._changed.notify_all()
        return Mood.ACCEPT.value
