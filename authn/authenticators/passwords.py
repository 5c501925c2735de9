"""Passwords: set, verified, and the rules for choosing one (NIST SP 800-63B-4 §3.1.1)."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.db import transaction
from django.utils import timezone

from authn.authenticators import events, hashing
from authn.authenticators.models import Password
from authn.authenticators.signals import password_changed
from identity.audit import recording
from identity.kernel.actors import Actor
from identity.kernel.errors import Invalid, NotFound
from identity.kernel.secrets import is_repetition
from identity.kernel.text import fold
from identity.tenancy.prepared import Prepared
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User

# NIST SP 800-63B-4 §3.1.1.2: 15 where a password is the only factor. Code points are counted.
MINIMUM_CHARACTERS: Final = 15
# Longer input is refused before it is hashed (BF18); 64 is what the norm asks for at least.
MAXIMUM_CHARACTERS: Final = 1_024
_NOBODY: Final = UUID(int=0)
_OF_USER: Final = Prepared(
    lambda tenant, user: Password.objects.filter(tenant_id=tenant, user_id=user),
    tenant=UUID,
    user=UUID,
)
_WORD: Final = re.compile(r"\w+")
# What a finger types along a row of keys or a child recites, said over and over.
_RUNS: Final = tuple(
    row * (MAXIMUM_CHARACTERS // len(row) + 2)
    for row in (
        *("0123456789", "1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop"),
        *("qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn"),
    )
)
# A context word shorter than this would forbid half the dictionary.
_CONTEXT_WORD_MINIMUM: Final = 4
# What must be left of a password when the words that everybody knows are taken out.
_OWN_CHARACTERS_MINIMUM: Final = 8


def normalised(password: str) -> str:
    """NFC, so that the same keys typed on two systems are one password; never trimmed (BF19)."""
    return unicodedata.normalize("NFC", password)


def require_acceptable(password: str, *, tenant: Tenant, names: Iterable[str]) -> None:
    """Raise Invalid("password", why) for a password that guessers try first.

    No composition rules and no expiry, as the norm demands. `names` are the person's own: user
    name, e-mail, display name.
    """
    text = normalised(password)
    if "\x00" in text:
        raise Invalid("password", "contains a character that cannot be typed")
    if len(text) < MINIMUM_CHARACTERS:
        raise Invalid("password", f"must have at least {MINIMUM_CHARACTERS} characters")
    if len(text) > MAXIMUM_CHARACTERS:
        raise Invalid("password", f"must have at most {MAXIMUM_CHARACTERS} characters")
    folded = fold(text)
    if folded in _common() or is_repetition(folded) or _is_run(folded):
        raise Invalid("password", "is among the first that attackers try")
    if _own_part(folded, tenant, names) < _OWN_CHARACTERS_MINIMUM:
        raise Invalid("password", "is made of names that everybody knows")


def set_password(*, user: User, password: str, actor: Actor) -> None:
    """Give `user` this password. Afterwards only it verifies; the rooms above end other sessions.

    Raises Invalid if it may not be chosen.
    """
    with tenant_scope(user.tenant_id):
        require_acceptable(
            password, tenant=user.tenant, names=(user.username, user.email, user.name)
        )
        verifier = hashing.make(normalised(password))
        with transaction.atomic():
            _, is_first = Password.objects.update_or_create(
                tenant_id=user.tenant_id,
                user=user,
                defaults={"verifier": verifier, "changed_at": timezone.now()},
            )
            recording.record(
                events.PASSWORD_SET,
                actor=actor,
                tenant_id=user.tenant_id,
                subject=recording.Subject("user", user.id, user.username),
            )
            password_changed.send(sender=User, user=user, actor=actor, is_first=is_first)


def remove(*, user: User, actor: Actor) -> None:
    """Take the password away. Raises NotFound if there is none."""
    with tenant_scope(user.tenant_id), transaction.atomic():
        deleted, _ = Password.objects.filter(tenant_id=user.tenant_id, user=user).delete()
        if not deleted:
            raise NotFound("There is no password")
        recording.record(
            events.PASSWORD_REMOVED,
            actor=actor,
            tenant_id=user.tenant_id,
            subject=recording.Subject("user", user.id, user.username),
        )
        password_changed.send(sender=User, user=user, actor=actor, is_first=False)


def verify(*, user: User | None, password: str) -> bool:
    """Whether this is the user's password: one statement and one hash, for nobody as for somebody.

    Call it outside transactions, after `guard.reserve`. A verifier of older parameters is replaced
    on the way. Over-long input is wrong without being hashed (BF18).
    """
    row = _row_of(user)
    if row is None:
        _OF_USER.imitate()
    if len(password) > MAXIMUM_CHARACTERS or "\x00" in password:
        return False
    text = normalised(password)
    is_right = hashing.matches(text, row.verifier if row else None)
    if is_right and row is not None and hashing.is_outdated(row.verifier):
        # Only if nobody changed it meanwhile: the old verifier is part of the condition.
        Password.objects.filter(tenant_id=row.tenant_id, id=row.id, verifier=row.verifier).update(
            verifier=hashing.make(text)
        )
    return is_right


def has_password(user: User) -> bool:
    """Whether a password is enrolled."""
    return Password.objects.filter(tenant_id=user.tenant_id, user=user).exists()


def _row_of(user: User | None) -> Password | None:
    # The same statement for nobody: its time must not tell (EN02).
    tenant_id, user_id = (user.tenant_id, user.id) if user else (_NOBODY, _NOBODY)
    return _OF_USER.first(tenant=tenant_id, user=user_id)


def _own_part(folded: str, tenant: Tenant, names: Iterable[str]) -> int:
    known = (tenant.slug, tenant.display_name, *names)
    words = {word for name in known for word in _WORD.findall(fold(name))}
    left = folded
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _CONTEXT_WORD_MINIMUM:
            left = left.replace(word, "")
    if left == folded:
        return len(folded)
    # What joins the names ("ada.byron@…") is no more secret than they are.
    return sum(character.isalnum() for character in left)


def _is_run(folded: str) -> bool:
    return any(folded in run or folded[::-1] in run for run in _RUNS)


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)
