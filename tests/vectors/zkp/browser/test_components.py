"""PIN pad, pattern grid and generated covers: by mouse, touch, keyboard and assistive technology."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.devices.browser import Chromium
from tests.vectors.zkp.browser.counterpart import Counterpart

PIN = """<main><form id="form" action="/sent"><signet-pin length="6" icons="/static/img/icons.svg" {more}>
<input class="input" name="pin" aria-label="PIN, 6 digits"></signet-pin></form></main>"""
PATTERN = """<main><signet-pattern size="{size}" min="4" label="Your pattern" {more}></signet-pattern></main>"""
SCRIPTS = """<script type="module" src="/static/zkp/components/pin-pad.js"></script>
<script type="module" src="/static/zkp/components/pattern-grid.js"></script>"""


@pytest.fixture
def page(chromium: Chromium, server: Counterpart) -> Iterator[Page]:
    server.head = SCRIPTS
    with chromium.person(width=390) as person:
        yield person.new_page()


def show(page: Page, server: Counterpart, body: str) -> None:
    """The page with ``body``, and an ear for what the components announce."""
    server.body = body
    page.goto(server.origin)
    page.evaluate(
        """() => { window.heard = [];
        document.addEventListener("signet-change", ({ detail }) => heard.push(detail.complete)); }"""
    )


def show_pin(page: Page, server: Counterpart, more: str = "") -> Locator:
    show(page, server, PIN.format(more=more))
    return page.locator("signet-pin")


def show_pattern(page: Page, server: Counterpart, size: int = 3, more: str = "") -> Locator:
    show(page, server, PATTERN.format(size=size, more=more))
    return page.locator("signet-pattern")


def value(element: Locator) -> Any:
    return element.evaluate("element => element.value")


def heard(page: Page) -> Any:
    return page.evaluate("heard")


def centre(page: Page, number: int) -> tuple[float, float]:
    box = page.locator(".pattern__node").nth(number).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def stroke(page: Page, *nodes: int, steps: int = 4) -> None:
    page.mouse.move(*centre(page, nodes[0]))
    page.mouse.down()
    for node in nodes[1:]:
        page.mouse.move(*centre(page, node), steps=steps)
    page.mouse.up()


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


def test_a_pattern_is_drawn_in_one_stroke(page: Page, server: Counterpart) -> None:
    """One announcement at the end: nobody is signed in in the middle of a stroke."""
    pattern = show_pattern(page, server)

    stroke(page, 2, 1, 0, 3, 4)

    assert value(pattern) == [2, 1, 0, 3, 4]
    assert heard(page) == [True]
    assert pattern.get_by_role("status").inner_text() == "5 points joined"


def test_a_quick_stroke_misses_no_node(page: Page, server: Counterpart) -> None:
    """A finger is seen at few places; the way between them counts."""
    pattern = show_pattern(page, server)

    stroke(page, 0, 2, 8, 6, steps=1)

    assert value(pattern) == [0, 1, 2, 5, 8, 7, 6]


def test_a_second_stroke_begins_anew(page: Page, server: Counterpart) -> None:
    """A slip is corrected by drawing again."""
    pattern = show_pattern(page, server)
    stroke(page, 0, 1)

    stroke(page, 2, 1, 4, 7)

    assert value(pattern) == [2, 1, 4, 7]


def test_nodes_may_be_tapped_one_by_one(page: Page, server: Counterpart) -> None:
    """WCAG 2.2, 2.5.7: what is dragged can be done without dragging; screen readers tap, too."""
    pattern = show_pattern(page, server)

    for node in (2, 0, 4, 7):
        page.mouse.click(*centre(page, node))

    assert value(pattern) == [2, 1, 0, 4, 7]
    assert heard(page)[-1] is True


def test_a_finger_draws_and_a_second_one_is_ignored(
    chromium: Chromium, server: Counterpart
) -> None:
    """Touch comes as pointer events of its own kind, and hands hold telephones."""
    server.head = SCRIPTS
    with chromium.person(width=390) as person:
        page = person.new_page()
        pattern = show_pattern(page, server)
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (centre(page, node) for node in (0, 3, 4, 8))
        touch = person.new_cdp_session(page)

        def send(kind: str, *points: tuple[float, float]) -> None:
            fingers = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

        send("touchStart", (x0, y0))
        send("touchMove", (x1, y1))
        send("touchStart", (x1, y1), (x2, y0))
        send("touchMove", (x2, y2), (x2, y0))
        send("touchMove", (x3, y3), (x2, y0))
        send("touchEnd")

        assert value(pattern) == [0, 3, 4, 8]


def test_a_pattern_is_joined_by_keyboard(page: Page, server: Counterpart) -> None:
    """svzkp-1 §11: "pattern grid operable by keyboard (nodes are numbered buttons)"."""
    pattern = show_pattern(page, server)

    page.keyboard.press("Tab")
    keys = "Space ArrowRight ArrowRight Enter ArrowDown Space ArrowLeft Space Backspace"
    for key in keys.split():
        page.keyboard.press(key)

    assert value(pattern) == [0, 1, 2, 5]
    assert heard(page)[-1] is True
    page.keyboard.press("Escape")
    assert value(pattern) == []
    assert heard(page)[-1] is False


def test_a_node_between_two_joined_ones_joins_in_every_manner(
    page: Page, server: Counterpart
) -> None:
    """design: "a node exactly between two joined ones joins too, by finger and by keyboard alike"."""
    pattern = show_pattern(page, server, size=4)

    page.mouse.click(*centre(page, 0))
    page.mouse.click(*centre(page, 15))

    assert value(pattern) == [0, 5, 10, 15]


def test_a_pattern_tells_its_points_to_who_cannot_see(page: Page, server: Counterpart) -> None:
    """Pressed and in which order: what the line shows to everybody else."""
    pattern = show_pattern(page, server)

    page.mouse.click(*centre(page, 4))

    joined = page.get_by_role("button", name="Point 5, joined as number 1")
    assert joined.get_attribute("aria-pressed") == "true"
    assert page.get_by_role("group", name="Your pattern").count() == 1
    assert pattern.get_by_role("status").inner_text() == "1 joined, 3 more"


def test_the_way_can_be_hidden_from_who_looks_over_a_shoulder(
    page: Page, server: Counterpart
) -> None:
    """`show_pin_when_typing` off: neither digits nor lines."""
    pattern = show_pattern(page, server, more="line-hidden")

    stroke(page, 0, 1, 4, 7)

    assert not pattern.locator(".pattern__line").is_visible()
    assert value(pattern) == [0, 1, 4, 7]


def test_clearing_begins_at_the_first_node(page: Page, server: Counterpart) -> None:
    """Starting over leaves the reader at the start."""
    pattern = show_pattern(page, server)
    stroke(page, 0, 1, 4, 7)

    pattern.evaluate("element => element.clear()")

    assert value(pattern) == []
    assert page.evaluate("document.activeElement.textContent") == "1"
    assert pattern.get_by_role("status").inner_text() == "Join at least 4 points"


COVERS = """async (given) => {
  const { STYLES, draw, freshSeed } = await import("/static/zkp/components/art.js");
  const { Signet } = await import("/static/zkp/signet.js");
  const pixels = (style, seed, size) => {
    const canvas = document.createElement("canvas");
    draw(canvas, style, seed, size);
    return [canvas, canvas.getContext("2d").getImageData(0, 0, size, size).data];
  };
  const same = (a, b) => a.every((value, i) => value === b[i]);
  const signet = new Signet({ tenant: "acme" });
  const told = {};
  for (const { id } of STYLES) {
    const [canvas, first] = pixels(id, given.seed, 1024);
    const vault = await signet.makeVault({ cover: canvas, username: "mara", pinSize: 6 });
    told[id] = {
      again: same(pixels(id, given.seed, 128)[1], pixels(id, given.seed, 128)[1]),
      other: same(pixels(id, given.seed, 128)[1], pixels(id, given.seed + 1, 128)[1]),
      band: vault.picture.band,
      errors: vault.picture.ber.ber.error_bits,
      megabytes: vault.blob.size / 1e6,
    };
  }
  signet.end();
  return { told, seeds: new Set([freshSeed(), freshSeed(), freshSeed()]).size };
}"""


def test_every_style_makes_a_cover_that_carries_a_key(page: Page, server: Counterpart) -> None:
    """Image login: "several attractive generative styles, each from fresh randomness"."""
    show(page, server, "")

    drawn = page.evaluate(COVERS, {"seed": 20_260_101})

    assert set(drawn["told"]) == {"currents", "glass", "hills", "rosette"}
    for told in drawn["told"].values():
        assert told["again"]
        assert not told["other"]
        assert (told["band"], told["errors"]) == ("fine", 0)
        assert told["megabytes"] < 4
    assert drawn["seeds"] == 3
