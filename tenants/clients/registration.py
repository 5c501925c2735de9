"""Clients of a tenant: registered, changed, deleted; their secrets replaced."""

from dataclasses import replace
from datetime import timedelta
from typing import Final, NamedTuple, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from identity.audit import recording
from identity.audit.catalogue import EventType
from identity.kernel.actors import Actor
from identity.kernel.errors import Forbidden, Invalid, NotFound, Refused
from identity.kernel.secrets import Secret
from identity.tenancy.scope import tenant_scope
from tenants.clients import directory, events, secrets, signals
from tenants.clients.metadata import Changes, Metadata, Settings
from tenants.clients.models import Client, ClientSecret
from tenants.keys import rotation
from tenants.registry import credentials
from tenants.registry.conflicts import conflict_of
from tenants.registry.models import Tenant
from tenants.registry.policy import Capability
from tenants.registry.removal import remove
from tenants.users.models import User

_TAKEN: Final = {"client_client_id": ("client_id", "This client id is taken")}
# An old secret beside the new one is for the time of a roll-out, not a second way in.
LONGEST_OVERLAP: Final = timedelta(days=30)


class Registered(NamedTuple):
    """A new client; `secret` is shown once, None for a public client."""

    client: Client
    secret: Secret | None


def register(
    *,
    tenant: Tenant,
    client_id: str,
    name: str,
    actor: Actor,
    client_secret: str | None = None,
    **metadata: Unpack[Settings],
) -> Registered:
    """Afterwards the client exists, with a secret if it is confidential and a key to sign for it.

    Without `client_secret` one is generated (256 bits). Raises Invalid, Conflict for a taken
    `client_id`, Forbidden in the platform's own tenant.
    """
    if not tenant.allows(Capability.CLIENTS):
        raise Forbidden("This tenant has no clients")
    state = Metadata(name, **metadata).checked()
    client = Client(tenant=tenant, client_id=_client_id(client_id))
    state.fill(client)
    if client_secret is not None and not client.is_confidential:
        raise Invalid("client_secret", "is for confidential clients")
    try:
        with tenant_scope(tenant.id), transaction.atomic():
            _require_no_person(client)
            client.save(force_insert=True)
            secret = secrets.add(client, client_secret) if client.is_confidential else None
            credentials.remember(client.id.bytes, tenant.id)
            rotation.ensure(tenant=tenant, algorithm=client.algorithm, actor=actor)
            _record(events.CLIENT_REGISTERED, client, actor)
            signals.client_registered.send(Client, client=client, actor=actor)
    except IntegrityError as error:
        raise conflict_of(error, _TAKEN) or error from error
    return Registered(client, secret)


def update(*, client: Client, actor: Actor, **changes: Unpack[Changes]) -> Client:
    """Change what is given; returns the client as stored afterwards.

    A client that becomes public loses its secrets; one that becomes confidential has none until
    `rotate_secret`. Raises Invalid, NotFound.
    """
    with tenant_scope(client.tenant_id), transaction.atomic():
        row = _locked(client)
        before = Metadata.of(row)
        state = replace(before, **changes).checked()
        changed = state.differences(before)
        if not changed:
            return row
        state.fill(row)
        row.save()
        if not row.is_confidential:
            ClientSecret.objects.filter(tenant_id=row.tenant_id, client=row).delete()
        if "algorithm" in changed:
            rotation.ensure(tenant=row.tenant, algorithm=row.algorithm, actor=actor)
        _record(events.CLIENT_UPDATED, row, actor, changed=changed)
        signals.client_updated.send(Client, client=row, actor=actor, changed=changed)
        if "is_disabled" in changed and row.is_disabled:
            signals.client_disabled.send(Client, client=row, actor=actor)
        return row


def delete(*, client: Client, actor: Actor) -> None:
    """Delete the client and all that was granted to it. Raises NotFound, Refused while it is locked."""
    with tenant_scope(client.tenant_id), transaction.atomic():
        row = _locked(client)
        if row.is_lock:
            raise Refused("This client is protected against deletion", rule="is_lock")
        signals.client_deleted.send(Client, client=row, actor=actor)
        credentials.forget(row.id.bytes)
        _record(events.CLIENT_DELETED, row, actor)
        remove(row)


def rotate_secret(
    *,
    client: Client,
    actor: Actor,
    overlap: timedelta = timedelta(0),
    client_secret: str | None = None,
) -> Secret:
    """A new secret (generated unless given); the present ones are accepted for `overlap` more.

    Raises Invalid for a public client, an overlap beyond 30 days, a weak secret; NotFound.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid("overlap", f"must be between 0 and {LONGEST_OVERLAP.days} days")
    with tenant_scope(client.tenant_id), transaction.atomic():
        row = _locked(client)
        if not row.is_confidential:
            raise Invalid("client_type", "a public client has no secret")
        secrets.end(row, timezone.now() + overlap)
        secret = secrets.add(row, client_secret)
        _record(events.CLIENT_SECRET_ROTATED, row, actor)
        return secret


def _client_id(text: str) -> str:
    if directory.FORM.fullmatch(text) is None:
        raise Invalid("client_id", "must be at most 255 visible ASCII characters without spaces")
    return text


def _require_no_person(client: Client) -> None:
    # RFC 9700 §4.15: a client whose id is a person's `sub` could pass for that person where a
    # resource server looks at `sub` alone.
    try:
        subject = UUID(client.client_id)
    except ValueError:
        return
    if User.objects.filter(tenant_id=client.tenant_id, pk=subject).exists():
        raise Invalid("client_id", "must not be the id of a person")


def _locked(client: Client) -> Client:
    row = (
        Client.objects.select_related("tenant")
        .select_for_update(of=("self",))
        .filter(tenant_id=client.tenant_id, pk=client.pk)
        .first()
    )
    if row is None:
        raise NotFound("This client does not exist")
    return row


def _record(
    event: EventType, client: Client, actor: Actor, changed: list[str] | None = None
) -> None:
    recording.record(
        event,
        actor=actor,
        tenant_id=client.tenant_id,
        subject=recording.Subject("client", client.pk, client.client_id),
        data={"changed": changed} if changed else {},
    )
    directory.invalidate(client)
