"""Devices and countries that a person signs in from; news of a new one goes to them (BF22)."""

from uuid import UUID

from django.db import connection

from authn.login import topics
from authn.login.models import PlaceKind
from authn.sessions.models import LoginSession
from identity.kernel.actors import Origin
from identity.kernel.client_events import describe
from identity.kernel.identifiers import uuid7
from identity.outbox import sending
from tenants.registry.models import Tenant
from tenants.users.models import User


def visit(
    *, tenant: Tenant, user: User, session: LoginSession, origin: Origin, is_first: bool
) -> None:
    """Where this sign-in came from is familiar from now on. One statement, which writes nothing
    where all was familiar before.

    Queues the notice if a device (browser and system, whatever their versions) or country is new,
    except at the very first sign-in, when everything is.
    """
    seen = [(PlaceKind.DEVICE, describe(origin.user_agent).key[:160])]
    if origin.country:
        seen.append((PlaceKind.COUNTRY, origin.country))
    values: list[UUID | str] = []
    for kind, name in seen:
        values += [uuid7(), tenant.id, user.id, kind, name]
    rows = ", ".join(["(%s, %s, %s, %s, %s)"] * len(seen))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO login_familiarplace (id, tenant_id, user_id, kind, name) VALUES {rows}
            ON CONFLICT (tenant_id, user_id, kind, name) DO NOTHING
            RETURNING kind
            """,  # noqa: S608  only the number of rows varies
            values,
        )
        is_news = cursor.fetchone() is not None
    if is_news and not is_first and tenant.policy.session.notify_new_device:
        # No limit per hour: each place is news once, and only to who proved themselves.
        sending.enqueue(
            topics.NEW_SIGN_IN.name,
            {"context": {"user": str(user.id), "session": str(session.id)}},
            tenant_id=tenant.id,
            destination="mail",
            about=str(user.id),
        )
