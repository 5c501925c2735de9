"""Visitors' sessions, in this process's memory: a restart signs everybody out of the demo."""

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from identity.demo.relying_party import Request, SignedIn

IDLE_SECONDS = 8 * 60 * 60
# Bounds what visitors without cookies can make this process remember.
MOST_SESSIONS = 500
# A visitor with more sign-ins than this under way has left the first ones.
MOST_REQUESTS = 5


@dataclass(slots=True, kw_only=True)
class Session:
    """What is remembered of one browser."""

    key: str
    form_token: str
    seen_at: float
    requests: dict[str, Request] = field(default_factory=dict)
    signed_in: SignedIn | None = None
    sign_out_state: str | None = None
    # Two refreshes with one refresh token look like theft to the provider, which then ends the
    # whole sign-in: a double click must not do that.
    lock: threading.Lock = field(default_factory=threading.Lock)

    def remember(self, request: Request) -> None:
        """Keep a sign-in under way; the oldest gives way."""
        while len(self.requests) >= MOST_REQUESTS:
            del self.requests[next(iter(self.requests))]
        self.requests[request.state] = request


class Sessions:
    """All sessions, the least recently used first; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def of(self, key: str | None) -> Session:
        """The session of a cookie's value, or a new one."""
        now = time.monotonic()
        with self._lock:
            session = self._sessions.get(key or "")
            if session is None or now - session.seen_at > IDLE_SECONDS:
                session = self._new()
            session.seen_at = now
            self._sessions.move_to_end(session.key)
            return session

    def renewed(self, session: Session) -> Session:
        """A session under a new key, so that a key planted before a sign-in is worth nothing."""
        with self._lock:
            self._sessions.pop(session.key, None)
            return self._new()

    def _new(self) -> Session:
        while len(self._sessions) >= MOST_SESSIONS:
            self._sessions.popitem(last=False)
        session = Session(
            key=secrets.token_urlsafe(24),
            form_token=secrets.token_urlsafe(24),
            seen_at=time.monotonic(),
        )
        self._sessions[session.key] = session
        return session
