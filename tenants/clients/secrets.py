"""A client's secrets as digests: made or given once, never readable again."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from identity.kernel.secrets import Secret, digest, generate, require_strong
from identity.tenancy.scope import platform_scope
from tenants.clients.models import Client, ClientSecret

PREFIX: Final = "scs_"


def digest_of(client_id: UUID, secret: str) -> bytes:
    """The digest of a secret of the client with this primary key."""
    return digest(f"{client_id}:{secret}", "client_secret")


def add(client: Client, given: str | None) -> Secret:
    """Store `given`, or a generated secret (256 bits); returns it. Raises Invalid for a weak one."""
    secret = generate(PREFIX) if given is None else Secret(require_strong(given, "client_secret"))
    ClientSecret.objects.create(
        tenant_id=client.tenant_id,
        client=client,
        digest=digest_of(client.id, secret.reveal()),
    )
    return secret


def end(client: Client, at: datetime) -> None:
    """Afterwards none of the client's present secrets is accepted later than `at`."""
    mine = ClientSecret.objects.filter(tenant_id=client.tenant_id, client=client)
    mine.filter(Q(expires_at=None) | Q(expires_at__gt=at)).update(expires_at=at)


def prune() -> None:
    """Delete secrets whose time is over: for space only, their time is read at each use."""
    with platform_scope():
        ClientSecret.objects.filter(expires_at__lte=timezone.now()).delete()
