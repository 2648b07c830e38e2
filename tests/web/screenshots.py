"""Photographs every page of the demonstration county, at a desk and on a phone.

``make screenshots`` writes them to ``build/screenshots``; with ``ARGS=--documents`` also the four
that the README shows, to ``docs/images``.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page

from cleargate.agencies.secret import new_secret
from cleargate.commands.library import SHIPPED
from cleargate.config import random_bytes
from cleargate.demo.law import DEFAULT
from cleargate.demo.setting import County, build
from cleargate.demo.tour import Console, Tour
from cleargate.opening import close, desk
from cleargate.web.app import make_app
from cleargate.web.console.office import Office
from cleargate.web.serve import listening
from tests.architecture.source import ROOT
from tests.web.browser import DESK, PHONE, chromium

CASE: Final = {"case": "JM-2025-0417", "attention": "Det. R. Ames"}
CIVIL: Final = {"purpose": "CIV-IMM"}
Act = Callable[[Page], None]


@dataclass(frozen=True)
class Shot:
    """One picture: who looks at what, and what they fill in before.

    Attributes:
        document: the part that a document shows, from the top, in pixels; 0 for none.
    """

    name: str
    who: str
    path: str
    asks: dict[str, str] = field(default_factory=dict)
    act: Act | None = None
    options: dict[str, Any] = field(default_factory=dict)
    document: int = 0


def _surname(page: Page) -> None:
    page.locator("select[name=column]").first.select_option("surname")
    page.locator("select[name=op]").first.select_option("prefix")
    page.locator("input[name=value]").first.fill("MAR")


def _first_booking(page: Page) -> None:
    page.locator(".inbox h2 a").first.click()


def _lodge(page: Page) -> None:
    _first_booking(page)
    page.locator(".acts a").first.click()


SHOTS: Final = (
    Shot("sign-in", "", "/sign-in"),
    Shot("ask-form", "detective", "/ask"),
    Shot("ask", "detective", "/ask", {"dataset": "person", **CASE}, _surname, document=800),
    Shot("ask-masked", "fbi", "/ask", {"dataset": "involvement", **CASE}),
    Shot("ask-mistake", "detective", "/ask", {"attention": "Det. R. Ames"}),
    Shot("ask-statistics", "citizen", "/ask", {"action": "statistics"}),
    Shot("refusal", "ice", "/ask", CIVIL, document=860),
    Shot("refusal-es", "ice", "/ask", CIVIL, options={"locale": "es-US"}),
    Shot("no-authority", "fbi", "/ask", {"dataset": "arrest", "purpose": "PUB"}),
    Shot("overview", "administrator", "/overview", document=1000),
    Shot("overview-dark", "administrator", "/overview", options={"color_scheme": "dark"}),
    Shot("log", "auditor", "/log"),
    Shot("entry", "auditor", "/log/entry/84", document=900),
    Shot("check", "", "/log/check"),
    Shot("custody", "desk", "/custody"),
    Shot("booking", "desk", "/custody", act=_first_booking),
    Shot("custody-all", "desk", "/custody?show=all"),
    Shot("book", "desk", "/custody-book"),
    Shot("lodge", "desk", "/custody", act=_lodge),
    Shot("custody-closed", "clerk", "/custody"),
    Shot("agencies", "", "/agencies"),
    Shot("agency", "", "/agencies/ICE-ERO"),
    Shot("law", "", "/law"),
    Shot("laws", "", "/law/side-by-side"),
    Shot("nothing", "", "/nothing-here"),
)


def main() -> None:
    """Build the county, serve it, and photograph it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", action="store_true", help="the README's pictures as well")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these alone")
    given = parser.parse_args()
    documents = given.documents
    out = ROOT / "build" / "screenshots"
    out.mkdir(parents=True, exist_ok=True)
    with _county() as (url, links), chromium() as browser:
        for shot in SHOTS:
            if given.only and shot.name not in given.only:
                continue
            for size, viewport in (("", DESK), ("-phone", PHONE)):
                page = _page(browser, url, links, shot, viewport)
                page.screenshot(path=out / f"{shot.name}{size}.png", full_page=True)
                if documents and shot.document and not size:
                    clip = {"x": 0, "y": 0, "width": viewport["width"], "height": shot.document}
                    place = ROOT / "docs" / "images" / f"{shot.name}.png"
                    place.parent.mkdir(exist_ok=True)
                    page.screenshot(path=place, full_page=True, clip=clip)  # type: ignore[arg-type]
                page.context.close()


@contextmanager
def _county() -> Iterator[tuple[str, dict[str, str]]]:
    place = Path(tempfile.mkdtemp(prefix="cleargate-screenshots-"))
    county = build(place / "county", SHIPPED, list(DEFAULT), lambda *_: None, 5_000)
    try:
        silent = Console(*[lambda *_: None] * 7)
        Tour(county.gate, county.people, silent, place, county.vkey, desk(county.settings)).run()
        with _served(county) as served:
            yield served
    finally:
        close(county.gate.parts)
        shutil.rmtree(place)


@contextmanager
def _served(county: County) -> Iterator[tuple[str, dict[str, str]]]:
    secrets = {who: new_secret(random_bytes) for who in county.people.tokens}
    links = {secret: county.people.tokens[who] for who, secret in secrets.items()}
    office = Office.of(county.settings, SHIPPED, url="http://127.0.0.1", links=links)
    app = make_app(county.gate, county.settings.serve, county.settings.limits, office=office)
    with listening(app) as server:
        yield server.url, {who: f"/link/{secret}" for who, secret in secrets.items()}


def _page(
    browser: Browser, url: str, links: dict[str, str], shot: Shot, viewport: dict[str, int]
) -> Page:
    context = browser.new_context(base_url=url, viewport=viewport, **shot.options)  # type: ignore[arg-type]
    page = context.new_page()
    if shot.who:
        page.goto(links[shot.who])
    page.goto(shot.path)
    asks = dict(shot.asks)
    if "dataset" in asks:
        with page.expect_navigation():
            page.select_option("#dataset", asks.pop("dataset"))
    for name, value in asks.items():
        control = page.locator(f"#{name}")
        if control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    if shot.act:
        shot.act(page)
    if shot.asks:
        with page.expect_navigation():
            page.click("button[value=ask]")
    page.wait_for_load_state("networkidle")
    return page


if __name__ == "__main__":
    main()
