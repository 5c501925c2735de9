"""Reset codes: the same eight characters as other mailed codes, in a table of their own."""

from typing import Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from authn.login import email_codes
from authn.recovery.models import ResetCode
from identity.kernel.secrets import Secret, digest
from tenants.users.models import User

LIFETIME: Final = email_codes.LIFETIME
_PURPOSE: Final = "reset-code"
_NOBODY: Final = UUID(int=0)
_REDEEM: Final = """
UPDATE recovery_resetcode
   SET tries_left = CASE WHEN digest = %(presented)s THEN 0 ELSE tries_left - 1 END
 WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND address_key = %(address)s
   AND tries_left > 0 AND expires_at > %(now)s
RETURNING digest = %(presented)s
"""


def mint(*, user: User) -> Secret:
    """A new code, the only one that counts for `user` from now on; five tries, ten minutes."""
    code = email_codes.random_code()
    now = timezone.now()
    ResetCode.objects.update_or_create(
        tenant_id=user.tenant_id,
        user=user,
        defaults={
            "digest": _digest(user.id, code.reveal()),
            "address_key": user.email_key,
            "tries_left": email_codes.TRIES,
            "sent_at": now,
            "expires_at": now + LIFETIME,
        },
    )
    return code


def redeem(*, tenant_id: UUID, user: User | None, typed: str) -> bool:
    """Whether `typed` is the running code; it is then used up. Costs a try, right or wrong, and the
    same statement where nobody is named. One conditional UPDATE judges: of fifty requests at once
    one gets it (PR01)."""
    user_id = user.id if user else _NOBODY
    with connection.cursor() as cursor:
        cursor.execute(
            _REDEEM,
            {
                "presented": _digest(user_id, email_codes.plain(typed)),
                "tenant": tenant_id,
                "user": user_id,
                "address": user.email_key if user else "",
                "now": timezone.now(),
            },
        )
        row = cursor.fetchone()
    return row is not None and bool(row[0])


def forget(*, user: User) -> None:
    """No code of `user` counts any more."""
    ResetCode.objects.filter(tenant_id=user.tenant_id, user=user).delete()


def _digest(user_id: UUID, code: str) -> bytes:
    return digest(f"{user_id}:{code}", _PURPOSE)
