"""Sign-in tickets: a proof made over an API, applied later in the attempt's own browser.

The contract's `nonce` (2.5): 60 s, once, bound to attempt and person. Making a proof never moves
the browser's attempt: only the ticket does, where the browser's cookie has matched.
"""

from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from authn.login import attempts
from authn.login.models import LoginAttempt, SignInTicket
from identity.kernel.secrets import Secret, digest, generate
from tenants.registry.models import Tenant
from tenants.users.models import User

LIFETIME: Final = timedelta(seconds=60)
_PURPOSE: Final = "sign-in-ticket"


def issue(*, tenant: Tenant, proofs: attempts.Proofs, attempt: LoginAttempt | None) -> Secret:
    """A ticket for `attempt`; None: for an attempt at the tenant's own sign-in page."""
    secret = generate("")
    SignInTicket.objects.create(
        tenant_id=tenant.id,
        digest=digest(secret.reveal(), _PURPOSE),
        attempt=attempt,
        user=proofs.user,
        methods=list(proofs.methods),
        amr=list(proofs.amr),
        proved_at=proofs.proved_at,
        expires_at=timezone.now() + LIFETIME,
    )
    return secret


def redeem(*, tenant: Tenant, nonce: str, attempt: LoginAttempt) -> attempts.Proofs | None:
    """The proofs behind a ticket, which is used up; None if it is not good for `attempt`.

    One conditional UPDATE decides: the same ticket fifty times at once is one success.
    """
    now = timezone.now()
    rows = SignInTicket.objects.filter(
        tenant_id=tenant.id,
        digest=digest(nonce, _PURPOSE),
        used_at=None,
        expires_at__gt=now,
    )
    # A ticket made outside any flow opens only what began at the tenant's own page.
    is_its_own = Q(attempt=attempt)
    rows = rows.filter(is_its_own if attempt.client_id else is_its_own | Q(attempt=None))
    if not rows.update(used_at=now):
        return None
    ticket = SignInTicket.objects.select_related("user").get(
        tenant_id=tenant.id, digest=digest(nonce, _PURPOSE)
    )
    user: User = ticket.user
    if user.is_disabled:
        return None
    return attempts.Proofs(user, tuple(ticket.methods), tuple(ticket.amr), ticket.proved_at)
