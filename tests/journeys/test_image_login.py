"""Picture, PIN and pattern in a real browser: from registration to the relying party."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.devices.browser import NARROW, WIDE, Chromium, Theme, overflows
from tests.journeys.pictures import (
    PATTERN,
    PIN,
    Signet,
    choose_the_secret,
    code_for,
    expect_heading,
    give_pin,
    go_to_the_picture,
    name_the_new_person,
    prove,
    register,
    save_and_show,
    show_picture,
)
from tests.journeys.running import Running
from tests.journeys.steps import begin_at

REFUSED = "Picture, PIN or pattern is wrong"


@pytest.fixture(scope="session")
def nora(
    signet: Running, chromium: Chromium, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Signet]:
    """Somebody who registered with a generated picture, on the way from the demo relying party."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, signet.demo_url)
        page.get_by_role("link", name="Make an account").click()
        yield register(page, signet, "nora", tmp_path_factory.mktemp("nora"))
        expect_signed_in(page, "nora")


def expect_signed_in(page: Page, name: str) -> None:
    """The relying party shows who came."""
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Signed in as {name}")


def requests_of(page: Page) -> list[Request]:
    """What the page asks of the API from now on."""
    asked: list[Request] = []
    page.on("request", lambda each: asked.append(each) if "/api/auth/" in each.url else None)
    return asked


def test_a_person_registers_with_a_generated_picture_and_is_signed_in(nora: Signet) -> None:
    """Issue 3.4: "a person who has never heard of it gets through registration"."""
    assert nora.file.name == "vault-demo-nora.png"
    assert nora.file.stat().st_size > 500_000


def test_a_person_signs_in_at_the_relying_party(
    signet: Running, nora: Signet, chromium: Chromium
) -> None:
    """Issue 3.5: `amr` is ["swk","pin"], never `mfa` by itself (ZK12)."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, signet.demo_url)
        go_to_the_picture(page, nora.username)
        prove(page, nora)
        expect_signed_in(page, "nora")
        shown = page.get_by_role("region", name="ID token").last.inner_text()
        assert '["swk","pin"]' in shown.replace(" ", "")


def test_nothing_that_was_shown_or_typed_is_in_a_request(
    signet: Running, nora: Signet, chromium: Chromium
) -> None:
    """ZK01: no PIN, pattern or picture goes over the wire."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, signet.demo_url)
        go_to_the_picture(page, nora.username)
        asked = requests_of(page)
        prove(page, nora)
        expect_signed_in(page, "nora")
        sent = [each.post_data or "" for each in asked]
        assert len(sent) >= 3
        assert all(len(body) < 2_000 for body in sent)
        for body in sent:
            for value in json.loads(body or "{}").values():
                assert PIN not in str(value)
                assert str(list(PATTERN)) not in str(value)


def test_a_wrong_picture_is_told_before_anything_is_sent(
    signet: Running, chromium: Chromium
) -> None:
    """Issue 3.4: "A person whose picture is wrong learns that before any request is made"."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, signet.demo_url)
        go_to_the_picture(page, "nora")
        asked = requests_of(page)
        show_picture(page, Path("static/img/stage-hills.webp"))
        expect(page.get_by_text("No key in this picture")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_text("Show your picture")
        assert asked == []


@pytest.mark.parametrize("username", ["nora", "nobody-of-that-name"])
def test_a_wrong_pin_and_an_unknown_name_are_told_the_same(
    signet: Running, nora: Signet, chromium: Chromium, username: str
) -> None:
    """Protocol §11: any server refusal: "Picture, PIN or pattern is wrong" (EN01)."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, signet.demo_url)
        go_to_the_picture(page, username)
        prove(page, nora, pin="640851" if username == "nora" else None)
        expect(page.get_by_role("alert")).to_contain_text(REFUSED)
        expect(page.get_by_role("alert")).to_be_focused()
        # The right picture is still there: only the rest is asked for again.
        expect(page.get_by_role("button", name="Continue with this picture")).to_be_visible()


def test_the_picture_is_remembered_on_the_device_and_forgotten(
    signet: Running, nora: Signet, chromium: Chromium
) -> None:
    """Protocol §8: "remember on this device", off by default."""
    with chromium.person() as person:
        page = person.new_page()
        begin_at(page, signet.demo_url)
        go_to_the_picture(page, nora.username)
        page.get_by_label("Remember the picture on this device").check()
        prove(page, nora)
        expect_signed_in(page, "nora")
        person.clear_cookies()
        begin_at(page, signet.demo_url)
        go_to_the_picture(page, nora.username)
        expect(page.get_by_text("Kept on this device")).to_be_visible()
        page.get_by_role("button", name="Continue with this picture").click()
        expect_heading(page, "Enter your PIN")
        page.reload()
        page.get_by_role("button", name="Forget the picture on this device").click()
        expect(page.get_by_text("Kept on this device")).to_be_hidden()


