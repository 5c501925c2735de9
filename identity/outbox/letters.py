"""A letter: rendered from its templates, and given to the mail server or to a folder."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formatdate
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMultiAlternatives
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation

from identity.outbox.handlers import Delivery, NotNow, Unavailable, Undeliverable

SUBJECT: Final = "Subject: "
# C0, DEL, C1, line and paragraph separators, and what turns the direction of text around.
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a template needs. `locale` is the reader's language, empty for the installation's."""

    recipient: str
    context: Mapping[str, Any] = field(default_factory=dict)
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What goes out."""

    recipient: str
    subject: str
    text: str
    html: str


def rendered(template: str, letter: Letter) -> Rendered:
    """Render `templates/mail/<template>.txt` and, if there is one, `.html`.

    Text in the context loses its line breaks and other controls first: a name cannot add a line
    to the letter, or a header. Strings of the form 2026-11-24T13:05:00+00:00 under a name that is
    `at` or ends in `_at` become moments.
    """
    context = _plain(letter.context)
    with translation.override(letter.locale or settings.LANGUAGE_CODE):
        document = render_to_string(f"mail/{template}.txt", context)
        html = ""
        with suppress(TemplateDoesNotExist):
            html = str(render_to_string(f"mail/{template}.html", context))
    head, separator, text = document.partition("\n\n")
    if not separator or not head.startswith(SUBJECT) or "\n" in head:
        raise Undeliverable(f"mail/{template}.txt does not begin with a subject and a blank line")
    return Rendered(letter.recipient, head.removeprefix(SUBJECT).strip(), text, html)


def send(letter: Rendered, delivery: Delivery) -> None:
    """Returns when the mail server has taken the letter. The same message carries the same
    Message-ID on every attempt, by which readers recognise a repetition."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[letter.recipient],
        headers={
            "Message-ID": f"<{delivery.id}@{host}>",
            "Date": formatdate(delivery.created_at.timestamp()),
            # RFC 3834 §5: no automatic answers to this.
            "Auto-Submitted": "auto-generated",
        },
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    try:
        message.send()
    except BadHeaderError:
        raise Undeliverable("a header would hold a line break") from None
    except SMTPRecipientsRefused as problem:
        ((code, _),) = problem.recipients.values()  # one letter, one recipient
        raise _answered(code, "the recipient") from problem
    except SMTPDataError as problem:
        raise _answered(problem.smtp_code, "the letter") from problem
    except SMTPResponseException as problem:
        # Greeting, authentication, sender: the fault is in our settings, which will be mended.
        raise Unavailable(f"the mail server answered {problem.smtp_code}") from problem
    except OSError as problem:
        raise Unavailable(
            f"no connection to the mail server: {type(problem).__name__}"
        ) from problem


def _answered(code: int, what: str) -> Exception:
    # RFC 5321 §4.2.1: 5yz says "do not repeat this request".
    if 500 <= code < 600:  # noqa: PLR2004
        return Undeliverable(f"the mail server refuses {what} with {code}")
    return NotNow(f"the mail server does not take {what} now: {code}")


def _plain(value: Any, name: str = "") -> Any:
    if isinstance(value, str):
        if name == "at" or name.endswith("_at"):
            return _moment(value)
        return _CONTROLS.sub(" ", value)
    if isinstance(value, Mapping):
        return {key: _plain(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _moment(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _CONTROLS.sub(" ", text)
