"""Signing keys in the console: what signs, what follows, and rotating. Private parts are not read."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from identity.console import panels
from identity.console.acting import Act, Done
from identity.console.bases import CommandAdmin
from identity.console.display import code, moment, pill
from identity.console.door import Visitor, visitor_of
from identity.console.filters import ChoiceFilter
from identity.console.sections import Section
from identity.console.site import site
from tenants.keys import rotation
from tenants.keys.models import KeyState, SigningKey

_TONES: Final = {
    KeyState.NEXT: ("", "clock"),
    KeyState.ACTIVE: ("ok", "check"),
    KeyState.RETIRED: ("warn", "clock"),
    KeyState.GONE: ("", "x"),
}
_WORDS: Final = {
    KeyState.NEXT: _("Next"),
    KeyState.ACTIVE: _("Signs"),
    KeyState.RETIRED: _("Retired"),
    KeyState.GONE: _("Gone"),
}
_DUE_SHOWN: Final = 4
# What rotates by itself within this is worth a glance: some parties keep keys by hand.
_SOON: Final = timedelta(days=7)


class StateFilter(ChoiceFilter):
    """Where a key stands in its life."""

    title = _("State")
    parameter_name = "state"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Four states."""
        return [(str(state.value), title) for state, title in _WORDS.items()]

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Keys in this state."""
        return queryset.filter(state=value)


class RotateForm(forms.Form):
    """How fast."""

    how = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("planned", _("Planned: the next key is published now and signs in 24 hours")),
            ("now", _("Now: the next key signs at once, this one stays published")),
            ("compromised", _("Compromised: this key and all that it signed are void at once")),
        ],
        widget=forms.RadioSelect,
        initial="planned",
    )


def _rotate(request: HttpRequest, key: SigningKey, data: Mapping[str, Any]) -> Done:
    following = rotation.rotate(
        tenant=key.tenant,
        algorithm=key.algorithm,
        is_immediate=data["how"] == "now",
        is_compromised=data["how"] == "compromised",
        replaces=key.kid,
        actor=visitor_of(request).actor,
    )
    return Done(_("This is the key that follows."), following)


@admin.register(SigningKey, site=site)
class SigningKeyAdmin(CommandAdmin):
    """Keys of a tenant."""

    section = Section.SECURITY
    names = (_("signing key"), _("signing keys"))
    list_display = ("kid_short", "algorithm", "state_shown", "since", "until")
    list_filter = (StateFilter,)
    list_select_related = ("tenant",)
    search_fields = ("kid",)
    search_help_text = _("Key id (kid), in full")
    fieldsets = (
        (None, {"fields": ("kid_shown", "algorithm", "state_shown")}),
        (_("Life"), {"fields": ("created", "activates", "since", "until", "retired", "gone")}),
    )
    readonly_fields = (
        *("kid_shown", "algorithm", "state_shown", "created", "activates", "since", "until"),
        *("retired", "gone"),
    )
    acts = (
        Act(
            "rotate",
            _("Rotate"),
            _rotate,
            question=_("Another key takes over. Keys rotate by themselves every 90 days."),
            form=RotateForm,
            may=lambda _request, key: key.state == KeyState.ACTIVE,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the sealed private parts: nothing here could show them (AD04)."""
        return super().get_queryset(request).defer("private_sealed")

    def search(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By `kid`, which is unique."""
        return queryset.filter(kid=text)

    def heading(self, obj: SigningKey) -> str:
        """Whose key."""
        return gettext("Signing key of %(tenant)s") % {"tenant": obj.tenant}

    def label(self, obj: SigningKey) -> str:
        """Algorithm and the beginning of the id."""
        return f"{obj.algorithm} {obj.kid[:12]}…"

    @admin.display(description=_("Key id (kid)"))
    def kid_short(self, obj: SigningKey) -> str:
        """Enough to tell keys apart."""
        return code(f"{obj.kid[:12]}…")

    @admin.display(description=_("Key id (kid)"))
    def kid_shown(self, obj: SigningKey) -> str:
        """As tokens name it."""
        return code(obj.kid)

    @admin.display(description=_("State"))
    def state_shown(self, obj: SigningKey) -> str:
        """In a word."""
        state = KeyState(obj.state)
        tone, icon = _TONES[state]
        return pill(_WORDS[state], tone, icon)

    @admin.display(description=_("Created"))
    def created(self, obj: SigningKey) -> str:
        """When it was made."""
        return moment(obj.created_at)

    @admin.display(description=_("To sign from"))
    def activates(self, obj: SigningKey) -> str:
        """When it may begin."""
        return moment(obj.activates_at)

    @admin.display(description=_("Signs since"))
    def since(self, obj: SigningKey) -> str:
        """When it began."""
        return moment(obj.activated_at)

    @admin.display(description=_("Signs until"))
    def until(self, obj: SigningKey) -> str:
        """When another follows."""
        return moment(obj.retires_at)

    @admin.display(description=_("Retired"))
    def retired(self, obj: SigningKey) -> str:
        """When it stopped."""
        return moment(obj.retired_at)

    @admin.display(description=_("Gone"))
    def gone(self, obj: SigningKey) -> str:
        """When it left the key set."""
        return moment(obj.gone_at)


def _keys_due(visitor: Visitor) -> panels.Panel:
    due = SigningKey.objects.filter(state=KeyState.ACTIVE).defer("private_sealed")
    if not visitor.is_operator:
        due = due.filter(tenant_id=visitor.tenant_id)
    rows = [
        _due_row(key, visitor)
        for key in due.select_related("tenant").order_by("retires_at")[:_DUE_SHOWN]
    ]
    return panels.Rows(
        title=_("Keys due"),
        rows=rows,
        empty=_("No key signs yet."),
        more_url=reverse("admin:tenant_keys_signingkey_changelist"),
    )


def _due_row(key: SigningKey, visitor: Visitor) -> panels.Row:
    left = (key.retires_at or timezone.now()) - timezone.now()
    days = max(0, left.days)
    text = ngettext(
        "%(algorithm)s, another follows in %(days)d day",
        "%(algorithm)s, another follows in %(days)d days",
        days,
    )
    is_soon = left < _SOON
    return panels.Row(
        title=str(key.tenant) if visitor.is_operator else key.algorithm,
        text=text % {"algorithm": key.algorithm, "days": days},
        icon="key",
        badge=_("Soon") if is_soon else _("Fine"),
        tone="warn" if is_soon else "ok",
        url=reverse("admin:tenant_keys_signingkey_change", args=[key.pk]),
    )


panels.register("keys-due", _keys_due, place=60)
