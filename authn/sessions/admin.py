"""Sessions in the console: who is signed in where, and ending it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from authn.sessions import lifecycle
from authn.sessions.models import EndReason, LoginSession, TokenGrant
from identity.console import extending
from identity.console.acting import Act, Done
from identity.console.bases import CommandAdmin
from identity.console.display import code, column, link, moment, pill
from identity.console.door import visitor_of
from identity.console.filters import ChoiceFilter, TextFilter
from identity.console.sections import Section
from identity.console.site import site
from identity.console.tables import Table
from identity.kernel.client_events import describe
from identity.kernel.errors import NotFound
from identity.kernel.text import fold
from tenants.users.models import Identifier, User

_MATCHES_MOST: Final = 200
_OF_USER_SHOWN: Final = 10
_GRANTS_SHOWN: Final = 50
_REASONS: Final = {
    EndReason.SIGNED_OUT: _("Signed out"),
    EndReason.ENDED_BY_OWNER: _("Ended by its owner"),
    EndReason.ENDED_BY_OPERATOR: _("Ended by an operator"),
    EndReason.USER_DISABLED: _("User deactivated"),
    EndReason.CREDENTIAL_CHANGED: _("Password or other proof changed"),
    EndReason.REPLACED: _("Replaced by a new one"),
    EndReason.SURPLUS: _("Too many at once"),
    EndReason.EXPIRED: _("Expired"),
}


class StandingFilter(ChoiceFilter):
    """Live or over."""

    title = _("Standing")
    parameter_name = "standing"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Two."""
        return [("live", _("Live")), ("over", _("Over"))]

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Sessions that live, or those that did."""
        if value == "live":
            return queryset.live()  # type: ignore[attr-defined,no-any-return]  # of LoginSession
        now = timezone.now()
        is_over = Q(ended_at__isnull=False) | Q(expires_at__lte=now) | Q(idle_expires_at__lte=now)
        return queryset.filter(is_over)


class UserFilter(TextFilter):
    """Sessions of one person."""

    title = _("User")
    parameter_name = "user"
    hint = _("user name or e-mail")

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Sessions of whoever is called so."""
        if "\0" in value:
            return queryset.none()
        named = Identifier.objects.filter(key=fold(value)).values("user_id")[:_MATCHES_MOST]
        return queryset.filter(user_id__in=named)


def _end(request: HttpRequest, session: LoginSession, _data: Mapping[str, Any]) -> Done:
    is_ended = lifecycle.end(
        session=session, reason=EndReason.ENDED_BY_OPERATOR, actor=visitor_of(request).actor
    )
    if not is_ended:
        raise NotFound("This session has ended")
    return Done(_("The session is ended, and its tokens with it."), session)


def _end_all(request: HttpRequest, user: User, _data: Mapping[str, Any]) -> Done:
    count = lifecycle.end_all(
        user=user, reason=EndReason.ENDED_BY_OPERATOR, actor=visitor_of(request).actor
    )
    return Done(ngettext("%d session ended.", "%d sessions ended.", count) % count, user)


