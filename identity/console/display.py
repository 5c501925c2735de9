"""Values in the words and marks of the console; every one of them escaped."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def moment(at: datetime | None) -> SafeString | str:
    """A time of day and date in UTC; the page's script puts it into the reader's zone."""
    if at is None:
        return "–"
    text = date_format(timezone.localtime(at, timezone.get_default_timezone()), "j M Y, H:i")
    return format_html(
        '<time class="num" data-local datetime="{}">{}</time>', at.isoformat(), f"{text} UTC"
    )


def pill(text: object, tone: str = "", icon: str = "") -> SafeString:
    """A state. `tone`: "", "ok", "warn", "bad"."""
    mark = (
        format_html(
            '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg> ',
            static("img/icons.svg"),
            icon,
        )
        if icon
        else ""
    )
    kind = f" pill--{tone}" if tone else ""
    return format_html('<span class="pill{}">{}{}</span>', kind, mark, text)


def code(text: object) -> SafeString | str:
    """An identifier."""
    return format_html("<code>{}</code>", text) if text else "–"


def link(text: object, url: str) -> SafeString | str:
    """A link to a page of the console; the bare text where there is none. The address is made by
    `reverse`, never taken from a row (AD06)."""
    return format_html('<a href="{}">{}</a>', url, text) if url else str(text)


def listed(values: Iterable[object]) -> SafeString | str:
    """Each on a line of its own."""
    return format_html_join(SafeString("<br>"), "{}", ((value,) for value in values)) or "–"


def codes(values: Iterable[object]) -> SafeString | str:
    """Identifiers, each on a line of its own."""
    return listed(code(value) for value in values)


def column(field: str, title: Any) -> Any:
    """A field as a column under another title."""

    def shown(_page: Any, obj: Any) -> Any:
        value = getattr(obj, field)
        return "–" if value is None else value

    return admin.display(shown, description=title)
