"""The pages in a real browser: each page, role and state; by keyboard, at 320 px, in Spanish,
without a script, dark and printed; no violation of WCAG 2.2 A and AA, no error, no other host.
"""

from __future__ import annotations

import copy
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser

from cleargate.gate.answer import receipt_json
from cleargate.log.read import receipt
from cleargate.log.receipts import check_proof, receipt_from_json
from cleargate.model.errors import CleargateError
from cleargate.web.console.static_files import address
from tests.jurisdiction import JAIL, LOCKUP, POLICE, SHERIFF, Jurisdiction
from tests.web.browser import NARROW, PHONE, Looking, chromium
from tests.web.visiting import CASE, CIVIL, Site

PUBLIC_PAGES = ("/law", "/law/us-il-cook", "/law?find=detainer", "/law/side-by-side", "/agencies",
                "/agencies/ICE-ERO", "/sign-in", "/log/check", "/nothing-here")  # fmt: skip
OF_ROLES = (
    ("ada", "/overview"), ("ada", "/log"), ("ada", "/log/entry/0"), ("ada", "/log/entry/2"),
    ("ada", "/custody"), ("auditor", "/log?outcome=permit"), ("auditor", "/overview?days=30"),
    ("clerk", "/custody"), ("clerk", "/log"), ("detective", "/ask"), ("fbi", "/ask?dataset=arrest"),
    ("fbi", "/overview"), ("fbi", "/custody"), ("public", "/overview"), ("public", "/log"),
    ("public", "/ask"), ("desk", "/custody"), ("desk", "/custody?show=all"),
    ("desk", "/custody/B-BROWSER"),
    ("desk", "/custody/B-BROWSER/hold"), ("desk", "/custody/B-BROWSER/document"),
    ("desk", "/custody-book"), ("clerk", "/verify"), ("ice", "/log"),
)  # fmt: skip
ASKED: dict[str, tuple[str, dict[str, str]]] = {
    "rows": ("fbi", {**CASE}),
    "masked": ("fbi", {**CASE, "dataset": "involvement"}),
    "nothing": ("fbi", {**CASE, "dataset": "arrest"}),
    "statistics": ("public", {"action": "statistics", "purpose": "PUB"}),
    "refused": ("ice", {**CIVIL}),
    "no authority": ("fbi", {"action": "release_date", "purpose": "PUB", "target": "B-BROWSER"}),
    "conflict": ("ice", {**CIVIL, "action": "immigration_status", "target": "B-LOCKUP"}),
    "field": ("fbi", {"purpose": "C"}),
    "custody": ("public", {"action": "custody_status", "purpose": "PUB", "target": "B-BROWSER"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def people(here: Jurisdiction) -> None:
    """Someone in the jail and in the lockup, by a number that tests can type."""
    for by, custodian, facility, number in (
        ("desk", SHERIFF, JAIL, "B-BROWSER"), ("lockup", POLICE, LOCKUP, "B-LOCKUP"),
    ):  # fmt: skip
        subject = {"facility": facility, "name": "Invented Person", "immigration_status": "x"}
        done = here.ask(by, "book", custodian=custodian, target=number, subject=subject)
        assert done.opens


@pytest.fixture
def look(browser: Browser, site: Site) -> Iterator[Any]:
    """Opens windows, and holds at the end that none of them met any trouble."""
    windows: list[Looking] = []

    def opened(person: str = "", **options: Any) -> Looking:
        windows.append(Looking(browser, site, person, **options))
        return windows[-1]

    yield opened
    troubles = [trouble for window in windows for trouble in window.troubles]
    for window in windows:
        window.close()
    assert troubles == []


def _all_is_well(window: Looking) -> None:
    assert window.accessible() == []
    assert window.wider_than_window() == []
    assert window.page.locator("h1").count() == 1
    assert window.page.locator("main h1").inner_text().strip()


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_each_public_page(look: Any, path: str) -> None:
    window = look()
    window.go(path)
    _all_is_well(window)


@pytest.mark.parametrize(("person", "path"), OF_ROLES)
def test_each_page_of_each_role(look: Any, person: str, path: str) -> None:
    window = look(person)
    window.go(path)
    _all_is_well(window)


@pytest.mark.parametrize("state", ASKED)
def test_each_answer(look: Any, state: str) -> None:
    person, fields = ASKED[state]
    window = look(person)
    page = window.ask(**fields)
    _all_is_well(window)
    if state not in ("field",):
        assert "Checked in this browser." in page.locator(".checked").first.inner_text()
    window.page.emulate_media(color_scheme="dark")
    assert window.accessible() == []


@pytest.mark.parametrize("state", ["rows", "masked", "refused", "statistics", "field"])
def test_each_answer_at_320_pixels_in_spanish(look: Any, state: str) -> None:
    person, fields = ASKED[state]
    window = look(person, viewport=NARROW, locale="es-US")
    page = window.ask(**fields)
    assert page.locator("html").get_attribute("lang") == "es"
    _all_is_well(window)


@pytest.mark.parametrize(("person", "path"), [
    ("", "/law"), ("", "/law/side-by-side"), ("", "/agencies"), ("", "/sign-in"),
    ("", "/log/check"), ("ada", "/overview"), ("ada", "/log"), ("ada", "/log/entry/2"),
    ("desk", "/custody"), ("desk", "/custody/B-BROWSER"), ("fbi", "/ask"),
    ("desk", "/custody-book"), ("desk", "/custody/B-BROWSER/hold"),
])  # fmt: skip
def test_each_page_at_320_pixels_in_spanish_and_dark(look: Any, person: str, path: str) -> None:
    window = look(person, viewport=NARROW, locale="es-US", color_scheme="dark")
    window.go(path)
    _all_is_well(window)


@pytest.mark.parametrize("state", ["rows", "refused", "field"])
def test_each_answer_without_a_script(look: Any, state: str) -> None:
    person, fields = ASKED[state]
    window = look(person, java_script_enabled=False)
    page = window.ask(**fields)
    assert page.locator("h1").inner_text()
    assert page.locator("a[href$='/receipt']").count() == (0 if state == "field" else 1)


def test_another_data_set_is_chosen_without_a_script(look: Any) -> None:
    window = look("fbi", java_script_enabled=False)
    page = window.go("/ask")
    page.select_option("#dataset", "person")
    window.click("button[value=form]")
    assert page.locator("input[name=columns][value=surname]").count() == 1


def test_the_columns_follow_the_data_set_with_one(look: Any, site: Site) -> None:
    window = look("fbi")
    page = window.go("/ask")
    before = site.size
    assert page.locator("button[value=form]").is_hidden()
    page.select_option("#dataset", "person")
    page.wait_for_selector("input[name=columns][value=surname]", state="attached")
    assert site.size == before, "choosing asks nothing"


def test_asking_by_the_keyboard_alone(look: Any, site: Site) -> None:
    window = look("ice")
    page = window.go("/ask")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "purpose":
            break
    page.keyboard.type("CIV")
    before = site.size
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "ask":
            break
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", (
            "what has the focus shows it"
        )
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask")
    page.wait_for_selector(".receipt")
    assert site.since(before)[0].leaf.clear["outcome"] == "refuse"


def test_the_menu_of_a_phone_opens_by_the_keyboard(look: Any) -> None:
    window = look("fbi", viewport=PHONE)
    page = window.go("/law")
    assert page.locator(".main-nav").is_hidden()
    page.locator(".menu > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".menu a[href='/log']").is_visible()
    assert window.accessible() == []


def test_a_mistake_has_the_focus_and_its_sentence(look: Any) -> None:
    window = look("fbi")
    page = window.ask(purpose="C", attention="A. Reed")
    assert page.evaluate("document.activeElement.id") == "case"
    assert "Enter the case number." in page.locator("#case-fault").inner_text()


@pytest.mark.parametrize(("person", "path"), [
    ("", "/law"), ("ada", "/overview"), ("ada", "/log/entry/2"), ("desk", "/custody"),
    ("desk", "/custody/B-BROWSER"),
])  # fmt: skip
def test_a_printed_page_has_no_controls_and_keeps_its_words(
    look: Any, person: str, path: str
) -> None:
    window = look(person)
    page = window.go(path)
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert page.locator(".main-nav").is_hidden()
    assert page.locator(".no-print").evaluate_all("all => all.every((e) => !e.offsetParent)")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_signing_in_by_password_and_code(look: Any, here: Jurisdiction) -> None:
    subject = {"person": "newcomer", "agency": "FBI", "role": "officer", "console": "yes"}
    link = here.ask("ada", "credential:issue", custodian=POLICE, subject=subject).result
    window = look()
    page = window.go(f"/enrol/{link['enrolment']}")
    _all_is_well(window)
    key = page.locator(".mono.strong").inner_text().replace(" ", "")
    page.fill("#password", "a long enough sentence")
    page.fill("#code", pyotp.TOTP(key).at(here.clock()))
    window.click("main button")
    assert page.url.endswith("/overview")
    window.click(".who button")
    here.clock.forward(seconds=30)
    page.goto("/ask")
    assert "/sign-in" in page.url
    page.fill("#name", "newcomer")
    page.fill("#password", "not this one, surely")
    page.fill("#code", "000000")
    window.click("main button")
    assert page.locator(".fault").is_visible() and window.accessible() == []
    page.fill("#password", "a long enough sentence")
    page.fill("#code", pyotp.TOTP(key).at(here.clock()))
    window.click("main button")
    assert page.url.endswith("/ask") and page.locator(".who b").inner_text() == "newcomer"


# --- the browser's verifier beside the offline one ----------------------------------------------


def _damaged(paper: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A true receipt, and every way of it that is not."""
    yield "true", paper

    def changed(name: str, value: Any) -> dict[str, Any]:
        return copy.deepcopy(paper) | {name: value}

    def flipped(text: str) -> str:
        raw = bytearray(b64decode(text))
        raw[0] ^= 1
        return b64encode(raw).decode()

    yield "leaf", changed("leaf_hash", flipped(paper["leaf_hash"]))
    yield "index", changed("index", paper["index"] ^ 1)
    yield "beyond", changed("index", paper["tree_size"])
    yield "size", changed("tree_size", paper["tree_size"] + 1)
    yield "short", changed("proof", paper["proof"][:-1])
    yield "long", changed("proof", [*paper["proof"], paper["proof"][0]])
    for k, beside in enumerate(paper["proof"]):
        proof = [*paper["proof"]]
        proof[k] = flipped(beside)
        yield f"hash {k}", changed("proof", proof)
    note = paper["checkpoint"]
    lines = note.split("\n")
    yield "root", changed("checkpoint", note.replace(lines[2], flipped(lines[2])))
    yield "note size", changed("checkpoint", note.replace(f"\n{lines[1]}\n", f"\n{lines[1]}0\n", 1))
    yield "origin", changed("checkpoint", note.replace(lines[0], "other.example", 1))
    signature = lines[4].split(" ")[2]
    yield "signature", changed("checkpoint", note.replace(signature, _other(signature)))
    yield "unsigned", changed("checkpoint", "\n".join([*lines[:4], ""]))


def _other(signature: str) -> str:
    raw = bytearray(b64decode(signature))
    raw[-1] ^= 1
    return b64encode(raw).decode()


def test_the_browser_judges_receipts_as_the_offline_verifier_does(
    look: Any, here: Jurisdiction
) -> None:
    log = here.parts.log
    vkey = str(log.signer.verifier)
    window = look()
    page = window.go("/law")
    script = address("receipt.js")
    for index in (0, 1, log.head().size // 2, log.head().size - 1):
        for name, paper in _damaged(receipt_json(receipt(log, index))):
            try:
                check_proof(receipt_from_json(json.dumps(paper)), vkey)
                right = True
            except CleargateError:
                right = False
            judged = page.evaluate(
                "async ([script, paper, key]) => (await import(script)).checkReceipt(paper, key)",
                [script, paper, vkey],
            )
            assert judged is right, (index, name)
    other = vkey.replace("log.example", "log.other")
    assert (
        page.evaluate(
            "async ([script, paper, key]) => (await import(script)).checkReceipt(paper, key)",
            [script, receipt_json(receipt(log, 0)), other],
        )
        is False
    )
