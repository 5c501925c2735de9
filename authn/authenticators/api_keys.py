"""API keys: one credential under several headers (contract 6.13), found by digest."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from authn.authenticators import events
from authn.authenticators.models import ApiKey
from authn.authenticators.signals import api_key_revoked
from identity.audit import recording
from identity.kernel import addresses
from identity.kernel.actors import Actor, ActorKind, Origin
from identity.kernel.errors import Conflict, Invalid, NotFound
from identity.kernel.identifiers import unguessable
from identity.kernel.secrets import (
    API_KEY_FORM,
    MINIMUM_DISTINCT,
    Secret,
    digest,
    generate_api_key,
    is_repetition,
)
from identity.tenancy.scope import tenant_scope
from tenants.registry import credentials, resolution
from tenants.registry.models import Tenant
from tenants.users.models import User

SCOPES: Final = frozenset(
    {
        *("USER", "USER:READ", "CLIENT", "CLIENT:READ", "API_KEY", "API_KEY:READ"),
        *("TENANT", "TENANT:READ", "SESSION", "SESSION:READ", "SCIM2"),
    }
)
# The last use is worth a write once a minute, not one per request (AK11).
_LAST_USE_EVERY: Final = timedelta(minutes=1)
_recently_written: dict[UUID, float] = {}
_RECENT_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Created:
    """A new key and its secret, which nobody sees again."""

    key: ApiKey
    secret: Secret


@dataclass(frozen=True, slots=True)
class AuthenticatedKey:
    """A presented key that is good now."""

    tenant: Tenant
    key: ApiKey
    owner: User

    @property
    def scopes(self) -> frozenset[str]:
        """What the key allows; `X` implies `X:READ`."""
        return frozenset(self.key.scopes) | {f"{scope}:READ" for scope in self.key.scopes}

    def actor(self, origin: Origin) -> Actor:
        """The actor behind requests made with this key."""
        return Actor(
            ActorKind.API_KEY,
            id=self.key.id,
            label=self.key.name or self.key.key_id,
            tenant_id=self.tenant.id,
            owner_id=self.owner.id,
            roles=frozenset(self.owner.roles),
            scopes=self.scopes,
            origin=origin,
        )


def create(
    *,
    owner: User,
    name: str,
    scopes: Iterable[str],
    secret: str | None = None,
    expires_at: datetime | None = None,
    networks: Iterable[str] = (),
    actor: Actor,
) -> Created:
    """Make a key for `owner`. A given `secret` must have the form `api_` + 24 of [a-z0-9].

    Afterwards the secret authenticates; only its digest is kept. Raises Invalid, Conflict.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        raise Invalid("scopes", f"are not known: {', '.join(unknown)}")
    plain = _given(secret) if secret is not None else generate_api_key()
    ranges = _networks(networks)
    key_digest = digest(plain.reveal(), "api-key")
    try:
        with tenant_scope(owner.tenant_id), transaction.atomic():
            credentials.remember(key_digest, owner.tenant_id)
            key = ApiKey.objects.create(
                tenant_id=owner.tenant_id,
                key_id=unguessable(12),
                digest=key_digest,
                fingerprint=key_digest.hex()[:12],
                owner=owner,
                name=name,
                scopes=wanted,
                networks=ranges,
                expires_at=expires_at,
                created_ip=actor.origin.ip,
                created_country=actor.origin.country,
                created_user_agent=actor.origin.user_agent,
            )
            recording.record(
                events.API_KEY_CREATED,
                actor=actor,
                tenant_id=owner.tenant_id,
                subject=recording.Subject("api_key", key.id, name),
                data={"owner": str(owner.id), "scopes": wanted},
            )
    except (Conflict, IntegrityError):
        # The digest is taken, here or in another tenant: which of the two is not told.
        raise Conflict("secret", "This API key is taken") from None
    return Created(key, plain)


def revoke(*, key: ApiKey, actor: Actor) -> None:
    """Delete a key. Afterwards it is refused everywhere at once. Raises NotFound."""
    with tenant_scope(key.tenant_id), transaction.atomic():
        deleted, _ = ApiKey.objects.filter(tenant_id=key.tenant_id, id=key.id).delete()
        if not deleted:
            raise NotFound("There is no such API key")
        credentials.forget(bytes(key.digest))
        recording.record(
            events.API_KEY_REVOKED,
            actor=actor,
            tenant_id=key.tenant_id,
            subject=recording.Subject("api_key", key.id, key.name),
        )
        api_key_revoked.send(sender=ApiKey, key=key, actor=actor)


def authenticate(*, presented: str, origin: Origin) -> AuthenticatedKey | None:
    """Who presents this key, or None. Two statements; the caller enters the tenant's scope.

    Refuses inactive and expired keys, foreign networks, disabled owners, suspended tenants.
    """
    if API_KEY_FORM.fullmatch(presented) is None:
        return None
    key_digest = digest(presented, "api-key")
    tenant_id = credentials.tenant_of(key_digest)
    tenant = resolution.by_id(tenant_id) if tenant_id else None
    if tenant is None or not tenant.is_active:
        return None
    with tenant_scope(tenant.id):
        key = (
            ApiKey.objects.select_related("owner")
            .filter(tenant_id=tenant.id, digest=key_digest, is_active=True)
            .first()
        )
        if key is None or key.owner.is_disabled or not _is_valid_now(key, origin):
            return None
        _note_use(key, origin)
    return AuthenticatedKey(tenant, key, key.owner)


def _given(secret: str) -> Secret:
    if API_KEY_FORM.fullmatch(secret) is None:
        raise Invalid("secret", "must be api_ and 24 of a-z and 0-9")
    body = secret.removeprefix("api_")
    if is_repetition(body) or len(set(body)) < MINIMUM_DISTINCT:
        raise Invalid("secret", "repeats one pattern; use a random value")
    return Secret(secret)


def _networks(networks: Iterable[str]) -> list[str]:
    try:
        return sorted({str(ip_network(text.strip())) for text in networks})
    except ValueError as problem:
        raise Invalid("networks", f"must be addresses or CIDR blocks: {problem}") from None


def _is_valid_now(key: ApiKey, origin: Origin) -> bool:
    if key.expires_at is not None and timezone.now() >= key.expires_at:
        return False
    if not key.networks:
        return True
    address = addresses.parse(origin.ip or "")
    return address is not None and any(address in ip_network(text) for text in key.networks)


def _note_use(key: ApiKey, origin: Origin) -> None:
    now = time.monotonic()
    if now - _recently_written.get(key.id, -1e9) < _LAST_USE_EVERY.total_seconds():
        return
    if len(_recently_written) >= _RECENT_MAX:
        _recently_written.clear()
    _recently_written[key.id] = now
    ApiKey.objects.filter(tenant_id=key.tenant_id, id=key.id).update(
        last_used_at=timezone.now(),
        last_used_ip=origin.ip,
        last_used_country=origin.country,
        last_used_user_agent=origin.user_agent,
    )
