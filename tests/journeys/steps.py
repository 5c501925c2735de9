"""What people do on sign-in pages."""

from playwright.sync_api import Page


def name_oneself(page: Page, identifier: str) -> None:
    """Type a name and go on to the next page."""
    page.get_by_label("E-mail or username").fill(identifier)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).wait_for()


def sign_in(page: Page, identifier: str, password: str) -> None:
    """Name and password, on the pages of a sign-in that has begun."""
    name_oneself(page, identifier)
    give_password(page, password)


def give_password(page: Page, password: str) -> None:
    """Type a password and send it."""
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Continue").click()


def begin_at(page: Page, relying_party: str) -> None:
    """Press the relying party's own button."""
    page.goto(relying_party)
    page.get_by_role("button", name="Sign in").first.click()
