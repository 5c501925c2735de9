"""Who delivers which topic. Rooms register in `apps.ready`; the relay asks here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver one message. `id` stays the same over all attempts and goes with the
    effect, so that the receiver recognises a repetition. `tenant_id` None: the installation."""

    id: UUID
    tenant_id: UUID | None
    topic: str
    destination: str
    payload: Mapping[str, Any]
    attempt: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Handler:
    """`deliver` returns when the effect has happened, or raises."""

    topic: str
    deliver: Callable[[Delivery], None]
    title: str


class Undeliverable(Exception):
    """Trying again is pointless: the message is given up at once. The text is kept with the
    message, so it holds no secret."""


class NotNow(Exception):
    """The receiver could not take it; it is tried again later. The text is kept with the message,
    so it holds no secret. Any other exception is treated alike, but only its name is kept."""


class Unavailable(NotNow):
    """The receiver did not answer at all, or not as one that works: other messages to the same
    destination would fare alike, and wait until it answers again. `Unreachable` of the guarded
    client counts as this."""


_handlers: dict[str, Handler] = {}


def register(topic: str, handler: Callable[[Delivery], None], *, title: str) -> None:
    """Afterwards messages of `topic` (imperative: `mail.verification`) go to `handler`.

    It runs in the scope of the message's tenant and outside any transaction, and must end within
    20 seconds: every call to the outside carries a time limit. It may be called again for a message
    it has delivered, after a crash at the wrong moment: by `Delivery.id` the receiver knows.
    """
    if topic in _handlers:
        raise ValueError(f"the topic {topic} has a handler already")
    _handlers[topic] = Handler(topic, handler, title)


def find(topic: str) -> Handler | None:
    """The handler of a topic."""
    return _handlers.get(topic)


def titles() -> dict[str, str]:
    """Topic to title, by topic."""
    return {topic: _handlers[topic].title for topic in sorted(_handlers)}
