"""The typed policy as fields of a form: made from the policy's own types, so that what is added there
appears here, with its bounds."""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Final, Literal, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from identity.console.forms import Lines, text_input
from tenants.registry.policy import LoginScreen, TenantPolicy

SEPARATOR: Final = "__"
_ORDERS: Final = (
    ((LoginScreen.PIN,), _("PIN alone")),
    ((LoginScreen.PATTERN,), _("Pattern alone")),
    ((LoginScreen.PIN, LoginScreen.PATTERN), _("PIN, then pattern")),
    ((LoginScreen.PATTERN, LoginScreen.PIN), _("Pattern, then PIN")),
    ((), _("Neither")),
)
# Label and help; a field without an entry is called by its name.
WORDS: Final[Mapping[str, tuple[object, object]]] = {
    "register_enable": (_("People may register themselves"), ""),
    "password_enabled": (_("Sign-in with a password"), ""),
    "passkey_enabled": (_("Sign-in with a passkey"), ""),
    "has_username_and_email": (
        _("People have a user name beside their e-mail address"),
        _("Without it the address is the name."),
    ),
    "login_origins": (
        _("Origins of own sign-in pages"),
        _("One a line, such as https://login.example.com"),
    ),
    "dynamic_registration_enable": (_("Applications may register themselves"), ""),
    "use_pin": (_("Ask for the PIN"), ""),
    "pin_size": (_("PIN length"), _("Digits. Applies to new pictures.")),
    "use_pattern": (_("Ask for the pattern"), ""),
    "pattern_size": (_("Pattern grid"), _("Points a side. Applies to new pictures.")),
    "show_pin_when_typing": (_("Show the PIN while it is typed"), ""),
    "login_order": (_("Login order"), ""),
    "use_face_recognition": (_("Recognise the face"), ""),
    "use_liveness": (_("Check that the face is alive"), ""),
    "block__ip_attempts_limit": (_("Tries per address"), ""),
    "block__ip_attempts_reset_minutes": (_("Addresses are forgotten after"), _("Minutes")),
    "block__user_attempts_limit": (_("Tries per person"), ""),
    "block__user_timeframe_seconds": (_("counted within"), _("Seconds")),
    "block__initial_block_seconds": (_("First block"), _("Seconds; each further one doubles it.")),
    "block__max_block_time_minutes": (_("Longest block"), _("Minutes")),
    "liveness__number_steps_min": (_("Steps at least"), ""),
    "liveness__number_steps_max": (_("Steps at most"), ""),
    "liveness__duration_in_seconds": (_("Duration"), _("Seconds")),
    "liveness__number_of_allowed_failures": (_("Failures allowed"), ""),
    "liveness__gesture_set": (_("Gestures"), _("One a line")),
    "liveness__number_blinks_max": (_("Blinks at most"), ""),
    "liveness__number_blinks_min": (_("Blinks at least"), ""),
    "session__idle_minutes": (_("A session idles out after"), _("Minutes")),
    "session__absolute_minutes": (_("and ends after"), _("Minutes")),
    "session__notify_new_device": (_("Tell people of sign-ins from a new device"), ""),
    "access_token_seconds": (_("Access tokens live"), _("Seconds")),
    "refresh_token_days": (_("Refresh tokens live"), _("Days")),
    "brand__hue": (_("Hue"), _("0 to 360. Contrast is kept whatever you choose.")),
    "brand__chroma": (_("Colourfulness"), _("0 (grey) to 0.13")),
    "brand__radius_rem": (_("Roundness of corners"), _("0 to 1.25")),
    "brand__picture": (_("Picture beside the sign-in"), ""),
    "brand__headline": (_("Headline"), ""),
    "brand__tagline": (_("Line below it"), ""),
}
_SIGN_IN: Final = (
    *("password_enabled", "passkey_enabled", "register_enable", "has_username_and_email"),
    *("dynamic_registration_enable", "login_origins"),
)
_PICTURE: Final = (
    *("use_pin", "pin_size", "use_pattern", "pattern_size", "show_pin_when_typing"),
    *("login_order", "use_face_recognition", "use_liveness"),
)
_TOKENS: Final = ("access_token_seconds", "refresh_token_days")


def fields() -> dict[str, forms.Field]:
    """A form field for each setting, named by its path ("block__ip_attempts_limit")."""
    return {name: _field(name, info) for name, info in _leaves(TenantPolicy)}


