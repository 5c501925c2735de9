"""Checkpoints leave the house, in order, until the receiver has them."""

import json
from ipaddress import ip_network
from typing import Any

import pytest

from identity.audit import checkpoints, sealing
from identity.audit.models import Checkpoint
from identity.kernel.outbound import Unreachable
from tests.identity.audit.conftest import T1, happen
from tests.identity.audit.receiver import receiving

pytestmark = pytest.mark.usefixtures("as_platform")


def _sealed_and_signed() -> None:
    happen(1)
    sealing.seal()
    checkpoints.sign_heads()


def test_the_receiver_gets_each_checkpoint_although_it_was_down(settings: Any) -> None:
    """issue: checkpoints sent out (webhook), so that a cut tail shows."""
    with receiving() as receiver:
        settings.OUTBOUND_ALLOW = ((ip_network("127.0.0.1/32"), receiver.port),)
        settings.AUDIT_WEBHOOK = f"http://127.0.0.1:{receiver.port}/checkpoints"
        receiver.status = 503
        with pytest.raises(checkpoints.NotTaken, match="503"):
            _sealed_and_signed()
        receiver.status, receiver.bodies = 204, []
        _sealed_and_signed()
        (body,) = receiver.bodies
    numbers = [entry["number"] for entry in json.loads(body)["checkpoints"]]
    assert numbers == [1, 2]
    assert json.loads(body)["checkpoints"][0]["tenant"] == str(T1)
    assert not Checkpoint.objects.filter(sent_at=None).exists()


def test_the_receiver_may_not_be_an_inner_address_unless_spelt_out(settings: Any) -> None:
    """SF: the guarded client; what could not be sent waits."""
    settings.AUDIT_WEBHOOK = "http://127.0.0.1:9/"
    with pytest.raises(Unreachable):
        _sealed_and_signed()
    assert Checkpoint.objects.filter(sent_at=None).count() == 1
