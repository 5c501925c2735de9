"""News from below: what a code was asked for is over."""

from typing import Any

from django.dispatch import receiver

from authn.authenticators.signals import image_changed
from authn.recovery import codes
from tenants.users.models import User


@receiver(image_changed, dispatch_uid="recovery.forget_code")
def forget_code(*, user: User, **_: Any) -> None:
    """A code that was mailed before the picture changed opens nothing after it (PR02)."""
    codes.forget(user=user)