def test_what_anyone_would_try_first_is_refused_with_a_reason(
    signet: Running, chromium: Chromium, tmp_path: Path
) -> None:
    """ZK15: weak PINs are refused at enrolment; and a file that was not saved registers nobody."""
    with chromium.person() as person:
        page = person.new_page()
        page.goto(f"{signet.url}/register/demo/")
        name_the_new_person(page, "weak", "weak@example.com")
        page.get_by_role("button", name="Use this picture").click()
        give_pin(page, "123456")
        expect(page.get_by_role("alert")).to_contain_text("Runs of digits")
        give_pin(page, "121090")
        expect(page.get_by_role("alert")).to_contain_text("birthdays")
        choose_the_secret(page)
        expect_heading(page, "Keep your picture safe")
        page.locator("[data-kept] input").set_input_files("static/img/stage-hills.webp")
        expect(page.get_by_text("That is not the file you saved")).to_be_visible()


def test_a_forgotten_pin_is_replaced_by_a_mailed_code(
    signet: Running, chromium: Chromium, tmp_path: Path
) -> None:
    """Issue 3.4: forgotten PIN or picture (mailed code); the old picture stops working."""
    with chromium.person() as person:
        page = person.new_page()
        page.goto(f"{signet.url}/register/demo/")
        old = register(page, signet, "olga", tmp_path)
        expect(page.get_by_role("heading", level=1)).to_contain_text("olga")
        person.clear_cookies()
        begin_at(page, signet.demo_url)
        go_to_the_picture(page, old.username)
        page.get_by_role("link", name="Lost the picture or forgot the PIN?").click()
        page.get_by_label("Username").fill(old.username)
        page.get_by_label("E-mail").fill(old.email)
        page.get_by_role("button", name="Send the code").click()
        expect_heading(page, "Check your mail")
        page.get_by_label("Code").fill("AAAA AAAA")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Use this picture").click()
        choose_the_secret(page, "583019", (6, 3, 4, 1, 2))
        (tmp_path / "new").mkdir()
        file = save_and_show(page, tmp_path / "new")
        expect(page.get_by_role("alert")).to_contain_text("The code is not right")
        page.get_by_label("Code").fill(code_for(signet, old.email, "new picture is"))
        page.get_by_role("button", name="Continue").click()
        expect_heading(page, "Your new picture is in place")
        page.get_by_role("main").get_by_role("link", name="Sign in", exact=True).click()
        go_to_the_picture(page, old.username)
        prove(page, old)
        expect(page.get_by_role("alert")).to_contain_text(REFUSED)
        prove(page, Signet("olga", old.email, file, "583019", (6, 3, 4, 1, 2)))
        expect_signed_in(page, "olga")


VIEWS: list[tuple[int, Theme]] = [
    (NARROW, "light"),
    (NARROW, "dark"),
    (WIDE, "light"),
    (WIDE, "dark"),
]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_every_page_fits_and_is_looked_at(
    signet: Running, nora: Signet, chromium: Chromium, view: tuple[int, Theme], tmp_path: Path
) -> None:
    """Issue 3: "Screenshots of each page at 390 px and 1280 px in both themes"."""
    width, theme = view
    with chromium.person(width=width, theme=theme) as person:
        page = person.new_page()

        def look(name: str) -> None:
            chromium.picture(page, f"image-{name}")
            assert overflows(page) == 0, name

        page.goto(f"{signet.url}/security/image-login")
        look("explained")
        page.goto(f"{signet.url}/register/demo/")
        look("register-you")
        name_the_new_person(page, f"look-{width}-{theme}", f"look-{width}-{theme}@example.com")
        page.wait_for_function("document.querySelectorAll('[data-gallery] canvas').length === 8")
        look("register-picture")
        page.get_by_role("button", name="Use this picture").click()
        expect_heading(page, "Choose a PIN")
        look("register-pin")
        choose_the_secret(page)
        expect_heading(page, "Keep your picture safe")
        look("register-keep")
        save_and_show(page, tmp_path)
        expect_heading(page, "Check your mail")
        look("register-mail")

        page.goto(f"{signet.url}/recover/demo/")
        look("recover-you")
        page.get_by_label("Username").fill("nobody")
        page.get_by_label("E-mail").fill("nobody@example.com")
        page.get_by_role("button", name="Send the code").click()
        expect_heading(page, "Check your mail")
        look("recover-code")

        person.clear_cookies()
        begin_at(page, signet.demo_url)
        go_to_the_picture(page, nora.username)
        look("sign-in")
        show_picture(page, Path("static/img/stage-hills.webp"))
        expect(page.get_by_text("No key in this picture")).to_be_visible()
        look("sign-in-no-key")
        show_picture(page, nora.file)
        expect_heading(page, "Enter your PIN")
        look("sign-in-pin")
        give_pin(page, "640851")
        look("sign-in-pattern")
        for node in nora.pattern:
            page.locator(".pattern__node").nth(node).click()
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text(REFUSED)
        look("sign-in-refused")
