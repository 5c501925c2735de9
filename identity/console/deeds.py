"""The pages of acts: asking before, doing it by one command, and doing it to several rows at once."""

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.console.acting import Act
from identity.console.forms import refuse
from identity.kernel.errors import DomainError, NotFound

if TYPE_CHECKING:
    from identity.console.bases import CommandAdmin

# More than a page offers is no honest list of ticked rows.
_ROWS_MOST: Final = 200


def offered(admin: "CommandAdmin", request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
    """What may be done to `obj` now, the harmless first."""
    name = f"admin:{admin.opts.app_label}_{admin.opts.model_name}"
    return [
        {
            "url": reverse(f"{name}_{act.name}", args=[obj.pk]),
            "title": act.title,
            "is_dangerous": act.is_dangerous,
        }
        for act in sorted(admin.all_acts(), key=lambda act: act.is_dangerous)
        if act.may(request, obj)
    ]


def ask_or_do(
    admin: "CommandAdmin", act: Act, request: HttpRequest, object_id: str
) -> HttpResponse:
    """GET asks, POST does; what the command refuses is said on the page that asked."""
    obj = admin.get_object(request, unquote(object_id))
    if not act.may(request, obj):
        raise PermissionDenied
    form = act.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                done = act.run(request, obj, form.cleaned_data)
        except NotFound:
            raise
        except DomainError as error:
            refuse(form, error, {})
        else:
            return admin.answer(request, done)
    context = {
        **admin.admin_site.each_context(request),
        "title": act.title,
        "subtitle": admin.label(obj),
        "act": act,
        "form": form,
        "obj": obj,
        "back_url": admin.url_of(obj),
        "opts": admin.opts,
    }
    status = 400 if form.errors else 200
    return TemplateResponse(request, "console/act.html", context, status=status)


def ask_or_do_all(
    admin: "CommandAdmin", request: HttpRequest, queryset: QuerySet[Any], *, act: Act
) -> HttpResponse | None:
    """The ticked rows that this can be done to: asked first, and then done to all of them in one
    transaction, or to none (AD09)."""
    ticked = set(request.POST.getlist(ACTION_CHECKBOX_NAME))
    rows = list(queryset[: _ROWS_MOST + 1])
    if len(rows) != len(ticked) or len(rows) > _ROWS_MOST:
        _say(admin, request, _("Some of these are not there any more; nothing was changed."))
        return None
    rows = [row for row in rows if act.may(request, row)]
    if not rows:
        text = _("There is nothing to do for these; nothing was changed.")
        _say(admin, request, text)
        return None
    if "confirmed" not in request.POST:
        context = {
            **admin.admin_site.each_context(request),
            "title": act.title,
            "subtitle": None,
            "act": act,
            "rows": [(admin.label(row), row.pk) for row in rows],
            "checkbox": ACTION_CHECKBOX_NAME,
            "back_url": request.get_full_path(),
            "opts": admin.opts,
        }
        return TemplateResponse(request, "console/act_on_all.html", context)
    try:
        with transaction.atomic():
            for row in rows:
                act.run(request, row, {})
    except DomainError as error:
        _say(admin, request, _("Nothing was changed: %(why)s") % {"why": error.detail})
        return None
    text = ngettext("Done for %(n)d.", "Done for all %(n)d.", len(rows)) % {"n": len(rows)}
    admin.message_user(request, text)
    return HttpResponseRedirect(admin.list_url)


def _say(admin: "CommandAdmin", request: HttpRequest, text: str) -> None:
    admin.message_user(request, text, messages.ERROR)
