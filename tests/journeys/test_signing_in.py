"""From a relying party through Signet's pages and back, in a real browser."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.devices.browser import NARROW, Chromium, overflows
from tests.journeys.conftest import HARBOUR_PASSWORD
from tests.journeys.running import Running
from tests.journeys.steps import begin_at, give_password, name_oneself, sign_in


def expect_signed_in(page: Page, name: str) -> None:
    """The relying party shows who came."""
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Signed in as {name}")


def claim(page: Page, name: str) -> str:
    """A claim of the ID token, as the relying party shows it."""
    table = page.get_by_role("region", name="ID token")
    return (
        table.get_by_role("row", name=re.compile(f"^{name} "))
        .get_by_role("cell")
        .first.inner_text()
    )


def forgotten_by(page: Page, relying_party: str) -> None:
    """The relying party forgets this browser; Signet, at another host, does not."""
    page.context.clear_cookies(domain=str(httpx.URL(relying_party).host))


def expect_arrived(page: Page) -> None:
    """The sign-in is over: consent is asked, or the relying party shows who came."""
    expect(page.get_by_role("heading", level=1)).to_have_text(
        re.compile("Signed in as|Let Crew Portal")
    )


def test_a_person_signs_in_consents_refreshes_and_signs_out(
    signet: Running, harbour: str, chromium: Chromium
) -> None:
    """Provision → sign in → consent → claims shown → refresh → sign out."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, harbour)
        expect(page.get_by_text("Crew Portal").first).to_be_visible()
        sign_in(page, "mara@harbour.example", HARBOUR_PASSWORD)
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Let Crew Portal know who you are?"
        )
        page.get_by_role("button", name="Allow").click()

        expect_signed_in(page, "Mara Lindqvist")
        assert claim(page, "iss") == f"{signet.url}/api/oidc/harbour"
        assert claim(page, "amr") == '["pwd"]'
        assert claim(page, "acr") == "urn:signet:acr:1"
        expires = page.locator("#access-token-expiry").inner_text()
        page.get_by_role("button", name="Refresh").click()
        expect(page.locator("#refreshed")).to_have_text("once")
        page.get_by_role("button", name="Refresh").click()
        expect(page.locator("#refreshed")).to_have_text("2 times")
        assert expires

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("status")).to_contain_text("You are signed out")
        page.goto(f"{signet.url}/account/harbour/")
        expect(page.get_by_label("E-mail or username")).to_be_visible()


def test_consent_is_remembered_and_asked_again_after_it_was_withdrawn(
    signet: Running, harbour: str, chromium: Chromium
) -> None:
    """Consent page with remembered consents; withdrawing kills what was granted."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, harbour)
        sign_in(page, "yusuf", HARBOUR_PASSWORD)
        page.get_by_role("button", name="Allow").click()
        expect_signed_in(page, "yusuf")

        forgotten_by(page, harbour)
        begin_at(page, harbour)
        expect_signed_in(page, "yusuf")

        page.goto(f"{signet.url}/account/harbour/apps")
        expect(page.get_by_text("Crew Portal").first).to_be_visible()
        page.get_by_role("button", name=re.compile("Withdraw|Disconnect")).click()
        expect(page.get_by_text("Crew Portal")).to_have_count(0)
        forgotten_by(page, harbour)
        begin_at(page, harbour)
        expect(page.get_by_role("button", name="Allow")).to_be_visible()
        page.get_by_role("button", name="Not now").click()
        expect(page.locator("#error-code")).to_contain_text("access_denied")


def test_the_whole_sign_in_works_by_keyboard_alone(harbour: str, chromium: Chromium) -> None:
    """Usable by keyboard alone: the field has the focus, Enter sends, the notice gets the focus."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, harbour)
        expect(page.get_by_label("E-mail or username")).to_be_focused()
        page.keyboard.type("mara")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Password", exact=True)).to_be_focused()
        page.keyboard.type("not her password at all")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_focused()
        page.keyboard.press("Tab")
        for _ in range(6):
            if page.get_by_label("Password", exact=True).evaluate(
                "e => e === document.activeElement"
            ):
                break
            page.keyboard.press("Tab")
        page.keyboard.type(HARBOUR_PASSWORD)
        page.keyboard.press("Enter")
        expect_arrived(page)


def test_the_whole_sign_in_works_without_script_at_320_pixels(
    harbour: str, chromium: Chromium
) -> None:
    """Works without script; usable at 320 px."""
    with chromium.person(with_script=False, width=320) as person:
        page = person.new_page()
        begin_at(page, harbour)
        sign_in(page, "mara", HARBOUR_PASSWORD)
        expect_arrived(page)


