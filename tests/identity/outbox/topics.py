"""A topic for tests: what happens is what the test says, and what was delivered is remembered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from identity.outbox import handlers
from identity.outbox.handlers import Delivery

TOPIC = "testing.deliver"

delivered: list[Delivery] = []
_behaviour: list[Callable[[Delivery], None]] = []


def _deliver(delivery: Delivery) -> None:
    if _behaviour:
        _behaviour[-1](delivery)
    delivered.append(delivery)


handlers.register(TOPIC, _deliver, title="For tests")


@contextmanager
def behaving(how: Callable[[Delivery], None]) -> Iterator[None]:
    """Within, each delivery of the topic does this first."""
    _behaviour.append(how)
    try:
        yield
    finally:
        _behaviour.pop()
