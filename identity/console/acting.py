"""What can be done to an object beside changing its fields: one page that asks, one command.

Each act has an address of its own below the object (`…/<id>/<name>/`): GET asks, POST does. Marked
`is_bulk`, it is also offered for the rows that are ticked in the list, all of them or none (AD09).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django import forms
from django.db.models import Model
from django.http import HttpRequest

from identity.kernel.secrets import Secret


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did: a sentence for the page that follows, the object if there still is one,
    and a secret that is shown in this answer and never again."""

    message: object = ""
    obj: Model | None = None
    secret: Secret | None = field(default=None, repr=False)
    secret_label: object = ""


Run: TypeAlias = Callable[[HttpRequest, Any, Mapping[str, Any]], Done]


def _always(_request: HttpRequest, _obj: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Act:
    """`run(request, obj, data)` calls one command; `data` are the cleaned fields of `form`."""

    name: str
    title: object
    run: Run
    question: object = ""
    button: object = ""
    form: type[forms.Form] = forms.Form
    is_dangerous: bool = False
    is_bulk: bool = False
    may: Callable[[HttpRequest, Any], bool] = _always
