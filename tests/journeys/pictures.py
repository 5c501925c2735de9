"""What people do with pictures, PINs and patterns on sign-in and registration pages."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_string
from email.policy import default
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.running import Running

PIN = "947206"
PATTERN = (3, 1, 5, 8, 4)
MAIL_SECONDS = 30
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Signet:
    """What somebody has and knows after registering."""

    username: str
    email: str
    file: Path
    pin: str = PIN
    pattern: Sequence[int] = PATTERN


def give_pin(page: Page, pin: str, button: str = "Continue") -> None:
    """Type a PIN on its screen."""
    page.locator("signet-pin input").fill(pin)
    page.get_by_role("button", name=button, exact=True).click()


def give_pattern(page: Page, pattern: Sequence[int], button: str) -> None:
    """Join the nodes of a pattern one after the other."""
    for node in pattern:
        page.locator(".pattern__node").nth(node).click()
    page.get_by_role("button", name=button, exact=True).click()


def show_picture(page: Page, file: Path) -> None:
    """Choose a file on the sign-in page."""
    page.locator("[data-drop] input").set_input_files(file)


def choose_the_secret(page: Page, pin: str = PIN, pattern: Sequence[int] = PATTERN) -> None:
    """PIN and pattern, each twice."""
    expect_heading(page, "Choose a PIN")
    give_pin(page, pin)
    expect_heading(page, "Enter the PIN once more")
    give_pin(page, pin)
    expect_heading(page, "Choose a pattern")
    give_pattern(page, pattern, "Continue")
    expect_heading(page, "Draw the pattern once more")
    give_pattern(page, pattern, "Continue")


def save_and_show(page: Page, folder: Path) -> Path:
    """Save the marked picture and choose the saved file."""
    expect_heading(page, "Keep your picture safe")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    page.locator("[data-kept] input").set_input_files(file)
    return file


def name_the_new_person(page: Page, username: str, email: str) -> None:
    """The first step of a registration."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Continue").click()
    expect_heading(page, "Choose a picture to carry your key")


def register(page: Page, signet: Running, username: str, folder: Path) -> Signet:
    """Everything from the first page of a registration to being signed in."""
    email = f"{username}@example.com"
    name_the_new_person(page, username, email)
    page.get_by_role("button", name="Use this picture").click()
    choose_the_secret(page)
    file = save_and_show(page, folder)
    expect_heading(page, "Check your mail")
    page.get_by_label("Code").fill(code_for(signet, email))
    page.get_by_role("button", name="Continue").click()
    return Signet(username, email, file)


def prove(page: Page, who: Signet, *, pin: str | None = None) -> None:
    """Picture, PIN and pattern on the sign-in page."""
    show_picture(page, who.file)
    expect_heading(page, "Enter your PIN")
    give_pin(page, pin or who.pin)
    expect_heading(page, "Draw your pattern")
    give_pattern(page, who.pattern, "Sign in")


def go_to_the_picture(page: Page, username: str) -> None:
    """From the name to the page that asks for the picture."""
    page.get_by_label("E-mail or username").fill(username)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Sign in with your picture").click()
    expect_heading(page, "Show your picture")


def expect_heading(page: Page, text: str) -> None:
    """The page's one heading of the first rank."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def code_for(signet: Running, email: str, topic: str = "your code is") -> str:
    """The newest code that was mailed to an address, as soon as there is one."""
    deadline = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < deadline:
        codes = [
            code.group(1)
            for text in (letter_to(source, email) for source in signet.mails())
            if (code := re.search(rf"{topic}\s+([A-Z0-9][A-Z0-9 -]+)\n", text))
        ]
        if codes:
            return codes[-1]
        time.sleep(POLL_SECONDS)  # a process of its own sends it
    raise AssertionError(f"no code came to {email}")


def letter_to(source: str, email: str) -> str:
    """The text of a letter to `email`; "" for one to somebody else."""
    letter = message_from_string(source, policy=default)
    body = letter.get_body(("plain",)) if email in str(letter["To"]) else None
    return str(body.get_content()) if body is not None else ""
