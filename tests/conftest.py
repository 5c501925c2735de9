"""The database of the tests: an embedded Postgres under var/test (or DATA_DIR), never another's."""

import logging
from collections.abc import Iterator

import pytest
from django.conf import settings

from identity.config.running.database import borrowed
from identity.config.running.places import Places
from identity.tenancy import caching


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """The server runs while any test process needs it; what tests write need not survive a crash."""
    with borrowed(Places(settings.DATA_DIR), is_durable=False):
        yield


# The mail sink of the tests would tell each connection.
logging.getLogger("mail.log").setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def _caches_emptied() -> Iterator[None]:
    """What one test's rolled-back rows put into the process's caches must not reach the next."""
    yield
    caching.clear_all()
