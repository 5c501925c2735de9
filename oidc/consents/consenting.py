"""A person's consents: given as a union, looked up, withdrawn (OpenID Connect Core §3.1.2.4)."""

from collections.abc import Iterable, Mapping

from django.db import connection, transaction

from authn.sessions import grants
from identity.audit import recording
from identity.kernel.actors import Actor
from identity.kernel.identifiers import uuid7
from oidc.consents import events, signals
from oidc.consents.models import Consent
from tenants.clients.models import Client
from tenants.users.models import User

# One statement, so that two tabs that allow different scopes at once lose neither (RC07).
_UNITE = """
INSERT INTO consents_consent AS held (id, tenant_id, user_id, client_id, scopes)
VALUES (%s, %s, %s, %s, %s::varchar[])
ON CONFLICT (tenant_id, user_id, client_id) DO UPDATE
SET scopes = ARRAY(SELECT DISTINCT unnest(held.scopes || excluded.scopes) ORDER BY 1),
    updated_at = now()
RETURNING id
"""


def standing(*, user: User, client: Client) -> frozenset[str]:
    """The scopes that `user` has allowed `client` so far; empty if none."""
    rows = Consent.objects.filter(tenant=user.tenant_id, user=user, client=client)
    scopes = rows.values_list("scopes", flat=True).first()
    return frozenset(scopes or ())


def is_needed(*, user: User, client: Client, scopes: Iterable[str]) -> bool:
    """Whether the person must still be asked. First-party clients never ask."""
    return not client.skip_authorization and not standing(user=user, client=client).issuperset(
        scopes
    )


@transaction.atomic
def give(
    *,
    user: User,
    client: Client,
    scopes: Iterable[str],
    documents: Mapping[str, str],
    actor: Actor,
) -> frozenset[str]:
    """Add `scopes` to what `user` allows `client`; returns what was asked for here.

    `documents` are the addresses of the client's policy and terms that the page showed: the audit
    row keeps them with its time (contract 2.8: acceptance is recorded).
    """
    wanted = sorted(set(scopes))
    with connection.cursor() as cursor:
        cursor.execute(_UNITE, [uuid7(), user.tenant_id, user.pk, client.pk, wanted])
    recording.record(
        events.CONSENT_GIVEN,
        actor=actor,
        tenant_id=user.tenant_id,
        subject=recording.Subject("client", client.pk, client.client_id),
        data={"scopes": list(wanted), "documents": dict(documents)},
    )
    return frozenset(wanted)


def refuse(*, user: User, client: Client, scopes: Iterable[str], actor: Actor) -> None:
    """Nothing is stored but the audit row: the next request asks again."""
    recording.record(
        events.CONSENT_REFUSED,
        actor=actor,
        tenant_id=user.tenant_id,
        subject=recording.Subject("client", client.pk, client.client_id),
        outcome=recording.Outcome.REFUSED,
        data={"scopes": sorted(set(scopes))},
    )


@transaction.atomic
def withdraw(*, user: User, client: Client, actor: Actor) -> bool:
    """Disconnect `client`: the consent is gone and every grant of `user` there is dead.

    False if there was nothing to withdraw. A first-party client, which has no consent row, loses
    its grants as well.
    """
    removed, _ = Consent.objects.filter(tenant=user.tenant_id, user=user, client=client).delete()
    revoked = grants.revoke_of(user=user, client=client, reason=grants.CONSENT_WITHDRAWN)
    if not removed and not revoked:
        return False
    signals.consent_withdrawn.send(sender=Consent, user=user, client=client, actor=actor)
    recording.record(
        events.CONSENT_WITHDRAWN,
        actor=actor,
        tenant_id=user.tenant_id,
        subject=recording.Subject("client", client.pk, client.client_id),
        data={"grants_revoked": revoked},
    )
    return True
