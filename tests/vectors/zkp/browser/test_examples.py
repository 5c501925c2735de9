"""The example pages for integrators do what their reader is told they do, as they stand."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.vectors.zkp.browser.counterpart import CHECKOUT, Counterpart
from tests.vectors.zkp.browser.library import CASE, register_vectors

PICTURE = CHECKOUT / "tests" / "vectors" / "zkp" / "vector-image.png"


def draw(page: Page, *nodes: int) -> None:
    for node in nodes:
        page.get_by_role("button", name=f"Point {node + 1}", exact=True).click()


def open_sign_in(page: Page, server: Counterpart) -> None:
    register_vectors(server)
    page.goto(f"{server.origin}/examples/sign-in.html?auth_req_id=req-1")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Your picture").set_input_files(PICTURE)
    expect(page.get_by_text("Key found.")).to_be_visible()


def test_the_example_signs_in_and_goes_where_the_ticket_leads(
    page: Page, server: Counterpart
) -> None:
    """contract 2.5: "browser navigates to Sign In with `oid_nonce=nonce`"."""
    open_sign_in(page, server)
    page.get_by_label("PIN, 6 digits").focus()
    page.keyboard.type(CASE["pin"])
    draw(page, 0, 1, 2, 4, 6, 7, 8)

    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url("**/api/auth/sign-in?oid_nonce=*&auth_req_id=req-1")


@pytest.mark.parametrize(
    ("pin", "told"),
    [
        ("739164", "Picture, PIN or pattern is wrong."),
        ("7391", "Enter the PIN and draw the pattern that belong to this picture."),
    ],
)
def test_the_example_words_what_went_wrong(
    page: Page, server: Counterpart, pin: str, told: str
) -> None:
    """svzkp-1 §11: never which of the three was wrong."""
    open_sign_in(page, server)
    page.get_by_label("PIN, 6 digits").focus()
    page.keyboard.type(pin)
    draw(page, 0, 1, 2, 4, 6, 7, 8)

    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text(told)).to_be_visible()


def test_the_example_registers_after_the_file_was_shown_again(
    page: Page, server: Counterpart, tmp_path: Path
) -> None:
    """svzkp-1 §11, *Register*."""
    page.goto(f"{server.origin}/examples/register.html")
    page.get_by_label("Username").fill("mara")
    page.get_by_label("E-mail").fill("mara@acme.test")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save this picture").click()
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    page.get_by_label("Show the file you saved").set_input_files(saved)
    expect(page.get_by_text("The picture is kept.")).to_be_visible()
    page.get_by_label("New PIN, 6 digits").focus()
    page.keyboard.type("739164")
    draw(page, 2, 0, 4, 7)

    page.get_by_role("button", name="Register").click()

    expect(page.get_by_text("Done.")).to_be_visible()
    assert set(server.commitments) == {"mara"}
    assert saved.name == "vault-acme-mara.png"