@admin.register(LoginSession, site=site)
class LoginSessionAdmin(CommandAdmin):
    """Sign-ins of people in browsers."""

    section = Section.SECURITY
    names = (_("session"), _("sessions"))
    list_display = ("user", "device", "address", "standing", "began", "seen")
    list_filter = (StandingFilter, UserFilter)
    list_select_related = ("user",)
    empty_title = _("Nobody has signed in yet")
    empty_text = _("A session appears with each sign-in and is kept for a while after its end.")
    fieldsets = (
        (None, {"fields": ("user_shown", "standing", "reason", "sid", "proofs", "assurance")}),
        (_("Began"), {"fields": ("began", "device", "address", "country")}),
        (_("Last seen"), {"fields": ("seen", "last_device", "last_address")}),
        (_("Ends"), {"fields": ("idles_out", "ends", "ended")}),
    )
    readonly_fields = (
        *("user_shown", "standing", "reason", "sid", "proofs", "assurance", "began", "device"),
        *("address", "country", "seen", "last_device", "last_address"),
        *("idles_out", "ends", "ended"),
    )
    acts = (
        Act(
            "end",
            _("End"),
            _end,
            question=_("This person is signed out there; tokens of this session stop working."),
            is_dangerous=True,
            is_bulk=True,
            may=lambda _request, session: session.ended_at is None,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the digest of the browser's secret (AD04)."""
        return super().get_queryset(request).select_related("user").defer("secret_digest")

    def label(self, obj: LoginSession) -> str:
        """Whose session."""
        return gettext("Session of %(user)s") % {"user": obj.user}

    def heading(self, obj: LoginSession) -> str:
        """Where."""
        return self.device(obj)

    def tables(self, request: HttpRequest, obj: LoginSession) -> Sequence[Table]:
        """What was granted to clients in it."""
        found = TokenGrant.objects.filter(tenant_id=obj.tenant_id, session=obj)
        rows = [
            (
                link(grant.client, reverse("admin:clients_client_change", args=[grant.client_id])),
                ", ".join(grant.scopes),
                moment(grant.created_at),
                pill(gettext("Revoked"), "bad")
                if grant.revoked_at
                else pill(gettext("Live"), "ok"),
            )
            for grant in found.select_related("client").order_by("-id")[:_GRANTS_SHOWN]
        ]
        columns = (_("Client"), _("Scopes"), _("Since"), _("State"))
        return (Table(_("Granted in it"), columns, rows, _("Nothing was granted to a client.")),)

    @admin.display(description=_("User"))
    def user_shown(self, obj: LoginSession) -> str:
        """Whose it is."""
        return link(obj.user, reverse("admin:users_user_change", args=[obj.user_id]))

    @admin.display(description=_("Device"))
    def device(self, obj: LoginSession) -> str:
        """Browser and system."""
        return describe(obj.created_user_agent).title

    @admin.display(description=_("Device"))
    def last_device(self, obj: LoginSession) -> str:
        """Browser and system."""
        return describe(obj.last_access_user_agent).title

    @admin.display(description=_("Address"))
    def address(self, obj: LoginSession) -> str:
        """Where it began."""
        return code(obj.created_ip)

    @admin.display(description=_("Address"))
    def last_address(self, obj: LoginSession) -> str:
        """Where it was seen last."""
        return code(obj.last_access_ip)

    @admin.display(description=_("Standing"))
    def standing(self, obj: LoginSession) -> str:
        """Live or over."""
        if obj.is_live:
            return pill(gettext("Live"), "ok", "check")
        return pill(gettext("Ended") if obj.ended_at else gettext("Expired"))

    @admin.display(description=_("Reason"))
    def reason(self, obj: LoginSession) -> str:
        """Why it is over."""
        return str(_REASONS[EndReason(obj.end_reason)]) if obj.end_reason else "–"

    @admin.display(description=_("Session id (sid)"))
    def sid(self, obj: LoginSession) -> str:
        """As tokens name it."""
        return code(obj.pk)

    @admin.display(description=_("Proved by (amr)"))
    def proofs(self, obj: LoginSession) -> str:
        """RFC 8176 words."""
        return ", ".join(obj.amr) or "–"

    country = column("created_country", _("Country"))
    assurance = column("acr", _("Assurance (acr)"))

    @admin.display(description=_("Began"))
    def began(self, obj: LoginSession) -> str:
        """When."""
        return moment(obj.created_at)

    @admin.display(description=_("Last seen"))
    def seen(self, obj: LoginSession) -> str:
        """When, to the minute."""
        return moment(obj.last_access_at)

    @admin.display(description=_("Idles out"))
    def idles_out(self, obj: LoginSession) -> str:
        """When, if nothing happens."""
        return moment(obj.idle_expires_at)

    @admin.display(description=_("Ends"))
    def ends(self, obj: LoginSession) -> str:
        """When at the latest."""
        return moment(obj.expires_at)

    @admin.display(description=_("Ended"))
    def ended(self, obj: LoginSession) -> str:
        """When it did."""
        return moment(obj.ended_at)


def _of_user(_request: HttpRequest, user: User) -> Table:
    found = LoginSession.objects.filter(tenant_id=user.tenant_id, user=user)
    page: Any = site.get_model_admin(LoginSession)
    rows = [
        (
            link(
                page.device(each),
                reverse("admin:login_sessions_loginsession_change", args=[each.pk]),
            ),
            page.address(each),
            page.began(each),
            page.standing(each),
        )
        for each in found.order_by("-id")[:_OF_USER_SHOWN]
    ]
    columns = (_("Device"), _("Address"), _("Began"), _("Standing"))
    return Table(_("Sessions"), columns, rows, _("Has not signed in."))


extending.add_act(
    User,
    Act(
        "end-sessions",
        _("End all sessions"),
        _end_all,
        question=_(
            "This person is signed out everywhere; all tokens of the sessions stop working."
        ),
        is_dangerous=True,
        is_bulk=True,
    ),
)
extending.add_table(User, _of_user)
