"""Forms of the console: they check the shape of what was typed and hand it to one command."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from identity.console.acting import Done
from identity.kernel.errors import Conflict, DomainError, Invalid

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Model]
else:
    _ModelForm = forms.ModelForm


class CommandForm(_ModelForm):
    """A form of the admin that writes no row itself: `perform(cleaned data)` runs the command once,
    as the last step of validation, so that what the command refuses is said at the field."""

    perform: Callable[[Mapping[str, Any]], Done]
    done: Done | None = None
    # A command's parameter → the form's field, where they differ ("block.x" → "block__x").
    renamed: Mapping[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None:
            kwargs["initial"] = {**self.initial_of(instance), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def initial_of(self, instance: Any) -> dict[str, Any]:
        """What the fields show of a row: the attributes of the same names."""
        declared = self.base_fields
        return {name: getattr(instance, name) for name in declared if hasattr(instance, name)}

    def full_clean(self) -> None:
        """Check the fields; if they are right, run the command."""
        super().full_clean()
        if self.is_bound and not self.errors:
            try:
                self.done = self.perform(self.cleaned_data)
            except DomainError as error:
                refuse(self, error, self.renamed)

    def _post_clean(self) -> None:
        """Nothing is written into the row: the command reads and changes its own copy."""


def refuse(form: forms.BaseForm, error: DomainError, renamed: Mapping[str, str]) -> None:
    """Say at the fields of `form` what a command refused."""
    problems = error.data.get("problems") if isinstance(error, Invalid) else None
    if isinstance(error, Invalid):
        for problem in problems or [{"field": error.field, "problem": error.problem}]:
            _say(form, problem["field"], problem["problem"], renamed)
    elif isinstance(error, Conflict):
        _say(form, error.field, error.detail, renamed)
    else:
        form.add_error(None, error.detail)


def _say(form: forms.BaseForm, field: str, problem: str, renamed: Mapping[str, str]) -> None:
    text = problem[:1].upper() + problem[1:]
    path = field.split(".")
    # The mistake may be deeper than the form's fields: the second line of a list.
    for depth in range(len(path), 0, -1):
        part = ".".join(path[:depth])
        name = renamed.get(part, part.replace(".", "__"))
        if name in form.fields:
            form.add_error(name, text)
            return
    form.add_error(None, text)


class Lines(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """What the text area shows."""
        return value if value is None or isinstance(value, str) else "\n".join(value)

    def clean(self, value: Any) -> list[str]:
        """The lines without their margins; empty ones are left out."""
        text = super().clean(value) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another list was typed."""
        return bool(super().has_changed(self.prepare_value(initial), data))


def text_input(**attributes: str) -> forms.TextInput:
    """A line of text in the console's width."""
    return forms.TextInput(attrs={"class": "vTextField", **attributes})


class NewPassword(forms.CharField):
    """A password that is set for somebody: never shown again, and no browser's to remember."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Password"))
        kwargs.setdefault("strip", False)
        kwargs.setdefault(
            "widget",
            forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "new-password"}),
        )
        super().__init__(**kwargs)