def fieldsets() -> list[tuple[object, dict[str, Any]]]:
    """The settings in the order in which an administrator thinks of them; none is left out."""
    names = list(fields())
    taken = {*_SIGN_IN, *_PICTURE, *_TOKENS}

    def under(prefix: str) -> tuple[str, ...]:
        found = tuple(name for name in names if name.startswith(prefix + SEPARATOR))
        taken.update(found)
        return found

    groups: list[tuple[object, dict[str, Any]]] = [
        (_("Sign-in"), {"fields": _SIGN_IN}),
        (
            _("Picture sign-in"),
            {
                "fields": _PICTURE,
                "description": _(
                    "These apply to new pictures. Existing ones keep what they were made with."
                ),
            },
        ),
        (_("Liveness"), {"fields": under("liveness"), "classes": ("collapse",)}),
        (_("Sessions and tokens"), {"fields": (*under("session"), *_TOKENS)}),
        (_("Blocking"), {"fields": under("block")}),
        (_("Appearance"), {"fields": under("brand")}),
    ]
    rest = tuple(name for name in names if name not in taken)
    return [*groups, (_("More"), {"fields": rest})] if rest else groups


def initial(policy: TenantPolicy) -> dict[str, Any]:
    """What the fields show of a policy."""
    shown: dict[str, Any] = {}
    document = policy.document()
    for name, info in _leaves(TenantPolicy):
        found: Any = document
        for part in name.split(SEPARATOR):
            found = None if found is None else found.get(part)
        shown[name] = info.get_default() if found is None else found
    shown["login_order"] = ",".join(policy.login_order)
    return shown


def changed(policy: TenantPolicy, data: Mapping[str, Any]) -> TenantPolicy:
    """The policy with what the form holds. Raises Invalid, naming every mistake."""
    document = policy.document()
    had_liveness = document["liveness"] is not None
    for name, _info in _leaves(TenantPolicy):
        if name not in data:
            continue
        *path, last = name.split(SEPARATOR)
        part = document
        for step in path:
            if part[step] is None:
                part[step] = {}
            part = part[step]
        part[last] = data[name]
    if not had_liveness and not data.get("use_liveness"):
        document["liveness"] = None
    return TenantPolicy.parse(document)


def _leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, info in model.model_fields.items():
        inner = _part(info.annotation)
        if inner is not None:
            yield from _leaves(inner, f"{prefix}{name}{SEPARATOR}")
        else:
            yield f"{prefix}{name}", info


def _part(annotation: Any) -> type[BaseModel] | None:
    options = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    for option in options:
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None


def _field(name: str, info: FieldInfo) -> forms.Field:
    label, help_text = WORDS.get(name, (name.replace(SEPARATOR, " ").replace("_", " "), ""))
    words: dict[str, Any] = {"label": label, "help_text": help_text}
    annotation: Any = info.annotation
    if name == "login_order":
        choices = [(",".join(order), title) for order, title in _ORDERS]
        return forms.TypedChoiceField(choices=choices, coerce=_order, required=False, **words)
    if get_origin(annotation) is tuple:
        return Lines(required=False, **words)
    if get_origin(annotation) is Literal:
        values = get_args(annotation)
        return forms.TypedChoiceField(
            choices=[(value, str(value).capitalize() or _("None")) for value in values],
            coerce=int if isinstance(values[0], int) else str,
            required="" not in values,
            **words,
        )
    if annotation is bool:
        return forms.BooleanField(required=False, **words)
    low, high = _bound(info, Ge, "ge"), _bound(info, Le, "le")
    if annotation is int:
        return forms.IntegerField(min_value=low, max_value=high, **words)
    if annotation is float:
        return forms.FloatField(
            min_value=low,
            max_value=high,
            widget=forms.NumberInput(attrs={"step": "any"}),
            **words,
        )
    return forms.CharField(
        required=False,
        max_length=_bound(info, MaxLen, "max_length"),
        widget=text_input(),
        **words,
    )


def _bound(info: FieldInfo, kind: type, attribute: str) -> Any:
    found = [getattr(each, attribute) for each in info.metadata if isinstance(each, kind)]
    return found[0] if found else None


def _order(text: str) -> list[str]:
    return text.split(",") if text else []
