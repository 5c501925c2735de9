"""Sessions and grants that have been over for long go."""

from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from authn.sessions.models import LoginSession, TokenGrant

# Long enough to answer "who was that last month?"; the audit trail keeps what must stay longer.
KEEP: Final = timedelta(days=90)
_BATCH: Final = 5_000


def prune() -> None:
    """Afterwards nothing is left that ended or was revoked more than 90 days ago, up to 5,000 of
    each a turn. Runs in the platform's scope."""
    before = timezone.now() - KEEP
    grants = TokenGrant.objects.filter(
        Q(revoked_at__lt=before) | Q(expires_at__lt=before), user__isnull=False
    )
    TokenGrant.objects.filter(pk__in=list(grants.values_list("pk", flat=True)[:_BATCH])).delete()
    # Offline grants outlive their session: a session goes when nothing hangs on it any more.
    sessions = LoginSession.objects.filter(expires_at__lt=before, token_grants=None)
    LoginSession.objects.filter(
        pk__in=list(sessions.values_list("pk", flat=True)[:_BATCH])
    ).delete()
