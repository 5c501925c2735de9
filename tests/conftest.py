"""The database of the tests: an embedded Postgres under var/test (or DATA_DIR), never another's."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from identity.config.running.database import borrowed
from identity.config.running.places import Places


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """The server runs while any test process needs it; what tests write need not survive a crash."""
    with borrowed(Places(settings.DATA_DIR), is_durable=False):
        yield
