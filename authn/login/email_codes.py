"""Codes that prove a person reads their mail (contract 2.5: 8 characters, 10 minutes, 5 tries).

A code is made when its letter is, so that nothing that waits to be sent holds one.
"""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from authn.login.models import EmailCode
from identity.kernel.secrets import Secret, digest
from tenants.users.models import User

LIFETIME: Final = timedelta(minutes=10)
TRIES: Final = 5
# One letter a minute: a person may press "send again", a script may not fill a mailbox.
RESEND_AFTER: Final = timedelta(minutes=1)
# Without 0 O 1 I L, so that nothing is misread: 31 symbols, 8 of them are 39.6 bits.
_ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_LENGTH: Final = 8
_PURPOSE: Final = "email-code"
_NOBODY: Final = UUID(int=0)


def is_recent(*, user: User) -> bool:
    """Whether a letter with a code that may still be tried went out within the last minute."""
    return EmailCode.objects.filter(
        tenant_id=user.tenant_id,
        user_id=user.id,
        address_key=user.email_key,
        sent_at__gt=timezone.now() - RESEND_AFTER,
        tries_left__gt=0,
    ).exists()


def random_code() -> Secret:
    """Eight characters that nobody can guess in five tries."""
    return Secret("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)))


def mint(*, user: User) -> Secret:
    """A new code, the only one that counts for `user` from now on; five tries, ten minutes."""
    code = random_code()
    now = timezone.now()
    EmailCode.objects.update_or_create(
        tenant_id=user.tenant_id,
        user=user,
        defaults={
            "digest": digest(f"{user.id}:{code.reveal()}", _PURPOSE),
            "address_key": user.email_key,
            "tries_left": TRIES,
            "sent_at": now,
            "expires_at": now + LIFETIME,
        },
    )
    return code


def redeem(*, user: User | None, typed: str) -> bool:
    """Whether `typed` is the running code; it is then used up. Costs a try, right or wrong, and the
    same statement where nobody is named.

    Case, spaces and hyphens do not matter. One conditional UPDATE takes the try and judges, so
    that fifty requests at once are five tries and one success.
    """
    tenant_id, user_id, address_key = (
        (user.tenant_id, user.id, user.email_key) if user else (_NOBODY, _NOBODY, "")
    )
    presented = digest(f"{user_id}:{plain(typed)}", _PURPOSE)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE login_emailcode
               SET tries_left = CASE WHEN digest = %s THEN 0 ELSE tries_left - 1 END
             WHERE tenant_id = %s AND user_id = %s AND address_key = %s
               AND tries_left > 0 AND expires_at > %s
            RETURNING digest = %s
            """,
            [
                presented,
                *(tenant_id, user_id, address_key),
                *(timezone.now(), presented),
            ],
        )
        row = cursor.fetchone()
    return row is not None and bool(row[0])


def plain(typed: str) -> str:
    """What was typed, as the code was made."""
    return "".join(typed.split()).replace("-", "").upper()


def shown(code: Secret) -> str:
    """The code as a letter shows it: in two groups."""
    text = code.reveal()
    return f"{text[:4]} {text[4:]}"
