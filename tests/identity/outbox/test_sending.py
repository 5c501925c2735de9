"""Handing messages in: with the transaction, once per key, without secrets."""

from uuid import UUID

import pytest
from django.db import ProgrammingError, transaction

from identity.kernel.secrets import Secret
from identity.outbox.models import Message
from identity.outbox.sending import enqueue
from identity.tenancy.scope import platform_scope, tenant_scope

T1, T2 = UUID(int=11), UUID(int=12)


@pytest.mark.django_db
def test_a_message_goes_with_its_transaction(django_assert_num_queries: object) -> None:
    """FT05: outbox row in the same transaction; one statement."""
    with tenant_scope(T1):
        with transaction.atomic():
            enqueue("testing.topic", {}, tenant_id=T1)
            transaction.set_rollback(True)
        assert not Message.objects.exists()
        with django_assert_num_queries(1):  # type: ignore[operator]
            enqueue("testing.topic", {"n": 1}, tenant_id=T1)
        assert Message.objects.get().payload == {"n": 1}


@pytest.mark.django_db
def test_a_key_is_used_once_per_tenant() -> None:
    """dependencies: unique dedupe key per tenant; the first message's id comes back."""
    with tenant_scope(T1):
        first = enqueue("testing.topic", {"n": 1}, tenant_id=T1, dedupe_key="k")
        assert enqueue("testing.topic", {"n": 2}, tenant_id=T1, dedupe_key="k") == first
        assert enqueue("testing.topic", {"n": 3}, tenant_id=T1) != first
        assert Message.objects.get(dedupe_key="k").payload == {"n": 1}
    with tenant_scope(T2):
        assert enqueue("testing.topic", {}, tenant_id=T2, dedupe_key="k") != first


@pytest.mark.django_db
def test_a_tenant_can_neither_send_for_another_nor_touch_what_was_handed_in() -> None:
    """tenancy: the relay moves messages as the platform; a tenant's code only adds its own."""
    with tenant_scope(T1):
        enqueue("testing.topic", {}, tenant_id=T1)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            enqueue("testing.topic", {}, tenant_id=T2)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Message.objects.update(attempts=1)
    with tenant_scope(T2):
        assert not Message.objects.exists()
    with platform_scope():
        assert Message.objects.count() == 1


@pytest.mark.parametrize("payload", [{"a": Secret("x")}, {"a": [{"b": Secret("x")}]}, {"a": b"x"}])
def test_a_payload_holds_no_secret(payload: dict[str, object]) -> None:
    """IJ02: nothing secret in the outbox; one-time tokens are made when the mail is sent."""
    with pytest.raises(TypeError):
        enqueue("testing.topic", payload, tenant_id=T1)  # type: ignore[arg-type]
