"""Whether a client is who it says (RFC 6749 §2.3.1). Counting failures is the caller's business."""

from typing import Final
from uuid import UUID

from django.utils import timezone

from identity.kernel.secrets import equal
from tenants.clients.models import Client
from tenants.clients.secrets import digest_of

_NOBODY: Final = UUID(int=0)
_NO_DIGEST: Final = bytes(32)


def authenticate(*, client: Client | None, secret: str) -> bool:
    """True if `secret` is a living secret of this client and the client may authenticate by one.

    False for None, for a public or disabled client, and for an empty secret, after the same work:
    one digest and at least one comparison. Without a statement for a client of `directory.find`.
    """
    presented = digest_of(_NOBODY if client is None else client.id, secret)
    now = timezone.now()
    living = [
        bytes(known.digest)
        for known in (() if client is None else client.secrets.all())
        if known.expires_at is None or known.expires_at > now
    ]
    is_right = False
    for known in living or [_NO_DIGEST]:
        is_right |= equal(presented, known)  # no early end: the time says nothing about which
    may = client is not None and client.is_confidential and not client.is_disabled
    return is_right and may and bool(secret)
