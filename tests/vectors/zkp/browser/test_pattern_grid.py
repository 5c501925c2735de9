"""The pattern grid by mouse, touch, keyboard and assistive technology."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page

from tests.devices.browser import Chromium
from tests.vectors.zkp.browser.counterpart import Counterpart
from tests.vectors.zkp.browser.shown import heard, show, value

PATTERN = """<main><signet-pattern size="{size}" min="4" label="Your pattern" {more}></signet-pattern></main>"""


@pytest.fixture
def page(chromium: Chromium) -> Iterator[Page]:
    with chromium.person(width=390) as person:
        yield person.new_page()


def show_pattern(page: Page, server: Counterpart, size: int = 3, more: str = "") -> Locator:
    show(page, server, "pattern-grid", PATTERN.format(size=size, more=more))
    return page.locator("signet-pattern")


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
