"""Letters over a real SMTP connection, whatever the server's mood and the person's name."""

import ssl
import stat
import threading
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now

from identity.kernel.errors import Invalid
from identity.outbox import handlers, letters, mail, relay, smtp
from identity.outbox.letters import Letter
from identity.outbox.models import Message
from identity.tenancy.scope import platform_scope
from tests.devices.ports import free_port
from tests.devices.smtp_sink import Mood, SmtpSink
from tests.identity.outbox.conftest import T1, only
from tests.identity.outbox.room.background import TESTING

CONTEXT = {"word": "News", "name": "Ada", "at": "2026-11-24T13:05:00+00:00"}


def _send(**changes: Any) -> UUID | None:
    given: dict[str, Any] = {"recipient": "ada@example.com", "context": CONTEXT, "tenant_id": T1}
    return mail.send(TESTING, **(given | changes))


def _try_again() -> None:
    Message.objects.open().update(available_at=Now() - timedelta(seconds=1))
    relay.drain()


@pytest.mark.usefixtures("as_platform")
def test_a_letter_arrives_as_its_templates_say(post: SmtpSink) -> None:
    """issue: first real topics over SMTP."""
    message_id = _send()
    relay.drain()
    (letter,) = post.mails
    assert letter.recipients == ("ada@example.com",)
    assert letter.subject == "News for Ada"
    assert letter.text.strip() == "Hello Ada, it is 2026-11-24 13:05."
    assert letter.html.strip() == "<p>Hello Ada</p>"
    assert letter.message["Message-ID"] == f"<{message_id}@localhost>"
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert only().state == "delivered"


@pytest.mark.usefixtures("as_platform")
def test_a_busy_server_gets_the_same_letter_again(post: SmtpSink) -> None:
    """FT06: 4xx: retry and back-off; FT07: the Message-ID is stable."""
    message_id = _send()
    post.mood = Mood.BUSY
    relay.drain()
    assert (only().state, only().last_error) == (
        "retrying",
        "the mail server does not take the letter now: 451",
    )
    post.mood = Mood.ACCEPT
    _try_again()
    (letter,) = post.mails
    assert str(message_id) in letter.message["Message-ID"]


@pytest.mark.usefixtures("as_platform")
def test_a_refused_recipient_is_final(post: SmtpSink) -> None:
    """FT06: 5xx: dead letter."""
    post.refused_recipients.add("ada@example.com")
    _send()
    relay.drain()
    assert only().state == "dead"
    assert only().last_error == "the mail server refuses the recipient with 550"


@pytest.mark.usefixtures("as_platform")
def test_a_refused_letter_is_final(post: SmtpSink) -> None:
    """FT06: 5xx to the content."""
    post.mood = Mood.REFUSE
    _send()
    relay.drain()
    assert only().state == "dead"


@pytest.mark.usefixtures("as_platform")
def test_a_tarpit_holds_a_relay_for_a_bounded_time(
    post: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FT06: tarpit; below the lease, so that nobody else sends the letter at the same time."""
    assert smtp.LETTER_SECONDS_MAX <= relay.DELIVERY_SECONDS_MAX
    monkeypatch.setattr(smtp, "LETTER_SECONDS_MAX", 0.3)
    post.mood = Mood.TARPIT
    _send()
    relay.drain()
    assert only().state == "retrying"
    assert "SMTPServerDisconnected" in only().last_error


@pytest.mark.usefixtures("as_platform")
@pytest.mark.parametrize("is_tls", [False, True])
def test_a_server_that_is_down_or_speaks_no_tls_is_tried_again(
    post: SmtpSink, settings: Any, is_tls: bool
) -> None:
    """FT06: down, TLS failure."""
    if is_tls:
        settings.EMAIL_USE_SSL = True
    else:
        settings.EMAIL_PORT = free_port()
    _send()
    relay.drain()
    assert only().state == "retrying"
    expected = ssl.SSLError.__name__ if is_tls else ConnectionRefusedError.__name__
    assert expected in only().last_error


@pytest.mark.usefixtures("as_platform")
@pytest.mark.parametrize(
    "recipient",
    [
        "a@example.com\r\nBcc: b@example.com", "a@example.com\n", "a@example.com, b@example.com",
        "a@example.com>\r\nRCPT TO:<b@example.com", "Ada <a@example.com>", "a", "",
        f"{'a' * 250}@example.com",
    ],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(recipient: str) -> None:
    """PR11: `a@x%0d%0aBcc:…`: 400; 1 recipient."""
    with pytest.raises(Invalid):
        _send(recipient=recipient)
    assert not Message.objects.exists()


@pytest.mark.usefixtures("as_platform")
def test_a_name_adds_neither_header_nor_line_nor_markup_nor_template(post: SmtpSink) -> None:
    """PR11: name with HTML, newline, template syntax: escaped."""
    name = "Eve\r\nBcc: b@example.com\r\n\r\n<b>x</b>{{ 7|add:7 }}{% now 'Y' %}\u202e\u2028"
    _send(context={**CONTEXT, "name": name})
    relay.drain()
    (letter,) = post.mails
    assert letter.message["Bcc"] is None
    assert letter.recipients == ("ada@example.com",)
    assert letter.subject.startswith("News for Eve Bcc: b@example.com <b>x</b>{{ 7|add:7 }}")
    assert len(letter.text.strip().splitlines()) == 1
    assert "&lt;b&gt;x&lt;/b&gt;{{ 7|add:7 }}{% now" in letter.html


@pytest.mark.usefixtures("as_platform", "post")
def test_one_account_gets_three_letters_an_hour_of_each_sort() -> None:
    """PR09: no more than three mails an hour and account."""
    account = uuid4()
    sent = [_send(about=account) for _ in range(5)]
    assert [each is not None for each in sent] == [True, True, True, False, False]
    assert _send(about=uuid4()) is not None
    assert sent[0] is not None
    Message.objects.filter(id=sent[0]).update(created_at=Now() - timedelta(minutes=61))
    assert _send(about=account) is not None
    assert _send(about=account) is None


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_for_requests_at_once() -> None:
    """PR09: a thousand requests; here those that run at the same moment."""
    account, start = uuid4(), threading.Barrier(8)

    def ask() -> None:
        try:
            with platform_scope():
                start.wait(30)
                _send(about=account)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with platform_scope():
        assert Message.objects.count() == mail.PER_HOUR_MAX


@pytest.mark.usefixtures("as_platform", "post")
def test_a_folder_takes_letters_that_nobody_else_can_read(settings: Any, tmp_path: Path) -> None:
    """issue: in the embedded default mails land as files in var/mail/, folder 0700."""
    settings.EMAIL_BACKEND = "identity.outbox.folder.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    message_id = _send()
    relay.drain()
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == f"{message_id}.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    letter = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert letter["To"] == "ada@example.com"


def test_a_letter_with_nothing_to_say_is_not_sent() -> None:
    """interfaces: `write` returns None when there is nothing to say any more."""
    topic = mail.MailTopic("mail.testing", "For tests", lambda _delivery: None)
    topic.deliver(handlers.Delivery(uuid4(), T1, topic.name, "mail", {}, 1, None))  # type: ignore[arg-type]


@pytest.mark.usefixtures("post")
def test_a_template_without_a_subject_is_no_letter() -> None:
    """A mistake of ours goes to the dead letters at once and not out of the house."""
    with pytest.raises(handlers.Undeliverable, match="subject"):
        letters.rendered("without_subject", Letter("ada@example.com"))
