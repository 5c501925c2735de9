"""Rows that say nothing any more are removed; nothing depends on when (expiry is tested at use)."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from identity.kernel import jobs
from oidc.provider.models import AccessToken, AuthorizationCode, AuthorizationRequest, RefreshToken

EVERY: Final = timedelta(hours=1)
# A code is remembered as used for as long as what it issued may go on by refreshing daily; past
# that a replay finds nothing, and there is nothing left to kill but by its owner.
CODE_MEMORY: Final = timedelta(days=30)


def run() -> None:
    """Remove what expired. A used refresh token stays until its own end, as proof of theft."""
    now = timezone.now()
    AuthorizationRequest.objects.filter(expires_at__lte=now).delete()
    AuthorizationCode.objects.filter(expires_at__lte=now - CODE_MEMORY).delete()
    RefreshToken.objects.filter(expires_at__lte=now).delete()
    AccessToken.objects.filter(expires_at__lte=now).delete()


def register() -> None:
    """Declare the job."""
    jobs.register("provider.clean", EVERY, run)
