"""Sign-ins on the console's start page: how many, how many failed, and why."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authn.login import events
from identity.audit import counting
from identity.console import panels
from identity.console.door import Visitor

_DAYS: Final = 14
_REASONS_SHOWN: Final = 5
_REFUSED: Final = (events.LOGIN_FAILED.name, events.LOGIN_BLOCKED.name)
# Words for the reasons that steps and the guard record; a new one shows as it is called.
_REASONS: Final[Mapping[str, Any]] = {
    "wrong_password": _("Password wrong"),
    "unknown_user": _("Nobody of that name"),
    "user_disabled": _("User deactivated"),
    "method_disabled": _("Passwords not allowed"),
    "wrong_code": _("Code wrong or used"),
    "address_blocked": _("Address blocked"),
    "user_blocked": _("User blocked"),
    "device_blocked": _("Device blocked"),
    "": _("Not told"),
}


def _counts(visitor: Visitor) -> list[tuple[date, int, int]]:
    found = counting.per_day(
        events.LOGIN_COMPLETED.name,
        *_REFUSED,
        days=_DAYS,
        tenant_id=None if visitor.is_operator else visitor.tenant_id,
        today=timezone.now().date(),
    )
    refused = zip(*(found[name] for name in _REFUSED), strict=True)
    return [
        (day, completed, sum(number for _day, number in parts))
        for (day, completed), parts in zip(found[events.LOGIN_COMPLETED.name], refused, strict=True)
    ]


def _today(visitor: Visitor) -> panels.Panel:
    days = _counts(visitor)
    _day, completed, _refused = days[-1]
    yesterday = days[-2][1]
    return panels.Tile(
        label=_("Sign-ins today"),
        value=completed,
        note=gettext("%(number)d yesterday") % {"number": yesterday},
        trend=[good for _on, good, _bad in days],
        url=f"{reverse('admin:audit_event_changelist')}?type={events.LOGIN_COMPLETED.name}",
    )


def _failures(visitor: Visitor) -> panels.Panel:
    days = _counts(visitor)
    _day, completed, refused = days[-1]
    tries = completed + refused
    share = gettext("%(share).1f %% of tries") % {"share": 100 * refused / tries} if tries else ""
    return panels.Tile(
        label=_("Failures today"),
        value=refused,
        note=share,
        tone="warn" if refused > completed else "",
        trend=[bad for _on, _good, bad in days],
        url=f"{reverse('admin:audit_event_changelist')}?type={events.LOGIN_FAILED.name}",
    )


def _over_time(visitor: Visitor) -> panels.Panel:
    return panels.Days(
        title=_("Sign-ins"),
        note=_("Last 14 days, UTC"),
        good=_("Completed"),
        bad=_("Refused"),
        days=_counts(visitor),
        empty=_("Nobody has tried to sign in in the last 14 days."),
    )


def _why(visitor: Visitor) -> panels.Panel:
    counts = counting.reasons(
        *_REFUSED, hours=24, tenant_id=None if visitor.is_operator else visitor.tenant_id
    )
    return panels.Bars(
        title=_("Why they failed"),
        note=_("Last 24 hours"),
        counts=[
            (_REASONS.get(reason, reason.replace("_", " ")), number)
            for reason, number in counts[:_REASONS_SHOWN]
        ],
        empty=_("No sign-in failed in the last 24 hours."),
    )


panels.register("sign-ins-today", _today, place=10)
panels.register("failures-today", _failures, place=20)
panels.register("sign-ins", _over_time, place=50)
panels.register("failures", _why, place=55)
