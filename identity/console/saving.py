"""The stock admin's way of saving, emptied: the form has run the command already."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from identity.console.acting import Done
from identity.console.site import ConsoleSite

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


class SavedByCommand(_ModelAdmin):
    """What follows a command: the secret that it made, shown once; else the page where it led."""

    admin_site: ConsoleSite

    def url_of(self, obj: Model) -> str:
        """The object's page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])

    @property
    def list_url(self) -> str:
        """The list."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:  # noqa: FBT001 - Django's signature
        """Nothing is left to be saved."""
        request.console_done = form.done  # type: ignore[attr-defined]
        return form.done.obj

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """The command did."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """The command did."""

    def construct_change_message(self, *args: Any, **kwargs: Any) -> list[Any]:
        """The audit trail tells."""
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The audit trail tells."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The audit trail tells."""

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to the new object, or its secret first."""
        return self.answer(request, request.console_done)  # type: ignore[attr-defined]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Back to the object."""
        return self.answer(request, request.console_done)  # type: ignore[attr-defined]

    def answer(self, request: HttpRequest, done: Done) -> HttpResponse:
        """The page after a command: the secret that it made, shown once; else where it led."""
        url = self.url_of(done.obj) if done.obj is not None else self.list_url
        if done.secret is not None:
            context = {
                **self.admin_site.each_context(request),
                "title": done.secret_label,
                "secret": done.secret.reveal(),
                "next_url": url,
                "opts": self.opts,
            }
            return TemplateResponse(request, "console/secret.html", context)
        if done.message:
            self.message_user(request, str(done.message))
        return HttpResponseRedirect(url)
