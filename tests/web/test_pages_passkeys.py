"""Passkeys in a real browser, with the authenticator that its developers' protocol has."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.jurisdiction import Jurisdiction
from tests.web.browser import NARROW, Looking, chromium
from tests.web.visiting import PROOF, Site, visiting


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def named(here: Jurisdiction) -> Iterator[Site]:
    """The pages at an address with a name, for which browsers make passkeys."""
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port = any_port.getsockname()[1]
    with visiting(here, url=f"http://localhost:{port}", port=port) as served:
        yield served


def _url(site: Site) -> str:
    return site.server.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def look(browser: Browser, named: Site) -> Iterator[Any]:
    windows: list[Looking] = []

    def opened(person: str = "", **options: Any) -> Looking:
        window = Looking(browser, named, person, base_url=_url(named), **options)
        windows.append(window)
        return window

    yield opened
    troubles = [trouble for window in windows for trouble in window.troubles]
    for window in windows:
        window.close()
    assert troubles == []


def _authenticator(window: Looking, *, verified: bool = True) -> None:
    """Give the browser a device that keeps passkeys, by the Chrome DevTools Protocol."""
    protocol = window.context.new_cdp_session(window.page)
    protocol.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
               "hasUserVerification": True, "isUserVerified": verified,
               "automaticPresenceSimulation": True}  # fmt: skip
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _make(window: Looking, name: str) -> None:
    page = window.go("/passkeys")
    page.fill("#name", name)
    window.click("form[data-passkey=make] button")
    assert page.locator("li .strong").last.inner_text() == name


def test_a_passkey_is_made_signs_in_and_is_removed(look: Any) -> None:
    window = look("fbi")
    _authenticator(window)
    page = window.go("/passkeys")
    assert window.accessible() == [] and window.wider_than_window() == []
    _make(window, "desk key")
    assert window.accessible() == []
    window.click(".who button")
    page.goto("/ask")
    assert "/sign-in" in page.url
    assert window.accessible() == []
    window.click("form[data-passkey] button")
    assert page.url.endswith("/ask") and page.locator(".who b").inner_text() == "fbi"
    window.go("/passkeys")
    window.click("li form button")
    assert page.locator("li .strong").count() == 0
    window.click(".who button")
    window.click("form[data-passkey] button")
    assert page.locator(".fault").is_visible() and "Nothing was opened" in page.inner_text("main")


def test_a_device_that_does_not_verify_its_user_makes_nothing(look: Any) -> None:
    window = look("ice")
    _authenticator(window, verified=False)
    page = window.go("/passkeys")
    page.fill("#name", "anyone's")
    page.click("form[data-passkey=make] button")
    page.locator("[role=status]", has_text="The device made nothing.").wait_for()
    window.go("/passkeys")
    assert page.locator("li .strong").count() == 0


def test_the_pages_of_passkeys_at_320_pixels_in_spanish(look: Any) -> None:
    window = look("fbi", viewport=NARROW, locale="es-US", color_scheme="dark")
    window.go("/passkeys")
    assert window.accessible() == [] and window.wider_than_window() == []


def test_without_a_script_the_page_says_so_and_password_and_code_remain(look: Any) -> None:
    window = look("fbi", java_script_enabled=False)
    page = window.go("/passkeys")
    assert page.locator("form[data-passkey]").is_hidden()
    assert "Making a passkey needs a script." in page.inner_text("main")


def test_an_address_of_digits_has_no_passkeys_and_says_why(site: Site) -> None:
    with site.visitor("fbi") as visitor:
        page = visitor.get("/passkeys").text
        assert "data-passkey" not in page and "address with a name" in page
        shown = PROOF.search(visitor.get("/passkeys").text)
        assert shown
        made = visitor.client.post("/passkeys", data={"proof": shown[1], "at": "x", "name": "n"})
    assert made.status_code == 400


@pytest.mark.parametrize("path", ["/passkeys", "/passkeys/remove", "/sign-in/passkey"])
def test_a_form_of_passkeys_without_its_proof_does_nothing(named: Site, path: str) -> None:
    with named.visitor("fbi") as visitor:
        page = visitor.client.post(path, data={"proof": "0" * 64, "name": "n", "id": "00"})
    assert page.status_code == 403
