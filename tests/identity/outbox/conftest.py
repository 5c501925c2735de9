"""Messages of two tenants, a relay in this very thread, and letters of a room of the tests."""

from collections.abc import Iterator
from copy import deepcopy
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from identity.outbox.models import Message
from identity.tenancy.scope import platform_scope
from tests.devices.smtp_sink import SmtpSink
from tests.identity.outbox import topics

T1, T2 = UUID(int=11), UUID(int=12)
TEMPLATES = Path(__file__).parent / "room" / "templates"


@pytest.fixture
def as_platform(db: None) -> Iterator[None]:
    """The scope in which an operator looks at messages; nothing has been delivered yet."""
    topics.delivered.clear()
    with platform_scope():
        yield


@pytest.fixture
def post(settings: Any) -> Iterator[SmtpSink]:
    """A mail server that the settings name, and the templates of the tests' room."""
    engines = deepcopy(settings.TEMPLATES)
    engines[0]["DIRS"] = [TEMPLATES, *engines[0]["DIRS"]]
    settings.TEMPLATES = engines
    with SmtpSink() as sink:
        settings.EMAIL_BACKEND = "identity.outbox.smtp.EmailBackend"
        settings.EMAIL_HOST = str(ip_address("127.0.0.1"))
        settings.EMAIL_PORT = sink.port
        yield sink


def only() -> Message:
    """The one message there is."""
    return Message.objects.get()
