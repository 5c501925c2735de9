"""Pages of the console in a real browser: nothing cut off, nothing refused by the policy, saves that work."""

import pytest
from playwright.sync_api import Page, expect

from tests.devices.browser import NARROW, WIDE, Chromium, Theme, overflows
from tests.journeys.running import Running
from tests.journeys.steps import sign_in
from tests.journeys.test_console import enter

MODELS = (
    *("tenants/tenant", "users/user", "users/group", "clients/client", "authenticators/apikey"),
    *("consents/consent", "login_sessions/loginsession", "blocking/block"),
    *(
        "tenant_keys/signingkey",
        "tenant_keys/encryptionkey",
        "audit/event",
        "outbox/message",
        "outbox/job",
    ),
)
NEW_PASSWORD = "nine lanterns over the canal"


def first_object(page: Page) -> str | None:
    """The address of the first row of the list that is shown."""
    row = page.locator("#result_list tbody th a").first
    return row.get_attribute("href") if row.count() else None


@pytest.mark.parametrize(("width", "theme"), [(WIDE, "light"), (NARROW, "dark")])
def test_an_operator_looks_at_every_list_and_at_one_object_of_each(
    signet: Running, chromium: Chromium, width: int, theme: Theme
) -> None:
    """Issue 2.10, and the design's 320 to 1440 px."""
    with chromium.person(width=width, theme=theme) as person:
        page = person.new_page()
        enter(page, signet)
        for model in MODELS:
            page.goto(f"{signet.url}/console/{model}/")
            assert overflows(page) == 0, model
            chromium.picture(page, f"console list {model}")
            if address := first_object(page):
                page.goto(signet.url + address)
                assert overflows(page) == 0, model
                chromium.picture(page, f"console one {model}")


def test_an_administrator_adds_a_person_who_then_signs_in(
    signet: Running, chromium: Chromium
) -> None:
    """Issue 2.10: saves go through commands; what they made works at once."""
    with chromium.person() as person:
        page = person.new_page()
        enter(page, signet, "ada", "enter/demo/")
        page.goto(f"{signet.url}/console/users/user/add/")
        page.get_by_label("User name").fill("dora")
        page.get_by_label("E-mail address:").fill("dora@example.com")
        page.get_by_label("The e-mail address is verified").check()
        page.get_by_role("button", name="Create").click()
        expect(page.get_by_role("heading", name="dora")).to_be_visible()
        page.get_by_role("link", name="Set password").click()
        page.get_by_label("Password").fill(NEW_PASSWORD)
        page.get_by_role("button", name="Set password").click()
        expect(page.get_by_role("status")).to_contain_text("password is set")
    with chromium.person() as person:
        page = person.new_page()
        page.goto(f"{signet.url}/console/enter/demo/")
        sign_in(page, "dora", NEW_PASSWORD)
        expect(page.get_by_role("heading", name="not open to you")).to_be_visible()


def test_the_chosen_theme_stays(signet: Running, chromium: Chromium) -> None:
    """Design: the console's toggle forces light or dark."""
    with chromium.person() as person:
        page = person.new_page()
        enter(page, signet)
        page.wait_for_load_state()  # the toggle works from then on
        page.get_by_role("button", name="Toggle theme").click()
        page.goto(f"{signet.url}/console/users/user/")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
