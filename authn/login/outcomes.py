"""What comes of an answer: a closed set that each door (pages, faces) words for itself."""

from dataclasses import dataclass
from typing import TypeAlias

from authn.login.models import LoginAttempt
from authn.sessions.lifecycle import Opened
from authn.sessions.models import LoginSession


@dataclass(frozen=True, slots=True)
class Next:
    """Something is still owed: the step of this name."""

    step: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Wrong. `code` is one of the failures a step may tell: safe to show."""

    code: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing was evaluated: too many failures before. 429 with Retry-After at every door."""

    retry_after_seconds: int


@dataclass(frozen=True, slots=True)
class Completed:
    """Signed in. `others` are the sessions this browser keeps beside the new one."""

    attempt: LoginAttempt
    opened: Opened
    others: tuple[LoginSession, ...] = ()


@dataclass(frozen=True, slots=True)
class Proven:
    """All that an API face can prove was proved; the result waits in a ticket (contract 2.5).

    `nonce` is the ticket; `need_verify` tells that a step is still owed after it.
    """

    nonce: str
    need_verify: bool


@dataclass(frozen=True, slots=True)
class Expired:
    """The attempt no longer moves: too old, finished, or moved by another request meanwhile."""


Outcome: TypeAlias = Next | Failed | Stopped | Completed | Proven | Expired
