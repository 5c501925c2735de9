"""The root, the pages Django answers by itself, and the mailbox of the development settings."""

from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    """A client that asks for our public name and meets failures as a person does."""
    host = urlsplit(settings.PUBLIC_URL).netloc
    client = Client(headers={"host": host}, raise_request_exception=False)
    client.get("/healthz")  # the routes are read now, before a test changes the settings
    return client


@pytest.fixture
def letter(tmp_path: Path, settings: Settings) -> EmailMessage:
    """A mail in the folder of the embedded default."""
    settings.EMAIL_FILE_PATH = str(tmp_path)
    message = EmailMessage()
    message["Subject"] = "482 913 is your code"
    message["From"] = "Demo <demo@localhost>"
    message["To"] = "ada@example.com"
    message.set_content("your code is 482 913")
    message.add_alternative("<p style='color:red'>your code is <b>482 913</b></p>", subtype="html")
    (tmp_path / "0193-abc.eml").write_bytes(message.as_bytes())
    return message


def test_a_stranger_learns_nothing_at_the_root_in_production(
    browser: Client, settings: Settings
) -> None:
    """security.md WB15: no surface that production does not need."""
    settings.HAS_DEVELOPMENT_PAGES = False
    page = browser.get("/").content.decode()
    assert "This is Signet" in page
    assert "/console/" not in page
    assert "demo" not in page.lower()


def test_an_unknown_page_is_answered_in_words_and_does_not_repeat_the_path(browser: Client) -> None:
    """security.md WB14: the path is not reflected."""
    response = browser.get("/nothing-here-<script>alert(1)</script>")
    page = response.content.decode()
    assert response.status_code == 404
    assert "Nothing lives here" in page
    assert "alert(1)" not in page
    assert response.headers["X-Request-Id"] in page


def test_an_unknown_protocol_path_is_answered_in_json(browser: Client) -> None:
    """The contract's errors: detail, code, request_id."""
    response = browser.get("/api/nothing")
    assert response.status_code == 404
    assert response.json() == {
        "detail": "Not Found",
        "code": "not_found",
        "request_id": response.headers["X-Request-Id"],
    }


@pytest.mark.usefixtures("letter")
def test_the_mailbox_lists_and_shows_a_letter(browser: Client) -> None:
    """Issue, point 9: mails land as files and are shown at a development-only page."""
    assert "482 913 is your code" in browser.get("/dev/mail").content.decode()
    shown = browser.get("/dev/mail/0193-abc").content.decode()
    assert "your code is 482 913" in shown
    assert "ada@example.com" in shown


@pytest.mark.usefixtures("letter")
def test_a_letter_as_sent_runs_nothing(browser: Client) -> None:
    """A letter quotes what strangers wrote; it is shown in a sandbox."""
    response = browser.get("/dev/mail/0193-abc/html")
    assert "<b>482 913</b>" in response.content.decode()
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "script-src" not in response.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("letter")
@pytest.mark.parametrize("name", ["..%2F..%2Fsecrets%2Fsecret-key", "unknown", "0193-abc.eml"])
def test_no_other_file_can_be_read_through_the_mailbox(browser: Client, name: str) -> None:
    """A path is a name of a letter or nothing."""
    assert browser.get(f"/dev/mail/{name}").status_code == 404
