"""Encryption keys: what people's pages seal to. Private parts are not read."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.console.acting import Act, Done
from identity.console.bases import CommandAdmin
from identity.console.display import code, moment, pill
from identity.console.door import visitor_of
from identity.console.sections import Section
from identity.console.site import site
from tenants.keys import encryption_rotation
from tenants.keys.models import EncryptionKey


class RotateForm(forms.Form):
    """How fast."""

    is_compromised = forms.BooleanField(
        label=_("Compromised: the present keys open nothing any more"), required=False
    )


def _rotate(request: HttpRequest, key: EncryptionKey, data: Mapping[str, Any]) -> Done:
    following = encryption_rotation.rotate(
        tenant=key.tenant,
        is_compromised=data["is_compromised"],
        actor=visitor_of(request).actor,
    )
    return Done(_("This is the key that follows."), following)


@admin.register(EncryptionKey, site=site)
class EncryptionKeyAdmin(CommandAdmin):
    """Keys of a tenant that pages seal to (HPKE, X25519)."""

    section = Section.SECURITY
    names = (_("encryption key"), _("encryption keys"))
    list_display = ("kid_shown", "state", "activates", "retires")
    list_select_related = ("tenant",)
    empty_title = _("No encryption key yet")
    empty_text = _("A key is made with the tenant and rotates by itself.")
    fieldsets = ((None, {"fields": ("kid_shown", "state", "created", "activates", "retires")}),)
    readonly_fields = ("kid_shown", "state", "created", "activates", "retires")
    acts = (
        Act(
            "rotate",
            _("Rotate"),
            _rotate,
            question=_("Another key takes over. Keys rotate by themselves."),
            form=RotateForm,
            may=lambda _request, key: key.retires_at is None,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the sealed private parts: nothing here could show them (AD04)."""
        return super().get_queryset(request).defer("private_sealed")

    def heading(self, obj: EncryptionKey) -> str:
        """Whose key."""
        return gettext("Encryption key of %(tenant)s") % {"tenant": obj.tenant}

    @admin.display(description=_("Key id"))
    def kid_shown(self, obj: EncryptionKey) -> str:
        """As challenges name it."""
        return code(obj.kid)

    @admin.display(description=_("State"))
    def state(self, obj: EncryptionKey) -> str:
        """In a word."""
        now = timezone.now()
        if obj.activates_at > now:
            return pill(gettext("Next"), "", "clock")
        if obj.retires_at is not None and obj.retires_at <= now:
            return pill(gettext("Opens only"), "warn", "clock")
        return pill(gettext("In use"), "ok", "check")

    @admin.display(description=_("Created"))
    def created(self, obj: EncryptionKey) -> str:
        """When it was made."""
        return moment(obj.created_at)

    @admin.display(description=_("In use from"))
    def activates(self, obj: EncryptionKey) -> str:
        """When pages begin to seal to it."""
        return moment(obj.activates_at)

    @admin.display(description=_("In use until"))
    def retires(self, obj: EncryptionKey) -> str:
        """When another follows."""
        return moment(obj.retires_at)
