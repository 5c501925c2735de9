"""What the rooms of tenants share in their tests."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from identity.tenancy import caching

PATIENCE_SECONDS = 5.0


def eventually(condition: Callable[[], bool]) -> None:
    """Return as soon as it holds; fail when it does not for long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        pause.wait(0.01)


def costs_nothing(work: Callable[[], object]) -> bool:
    """Whether `work` runs without a statement. At first it may not: the process still hears of
    its own commits, and forgets what it loaded between a commit and its news."""
    with CaptureQueriesContext(connection) as seen:
        work()
    return not seen.captured_queries


@pytest.fixture
def listening(transactional_db: None) -> Iterator[None]:
    """The process hears of changes, as a server does from its second moment on."""
    connection.ensure_connection()
    eventually(caching._ears.is_heard)
    yield
    caching.stop_listening()