def test_no_page_of_a_sign_in_moves_sideways(
    signet: Running, harbour: str, chromium: Chromium
) -> None:
    """Usable at 320 px."""
    with chromium.person(width=320) as person:
        page = person.new_page()
        begin_at(page, harbour)
        assert overflows(page) == 0
        name_oneself(page, "mara")
        assert overflows(page) == 0
        give_password(page, HARBOUR_PASSWORD)
        expect_arrived(page)
        assert overflows(page) == 0
        for path in ("", "sessions", "apps"):
            page.goto(f"{signet.url}/account/harbour/{path}")
            assert overflows(page) == 0, path


def test_wrong_passwords_end_in_a_block_that_the_right_one_does_not_open(
    harbour: str, chromium: Chromium
) -> None:
    """BF01: wrong password until blocked; same text, right and wrong alike."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, harbour)
        name_oneself(page, "ines")
        for _ in range(4):
            give_password(page, "not her password at all")
            expect(page.get_by_role("alert").or_(page.get_by_text("again in"))).to_be_visible()
        chromium.picture(page, "blocked")
        begin_at(page, harbour)
        name_oneself(page, "ines")
        give_password(page, HARBOUR_PASSWORD)
        expect(page.get_by_text(re.compile("minutes"))).to_be_visible()
        expect(page.get_by_role("heading", level=1)).not_to_have_text(re.compile("Signed in"))


def test_an_unknown_name_meets_the_same_pages(harbour: str, chromium: Chromium) -> None:
    """EN01, EN07: the same pages and words for names that nobody bears."""
    seen = []
    with chromium.person() as person:
        page = person.new_page()
        for name in ("mara", "mira-whom-nobody-knows"):
            begin_at(page, harbour)
            name_oneself(page, name)
            give_password(page, "not her password at all")
            expect(page.get_by_role("alert")).to_be_visible()
            seen.append(page.locator("main").inner_text().replace(name, "NAME"))
    assert seen[0] == seen[1]


def test_a_sign_in_that_rested_too_long_says_so_and_begins_again(
    signet: Running, harbour: str, chromium: Chromium
) -> None:
    """Expired attempt: attempts live 10 minutes."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, harbour)
        name_oneself(page, "mara")
        signet.on_rows(
            "from authn.login.models import LoginAttempt; "
            "LoginAttempt.objects.update(expires_at=timezone.now() - timedelta(seconds=1))"
        )
        give_password(page, HARBOUR_PASSWORD)
        expect(page.get_by_role("heading", level=1)).to_contain_text("rested too long")
        chromium.picture(page, "expired")
        begin_at(page, harbour)
        sign_in(page, "mara", HARBOUR_PASSWORD)
        expect_arrived(page)


def test_two_tabs_do_not_disturb_each_other(signet: Running, chromium: Chromium) -> None:
    """Two tabs: each has its own attempt; the second goes on with the session of the first."""
    with chromium.person() as person:
        first, second = person.new_page(), person.new_page()
        begin_at(first, signet.demo_url)
        second.goto(f"{signet.url}/account/demo/")
        name_oneself(first, "ben")
        name_oneself(second, "cleo")
        give_password(first, signet.password("ben"))
        expect_signed_in(first, "ben")
        give_password(second, signet.password("cleo"))
        expect(second.get_by_role("alert")).to_contain_text("had grown old")
        give_password(second, signet.password("cleo"))
        expect(second.get_by_role("heading", level=1)).to_contain_text("cleo")
        first.reload()
        expect_signed_in(first, "ben")


def test_the_back_button_never_leads_to_somebody_elses_pages(
    signet: Running, chromium: Chromium
) -> None:
    """SE08: back after signing out shows no private page; back within a sign-in goes on."""
    with chromium.person() as person:
        page = person.new_page()
        page.goto(f"{signet.url}/account/demo/")
        name_oneself(page, "ben")
        page.go_back()
        name_oneself(page, "cleo")
        give_password(page, signet.password("cleo"))
        expect(page.get_by_role("heading", level=1)).to_contain_text("cleo")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_load_state()
        page.go_back()
        page.wait_for_load_state()
        expect(page.get_by_role("heading", level=1)).not_to_contain_text("Hello, cleo")


