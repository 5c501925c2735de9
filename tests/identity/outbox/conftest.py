"""Messages of two tenants, and a relay that works in this very thread."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from identity.outbox.models import Message
from identity.tenancy.scope import platform_scope
from tests.identity.outbox import topics

T1, T2 = UUID(int=11), UUID(int=12)


@pytest.fixture
def as_platform(db: None) -> Iterator[None]:
    """The scope in which an operator looks at messages; nothing has been delivered yet."""
    topics.delivered.clear()
    with platform_scope():
        yield


def only() -> Message:
    """The one message there is."""
    return Message.objects.get()
