"""What the pages load: complete, small and from here alone."""

import re
from pathlib import Path

import pytest

from tests.builders.page_contexts import PAGES
from tests.pages.test_templates import STATES, read

STATIC = Path(__file__).resolve().parents[2] / "static"
SHEETS = [STATIC / "css" / f"{name}.css" for name in ("tokens", "base", "components")]
SCRIPTS = sorted((STATIC / "js").glob("*.js"))


@pytest.mark.parametrize(("name", "state"), STATES)
def test_every_icon_on_a_page_is_in_the_sprite(name: str, state: str) -> None:
    """An icon that is not drawn leaves an empty place and no error anywhere."""
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "img" / "icons.svg").read_text()))

    used = {
        (attributes.get("href") or "").partition("#")[2]
        for tag, attributes in read(name, state).elements
        if tag == "use"
    }

    assert used <= drawn


@pytest.mark.parametrize(("name", "state"), STATES)
def test_every_file_a_page_loads_is_there(name: str, state: str) -> None:
    """A missing style sheet is a page without style, and no test of the words would see it."""
    theme = PAGES[name][state].get("tenant_theme_url")

    loaded = {
        address.partition("#")[0]
        for tag, attributes in read(name, state).elements
        if tag in {"link", "script", "use"}
        and (address := attributes.get("href") or attributes.get("src"))
        and address != theme
    }

    assert loaded
    assert all((STATIC / address.removeprefix("/static/")).is_file() for address in loaded)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_a_style_sheet_points_to_files_that_are_here(sheet: Path) -> None:
    """WB07: `default-src 'self'`: a picture from elsewhere would be refused, and would tell on people."""
    addresses = re.findall(r'url\("([^"]+)"\)', sheet.read_text())

    assert all((sheet.parent / address).is_file() for address in addresses)
    assert "@import" not in sheet.read_text()


def test_the_style_sheets_of_a_sign_in_stay_small() -> None:
    """design: "The three files weigh 30 kB": a sign-in page is often a person's first, uncached."""
    assert sum(sheet.stat().st_size for sheet in SHEETS) < 34_000


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_makes_no_code_or_markup_from_text(script: Path) -> None:
    """WB07: no unsafe-eval; and what a page shows is never turned into markup again."""
    forbidden = r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write"

    assert not re.search(forbidden, script.read_text())
    assert not re.search(r"https?://", script.read_text())
