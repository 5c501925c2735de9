"""Erasing what is personal. The chain holds digests only, under a salt that goes with the fact: it
stays whole, and nobody can find the fact by trying."""

from typing import Final
from uuid import UUID

from django.db import connection, transaction

from identity.audit.events import FACTS_ERASED
from identity.audit.recording import Subject, record
from identity.kernel.actors import Actor

_AS_ACTOR: Final = """
UPDATE audit_event
   SET facts = coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(facts)
                          WHERE NOT starts_with(key, 'actor.')), '{}')
 WHERE tenant_id = %(tenant)s AND (actor_id = %(person)s OR actor_owner_id = %(person)s)
   AND facts <> '{}'
"""
_AS_SUBJECT: Final = """
UPDATE audit_event
   SET facts = coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(facts)
                          WHERE starts_with(key, 'actor.')), '{}')
 WHERE tenant_id = %(tenant)s AND subject_id = %(person)s AND facts <> '{}'
"""


def erase(*, tenant_id: UUID, person_id: UUID, actor: Actor) -> int:
    """Afterwards no event of the tenant holds a personal fact of this person: neither name, address
    and browser where they acted, nor what was noted about them where they were the subject. What
    others did to them keeps the facts of those others. Returns how many rows were touched.

    Needs the platform's scope: a tenant's code cannot change its log.
    """
    values = {"tenant": tenant_id, "person": person_id}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_AS_ACTOR, values)
        touched: int = cursor.rowcount
        cursor.execute(_AS_SUBJECT, values)
        touched += cursor.rowcount
        record(
            FACTS_ERASED, actor=actor, tenant_id=tenant_id, subject=Subject("user", person_id),
            data={"rows": touched},
        )  # fmt: skip
    return touched
