"""What clients assert beside their proofs: kept for a while, never believed (contract 2.5, 2.6)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from authn.login.models import LivenessRecord
from identity.tenancy.scope import platform_scope
from tenants.users.models import User

# Long enough to look into a complaint; it holds device data.
KEPT: Final = timedelta(days=30)
_BATCH: Final = 20_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """A face check and the measured state of the picture, as the client tells them."""

    log_data: Mapping[str, Any] | None = None
    ber: Mapping[str, Any] | None = None

    def keep(self, *, user: User, act: str) -> None:
        """Part of a command whose proofs were right: strangers fill no table with it."""
        if self.log_data is None and self.ber is None:
            return
        LivenessRecord.objects.create(
            tenant_id=user.tenant_id,
            user=user,
            act=act,
            log_data=_text(self.log_data),
            ber=_text(self.ber),
            retain_until=timezone.now() + KEPT,
        )


NONE: Final = Evidence()


def prune() -> None:
    """What was kept long enough goes, up to 20,000 rows a turn."""
    with platform_scope():
        over = LivenessRecord.objects.filter(retain_until__lt=timezone.now())
        ids = list(over.values_list("id", flat=True)[:_BATCH])
        LivenessRecord.objects.filter(id__in=ids).delete()


def _text(said: Mapping[str, Any] | None) -> str:
    # ASCII with escapes: lone surrogates and NUL are no text for Postgres.
    return "" if said is None else json.dumps(said, separators=(",", ":"))
