"""A scope narrows and never widens."""

import threading
from collections.abc import Iterator
from uuid import UUID

import pytest

from identity.tenancy.scope import (
    NOWHERE,
    Scope,
    ScopeError,
    carried,
    current,
    platform_scope,
    tenant_scope,
)

ONE, OTHER = UUID(int=1), UUID(int=2)


def test_code_starts_nowhere_and_returns_there() -> None:
    """tenancy: no tenant set, no rows."""
    assert current() == NOWHERE
    with tenant_scope(ONE):
        assert current() == Scope(tenant=ONE)
    assert current() == NOWHERE


def test_a_scope_is_left_by_an_exception_too() -> None:
    """tenancy: ContextVar with token reset."""
    with pytest.raises(ZeroDivisionError), tenant_scope(ONE):
        raise ZeroDivisionError

    assert current() == NOWHERE


def test_the_platform_narrows_to_a_tenant_and_gets_back() -> None:
    """tenancy: platform → tenant."""
    with platform_scope():
        with tenant_scope(ONE):
            assert current() == Scope(tenant=ONE)
        assert current() == Scope(is_platform=True)


def test_a_tenant_may_be_entered_twice() -> None:
    """tenancy: tenant → the same tenant."""
    with tenant_scope(ONE), tenant_scope(UUID(int=1)) as scope:
        assert scope.tenant == ONE


def test_a_tenant_cannot_become_another() -> None:
    """tenancy: else ScopeError."""
    with tenant_scope(ONE), pytest.raises(ScopeError), tenant_scope(OTHER):
        pass


def test_a_tenant_cannot_become_the_platform() -> None:
    """tenancy: else ScopeError."""
    with tenant_scope(ONE), pytest.raises(ScopeError), platform_scope():
        pass


def test_text_is_no_tenant() -> None:
    """The tenant becomes part of an SQL text: only a UUID can hold no quote."""
    with pytest.raises(TypeError), tenant_scope("'; RESET ROLE; --"):  # type: ignore[arg-type]
        pass


def test_a_new_thread_starts_nowhere() -> None:
    """tenancy: threads start nowhere."""
    seen = []
    with tenant_scope(ONE):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()

    assert seen == [NOWHERE]


def test_a_streamed_body_is_made_under_the_scope_of_its_request() -> None:
    """tenancy: `carried` captures the scope eagerly and enters it for each part."""
    closed_under = []

    def body() -> Iterator[Scope]:
        try:
            yield current()
            yield current()
        finally:
            closed_under.append(current())

    with tenant_scope(ONE):
        parts = carried(body())
    first = next(parts)
    between = current()
    parts.close()  # type: ignore[attr-defined]

    assert (first.tenant, between, closed_under[0].tenant) == (ONE, NOWHERE, ONE)
