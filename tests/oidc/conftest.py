"""One scene per test: a tenant, a person, an application, a browser."""

import pytest

from tests.oidc.parties import Scene, a_scene


@pytest.fixture
def scene(db: None) -> Scene:
    """Ada at a first-party application of a tenant of her own."""
    return a_scene()
