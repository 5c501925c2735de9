"""The operator's side of a sign-in."""

import re

from playwright.sync_api import Page, expect

from tests.devices.browser import NARROW, Chromium, overflows
from tests.journeys.running import Running
from tests.journeys.steps import begin_at, sign_in

SESSIONS = "console/login_sessions/loginsession/"


def enter(page: Page, signet: Running, name: str = "root", house: str = "") -> None:
    """Open the console as somebody; the door is the sign-in page of their tenant."""
    page.goto(f"{signet.url}/console/{house}")
    sign_in(page, name, signet.password(name))
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")


def test_an_operator_sees_a_sign_in_and_its_end(signet: Running, chromium: Chromium) -> None:
    """The operator sees it in the console; after signing out the session is gone."""
    with chromium.person() as somebody, chromium.person() as operator:
        page, console = somebody.new_page(), operator.new_page()
        begin_at(page, signet.demo_url)
        sign_in(page, "ada", signet.password("ada"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Signed in as ada")

        enter(console, signet)
        console.goto(f"{signet.url}/{SESSIONS}")
        newest = console.get_by_role("row").filter(has_text="ada").first
        expect(newest).to_contain_text("Live")
        newest.get_by_role("link").first.click()
        expect(
            console.get_by_text("demo-web").or_(console.get_by_text("Demo web")).first
        ).to_be_visible()
        address = console.url

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("status")).to_contain_text("signed out")
        console.goto(address)
        expect(console.locator("main")).to_contain_text(re.compile("Ended|Signed out"))


def test_an_operator_ends_a_session_and_its_tokens_die_at_once(
    signet: Running, chromium: Chromium
) -> None:
    """SE05: ended by an operator; page and refresh token are dead at the next click."""
    with chromium.person() as somebody, chromium.person() as operator:
        page, console = somebody.new_page(), operator.new_page()
        begin_at(page, signet.demo_url)
        sign_in(page, "cleo", signet.password("cleo"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Signed in as cleo")

        enter(console, signet)
        console.goto(f"{signet.url}/{SESSIONS}")
        row = console.get_by_role("row").filter(has_text="cleo").filter(has_text="Live").first
        row.get_by_role("link").first.click()
        console.get_by_role("link", name="End", exact=True).or_(
            console.get_by_role("button", name="End", exact=True)
        ).first.click()
        confirm = console.get_by_role("button", name=re.compile("End|Yes"))
        if confirm.count():
            confirm.first.click()
        expect(console.locator("main")).to_contain_text(re.compile("Ended|ended"))

        page.goto(f"{signet.url}/account/demo/")
        expect(page.get_by_label("E-mail or username")).to_be_visible()


def test_an_administrator_of_a_tenant_sees_their_own_house_only(
    signet: Running, chromium: Chromium
) -> None:
    """Platform operators see all tenants, tenant admins only their own."""
    with chromium.person() as person:
        page = person.new_page()
        enter(page, signet, "ada", "enter/demo/")
        page.goto(f"{signet.url}/console/users/user/")
        expect(page.get_by_role("row").filter(has_text="ben")).to_have_count(1)
        expect(page.get_by_role("row").filter(has_text="root@example.com")).to_have_count(0)
        answer = page.goto(f"{signet.url}/console/outbox/job/")
        assert answer is not None
        assert answer.status in {403, 404}


def test_an_ordinary_person_is_told_that_the_console_is_not_theirs(
    signet: Running, chromium: Chromium
) -> None:
    """AD14: a clear page, no loop."""
    with chromium.person() as person:
        page = person.new_page()
        page.goto(f"{signet.url}/console/enter/demo/")
        sign_in(page, "ben", signet.password("ben"))
        page.wait_for_load_state()
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Today")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert "/console/" in page.url


def test_a_disabled_person_is_out_at_the_next_click(signet: Running, chromium: Chromium) -> None:
    """SE05, AD11: deactivated in the console, refused everywhere at once; activated again, back."""
    with chromium.person() as somebody, chromium.person() as operator:
        page, console = somebody.new_page(), operator.new_page()
        page.goto(f"{signet.url}/account/demo/")
        sign_in(page, "cleo", signet.password("cleo"))
        expect(page.get_by_role("heading", level=1)).to_contain_text("cleo")
        enter(console, signet)

        for action, outcome in (("Deactivate", "refused"), ("Activate again", "accepted")):
            console.goto(f"{signet.url}/console/users/user/?q=cleo")
            console.get_by_role("checkbox", name=re.compile("cleo")).check()
            console.get_by_role("combobox", name=re.compile("Action")).select_option(label=action)
            console.get_by_role("button", name="Go").click()
            expect(console.get_by_role("heading", level=1)).to_have_text(action)
            console.get_by_role("button", name=action).click()
            expect(console.get_by_role("heading", level=1)).to_have_text("Users")
            page.goto(f"{signet.url}/account/demo/")
            if outcome == "refused":
                expect(page.get_by_label("E-mail or username")).to_be_visible()
        sign_in(page, "cleo", signet.password("cleo"))
        expect(page.get_by_role("heading", level=1)).to_contain_text("cleo")


def test_no_page_of_the_console_moves_sideways_on_a_phone(
    signet: Running, chromium: Chromium
) -> None:
    """The console at 390 px; wide tables scroll inside their frame."""
    with chromium.person(width=NARROW, theme="dark") as person:
        page = person.new_page()
        enter(page, signet)
        for path in (
            "",
            "tenants/tenant/",
            "users/user/",
            "users/user/add/",
            "clients/client/",
            "login_sessions/loginsession/",
            "tenant_keys/signingkey/",
            "blocking/block/",
            "audit/event/",
            "outbox/message/",
        ):
            page.goto(f"{signet.url}/console/{path}")
            chromium.picture(page, f"console {path or 'start'}")
            assert overflows(page) == 0, path
