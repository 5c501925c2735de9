"""Mails of the embedded default, shown where a developer looks. Development settings only.

Letters hold codes that open accounts: the routes exist only where HAS_DEVELOPMENT_PAGES is set,
which production settings never do.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.timezone import get_current_timezone
from django.views.decorators.http import require_safe

PAGE_SIZE: Final = 50
NAME: Final = re.compile(r"[0-9A-Za-z-]+")
# As a mail program shows a letter: its own inline style, no script, nothing loaded.
LETTER_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """The newest letters first."""
    mails = [_summary(path) for path in list(_files())[:PAGE_SIZE]]
    return render(request, "dev/mailbox.html", {"mails": mails})


@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One letter as text."""
    file = _file(name)
    letter = _read(file)
    text = letter.get_body(("plain",))
    shown = _summary(file) | {
        "sender": letter["From"],
        "text": text.get_content() if text else "",
        "html_url": f"/dev/mail/{name}/html" if letter.get_body(("html",)) else "",
    }
    return render(request, "dev/mail.html", {"mail": shown, "mailbox_url": "/dev/mail"})


@require_safe
def mail_html(_request: HttpRequest, name: str) -> HttpResponse:
    """One letter as its reader would see it."""
    body = _read(_file(name)).get_body(("html",))
    if body is None:
        raise Http404
    headers = {"Content-Security-Policy": LETTER_POLICY}
    return HttpResponse(body.get_content(), headers=headers)


def _files() -> Iterator[Path]:
    folder = Path(settings.EMAIL_FILE_PATH or settings.DATA_DIR / "mail")
    # Names begin with the time they were made (UUIDv7).
    return iter(sorted(folder.glob("*.eml"), reverse=True)) if folder.is_dir() else iter(())


def _file(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise Http404
    found = next((path for path in _files() if path.stem == name), None)
    if found is None:
        raise Http404
    return found


def _read(path: Path) -> EmailMessage:
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    if not isinstance(letter, EmailMessage):
        raise Http404
    return letter


def _summary(path: Path) -> dict[str, Any]:
    letter = _read(path)
    return {
        "url": f"/dev/mail/{path.stem}",
        "subject": letter["Subject"],
        "to": letter["To"],
        "at": datetime.fromtimestamp(path.stat().st_mtime, get_current_timezone()),
    }


urlpatterns: list[URLPattern] = [
    path("mail", mailbox),
    path("mail/<str:name>", mail),
    path("mail/<str:name>/html", mail_html),
]
