"""Headless Chromium for journeys: contexts of a size and a colour scheme, pictures in a folder."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NARROW, WIDE = 390, 1280
HEIGHT = 844
Theme = Literal["light", "dark"]


class _Driver:
    """Playwright itself, once a process: a second one beside it would not start. Its last user
    stops it."""

    users = 0
    running: Playwright | None = None

    @classmethod
    def take(cls) -> Playwright:
        if cls.running is None:
            cls.running = sync_playwright().start()
        cls.users += 1
        return cls.running

    @classmethod
    def give_back(cls) -> None:
        cls.users -= 1
        if cls.users == 0 and cls.running is not None:
            cls.running.stop()
            cls.running = None


class Chromium:
    """One browser process; every context in it is a person with cookies of their own."""

    def __init__(self, pictures: Path | None = None) -> None:
        self.pictures = pictures
        self._browser: PlaywrightBrowser | None = None

    def __enter__(self) -> Self:
        self._browser = _Driver.take().chromium.launch(
            executable_path=CHROMIUM, headless=True, args=list(FLAGS)
        )
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._browser is not None:
            self._browser.close()
            _Driver.give_back()

    @contextmanager
    def person(
        self,
        *,
        width: int = WIDE,
        theme: Theme = "light",
        with_script: bool = True,
        reduced_motion: bool = True,
    ) -> Iterator[BrowserContext]:
        """A fresh context. Open pages in it with ``new_page()``: two pages are two tabs.

        Whatever a page complains of in its console, a refused style or script above all, fails
        the test when the context closes.
        """
        if self._browser is None:
            raise RuntimeError("the browser is not running: use it in a with statement")
        context = self._browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            color_scheme=theme,
            java_script_enabled=with_script,
            reduced_motion="reduce" if reduced_motion else "no-preference",
            locale="en-GB",
            timezone_id="UTC",
        )
        context.set_default_timeout(10_000)
        complaints: list[str] = []
        context.on("weberror", lambda fault: complaints.append(str(fault.error)))
        context.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        try:
            yield context
        finally:
            context.close()
        faults = [text for text in complaints if not _is_status(text)]
        if faults:
            raise AssertionError("the browser complained: " + "; ".join(faults))

    def picture(self, page: Page, name: str) -> Path | None:
        """The whole page as ``<name>-<width>-<theme>.png``, if a folder for pictures was given."""
        if self.pictures is None:
            return None
        size = page.viewport_size
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        file = f"{slug}-{size['width'] if size else 0}-{'dark' if dark else 'light'}.png"
        self.pictures.mkdir(parents=True, exist_ok=True)
        path = self.pictures / file
        page.screenshot(path=path, full_page=True)
        return path


def overflows(page: Page) -> int:
    """By how many pixels the page can be moved sideways: 0 is what it should be."""
    return int(
        page.evaluate(
            "() => { scrollTo(99999, scrollY); const x = scrollX; scrollTo(0, scrollY); return x }"
        )
    )


def _is_status(text: str) -> bool:
    """Chromium logs every 4xx and 5xx as an error; tests look at those themselves."""
    return text.startswith("Failed to load resource: the server responded with a status of")
