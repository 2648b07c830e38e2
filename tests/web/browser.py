"""A real browser before the pages: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.visiting import Site, link_of

CHROMIUM: Final = Path(os.environ.get("CLEARGATE_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update",
                    "--disable-sync")  # fmt: skip
DESK: Final = {"width": 1280, "height": 800}
PHONE: Final = {"width": 390, "height": 844}
NARROW: Final = {"width": 320, "height": 640}
_RULES: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; a test is skipped without one, and fails where CI=true."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs {CHROMIUM}: apt-get install chromium", pytrace=False)
        pytest.skip(f"{CHROMIUM} is not there; install chromium to see the pages tested in it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Looking:
    """One person's browser window, and what it met.

    Attributes:
        troubles: errors of scripts and policies, and every address of another host.
    """

    def __init__(self, browser: Browser, site: Site, person: str = "", **options: Any) -> None:
        options.setdefault("viewport", DESK)
        self.site, self.troubles = site, list[str]()
        self._scripted = bool(options.get("java_script_enabled", True))
        self.url = options.setdefault("base_url", site.server.url)
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda fault: self.troubles.append(str(fault)))
        self.page.on("console", self._heard)
        self.page.on("request", self._asked)
        if person:
            self.page.goto(f"/link/{link_of(person)}")

    def go(self, path: str) -> Page:
        """Open a page; it is there when its receipts are checked."""
        self.page.goto(path)
        return self.settled()

    def settled(self) -> Page:
        """The page, when it is loaded and its receipts are checked."""
        self.page.wait_for_load_state("load")
        if self._scripted:
            self.page.wait_for_function(_CHECKED)
        return self.page

    def ask(self, **fields: str) -> Page:
        """Fill the form in and send it."""
        self.go("/ask")
        if "dataset" in fields:
            fields = {**fields}
            with self.page.expect_navigation():
                self.page.select_option("#dataset", fields.pop("dataset"))
                if not self._scripted:
                    self.page.click("button[value=form]")
            self.settled()
        for name, value in fields.items():
            field = self.page.locator(f"#{name}")
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        with self.page.expect_navigation():
            self.page.click("button[value=ask]")
        return self.settled()

    def click(self, what: str) -> Page:
        """Click what leads to another page."""
        with self.page.expect_navigation():
            self.page.click(what)
        return self.settled()

    def accessible(self) -> list[str]:
        """What axe-core finds against WCAG 2.2, A and AA, one line for each element."""
        found = Axe().run(self.page, options=_RULES).response["violations"]
        return [f"{v['id']}: {n['html'][:160]}" for v in found for n in v["nodes"]]

    def wider_than_window(self) -> list[str]:
        """Elements that make the page scroll sideways."""
        return list(self.page.evaluate(_WIDER))

    def close(self) -> None:
        """Close the window."""
        self.context.close()

    def _heard(self, message: Any) -> None:
        # Chromium says of every answer with a status from 400 on that a resource failed to load;
        # a refusal is such an answer, and none of our pages loads anything else.
        refusal = (
            message.text.startswith("Failed to load resource")
            and message.location.get("url", "").partition("?")[0] == self.page.url.partition("?")[0]
        )
        if message.type in ("error", "warning") and not refusal:
            self.troubles.append(f"{message.type}: {message.text}")

    def _asked(self, request: Any) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.troubles.append(f"asks another host: {request.url}")


_CHECKED: Final = """() =>
  [...document.querySelectorAll(".check-receipt p")].every((told) => told.textContent)"""
_WIDER: Final = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest(".scroll, pre"))
    .slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
}"""
