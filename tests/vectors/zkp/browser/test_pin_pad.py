"""The PIN pad by mouse, keyboard and assistive technology."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page

from tests.devices.browser import Chromium
from tests.vectors.zkp.browser.counterpart import Counterpart
from tests.vectors.zkp.browser.shown import heard, show, value

PIN = """<main><form id="form" action="/sent"><signet-pin length="6" icons="/static/img/icons.svg" {more}>
<input class="input" name="pin" aria-label="PIN, 6 digits"></signet-pin></form></main>"""


@pytest.fixture
def page(chromium: Chromium) -> Iterator[Page]:
    with chromium.person(width=390) as person:
        yield person.new_page()


def show_pin(page: Page, server: Counterpart, more: str = "") -> Locator:
    show(page, server, "pin-pad", PIN.format(more=more))
    return page.locator("signet-pin")


def test_a_pin_is_entered_on_the_pad(page: Page, server: Counterpart) -> None:
    """The pad is the keyboard of a telephone."""
    pin = show_pin(page, server)

    for digit in "48291":
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="Delete last digit").click()
    for digit in "137":
        page.get_by_role("button", name=digit, exact=True).click()

    assert value(pin) == "482913"
    assert heard(page)[-1] is True
    assert heard(page).count(True) == 2


def test_a_pin_is_typed_without_touching_the_pad(page: Page, server: Counterpart) -> None:
    """Only digits stay, in the form the key derivation takes: ASCII."""
    pin = show_pin(page, server)

    page.get_by_label("PIN, 6 digits").focus()
    page.keyboard.insert_text("4a8٢٩-")
    page.keyboard.type("13579")

    assert value(pin) == "482913"


def test_the_pad_is_one_stop_and_walked_with_arrows(page: Page, server: Counterpart) -> None:
    """WAI-ARIA practices: a composite takes one Tab; digits typed on the pad count as pressed."""
    pin = show_pin(page, server)

    page.get_by_label("PIN, 6 digits").focus()
    page.keyboard.press("Tab")
    for key in ("ArrowDown", "ArrowRight", "Enter", "Space", "7", "Backspace", "8"):
        page.keyboard.press(key)

    assert value(pin) == "558"
    assert page.evaluate("document.activeElement.textContent") == "5"


def test_the_screen_shows_a_pin_only_when_asked(page: Page, server: Counterpart) -> None:
    """svzkp-1 §11: "`show_pin_when_typing` only masks"."""
    pin = show_pin(page, server)
    page.get_by_label("PIN, 6 digits").focus()
    page.keyboard.type("48")
    hidden = pin.locator(".pin__slot").all_inner_texts()

    page.get_by_role("button", name="Show PIN").click()

    assert hidden == [""] * 6
    assert pin.locator(".pin__slot").all_inner_texts() == ["4", "8", "", "", "", ""]
    assert page.get_by_role("button", name="Show PIN").get_attribute("aria-pressed") == "true"
    pin = show_pin(page, server, "shown")
    page.get_by_label("PIN, 6 digits").focus()
    page.keyboard.type("48")
    assert pin.locator(".pin__slot").all_inner_texts() == ["4", "8", "", "", "", ""]


def test_the_room_hears_how_many_digits_and_never_which(page: Page, server: Counterpart) -> None:
    """A pressed key says nothing by itself to who cannot see the slots."""
    show_pin(page, server)

    page.get_by_role("button", name="7", exact=True).click()

    assert page.get_by_role("status").inner_text() == "1 of 6 digits"


def test_a_pin_is_carried_along_by_no_form(page: Page, server: Counterpart) -> None:
    """Image login: "nothing typed reaches a log, the URL, autofill or a request"."""
    pin = show_pin(page, server)
    page.get_by_label("PIN, 6 digits").focus()
    page.keyboard.type("482913")

    fields = page.evaluate("[...new FormData(document.querySelector('form')).keys()]")

    field = pin.locator("input")
    assert fields == []
    assert field.get_attribute("autocomplete") == "off"
    assert field.get_attribute("type") == "text"


def test_the_pads_words_are_the_pages(page: Page, server: Counterpart) -> None:
    """Whoever translates the page translates the components, by attributes alone."""
    words = (
        'word-pad="Tasten" word-erase="Löschen" word-reveal="Zeigen" word-count="{count}/{length}"'
    )
    show_pin(page, server, words)

    page.get_by_role("group", name="Tasten").get_by_role("button", name="3").click()

    assert page.get_by_role("status").inner_text() == "1/6"
    assert page.get_by_role("button", name="Löschen").count() == 1
    assert page.get_by_role("button", name="Zeigen").count() == 1


def test_a_waiting_pad_takes_nothing(page: Page, server: Counterpart) -> None:
    """While keys are derived, a digit more would belong to no attempt."""
    pin = show_pin(page, server)

    pin.evaluate("element => element.setAttribute('disabled', '')")

    assert page.get_by_role("button", name="5").is_disabled()
    assert pin.locator("input").is_disabled()