def test_prompt_none_answers_without_a_page(signet: Running, chromium: Chromium) -> None:
    """OIDC Core §3.1.2.1: prompt=none never shows a page."""
    with chromium.person() as person:
        page = person.new_page()
        page.goto(signet.demo_url)
        page.get_by_text("Ask in another way").click()
        page.get_by_text("None: answer only").click()
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#error-code")).to_contain_text("login_required")

        begin_at(page, signet.demo_url)
        sign_in(page, "ben", signet.password("ben"))
        expect_signed_in(page, "ben")
        before = claim(page, "auth_time")
        forgotten_by(page, signet.demo_url)
        page.goto(signet.demo_url)
        page.get_by_text("Ask in another way").click()
        page.get_by_text("None: answer only").click()
        page.get_by_role("button", name="Sign in").click()
        expect_signed_in(page, "ben")
        assert claim(page, "auth_time") == before


def test_anothers_sign_in_link_opens_nothing_here(signet: Running, chromium: Chromium) -> None:
    """AZ25, SE16: an attempt belongs to the browser that began it."""
    with chromium.person() as attacker, chromium.person() as victim:
        theirs, mine = attacker.new_page(), victim.new_page()
        begin_at(theirs, signet.demo_url)
        name_oneself(theirs, "ben")
        link = theirs.url
        mine.goto(link)
        expect(mine.get_by_role("heading", level=1)).to_contain_text("belongs to another browser")
        chromium.picture(mine, "foreign link")
        mine.goto(f"{signet.url}/account/demo/")
        expect(mine.get_by_label("E-mail or username")).to_be_visible()
        give_password(theirs, signet.password("ben"))
        expect_signed_in(theirs, "ben")


def test_five_people_share_a_browser_and_choose(signet: Running, chromium: Chromium) -> None:
    """Several accounts per tenant in one browser; prompt=login asks anew."""
    with chromium.person() as person:
        page = person.new_page()
        for name in ("ben", "cleo"):
            forgotten_by(page, signet.demo_url)
            page.goto(signet.demo_url)
            page.get_by_text("Ask in another way").click()
            page.get_by_text("Sign me in again").click()
            page.get_by_role("button", name="Sign in").click()
            sign_in(page, name, signet.password(name))
            expect_signed_in(page, name)
        page.goto(f"{signet.url}/account/demo/")
        expect(page.get_by_role("heading", level=1)).to_contain_text("cleo")


def test_ending_a_session_elsewhere_signs_that_browser_out_at_once(
    signet: Running, chromium: Chromium
) -> None:
    """SE05: listed and ended by their owner; the other browser is out at its next click."""
    with chromium.person() as here, chromium.person(width=NARROW) as there:
        mine, other = here.new_page(), there.new_page()
        for page in (other, mine):
            page.goto(f"{signet.url}/account/demo/sessions")
            sign_in(page, "cleo", signet.password("cleo"))
            expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")
        mine.get_by_role("button", name="End all others").click()
        expect(mine.get_by_role("heading", level=1)).to_have_text("Sessions")
        expect(mine.get_by_text("This one")).to_have_count(1)
        other.reload()
        expect(other.get_by_label("E-mail or username")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_of_a_sign_in_has_its_picture(
    signet: Running, harbour: str, chromium: Chromium, width: int, theme: str
) -> None:
    """Each page a person meets at 390 px and 1280 px, light and dark; none moves sideways."""
    with chromium.person(width=width, theme=theme) as person:  # type: ignore[arg-type]
        page = person.new_page()

        def look(name: str) -> None:
            page.wait_for_load_state()
            chromium.picture(page, name)
            assert overflows(page) == 0, name

        begin_at(page, harbour)
        look("identifier")
        name_oneself(page, "mara")
        look("password")
        give_password(page, "not her password at all")
        expect(page.get_by_role("alert")).to_be_visible()
        look("password refused")
        give_password(page, HARBOUR_PASSWORD)
        page.wait_for_load_state()
        page.goto(f"{signet.url}/account/harbour/")
        look("account")
        page.goto(f"{signet.url}/account/harbour/sessions")
        look("sessions")
        page.goto(f"{signet.url}/account/harbour/apps")
        look("apps")
        page.goto(f"{signet.url}/nowhere")
        look("not found")
        page.goto(f"{signet.url}/api/oidc/harbour/authorize?client_id=nope&response_type=code")
        look("error for an application")
        page.goto(f"{signet.url}/")
        look("start")


def test_a_page_under_another_host_name_leads_home(signet: Running) -> None:
    """A page asked for under another host name is redirected; a protocol endpoint answers 400."""
    home = httpx.get(
        f"http://127.0.0.1:{signet.port}/account/demo/", headers={"Host": "evil.example"}
    )
    assert home.status_code in {301, 302, 303, 307, 308}
    assert home.headers["Location"].startswith(signet.url + "/")
    protocol = httpx.get(
        f"http://127.0.0.1:{signet.port}/api/oidc/demo/.well-known/openid-configuration",
        headers={"Host": "evil.example"},
    )
    assert protocol.status_code == 400
