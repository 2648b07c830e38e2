"""Custody by page: each act is the same request as at the command line, and comes back as proof."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.jurisdiction import JAIL, Jurisdiction
from tests.web.visiting import Site, Visitor, text_of

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}<img src=x onerror=alert(2)>"
WARRANT = {"kind": "judicial-warrant", "issued_by": "federal-magistrate", "agency": "USMS",
           "asks": "hold", "complete": "yes", "criminal": "yes"}  # fmt: skip
USMS = {"represented": "USMS", "purpose": "C", "case": "26-114", "attention": "D. Lee"}


@pytest.fixture
def desk(site: Site) -> Iterator[Visitor]:
    with site.visitor("desk") as visitor:
        yield visitor


def _book(desk: Visitor, **fields: str) -> str:
    """Book someone by page; returns the number."""
    given = {"facility": JAIL, "name": "Invented Person"} | fields
    page = desk.post("/custody-book", given, form="/custody-book")
    assert page.status_code == 200, text_of(page.text)
    found = re.search(r"<h1>(\S+) is booked</h1>", page.text)
    assert found
    return found[1]


def _do(desk: Visitor, booking: str, act: str, **fields: str) -> str:
    """One act on a booking by page; returns the page."""
    page = desk.post(f"/custody/{booking}/{act}", fields, form=f"/custody/{booking}/{act}")
    assert page.status_code in (200, 403), text_of(page.text)
    return page.text


def _document(site: Site, desk: Visitor, booking: str, **fields: str) -> str:
    """Add a document by page; returns its number."""
    page = desk.post(f"/custody/{booking}/document", fields, form=f"/custody/{booking}/document")
    number = str(page.url.params.get("basis", ""))
    assert number.startswith("E-"), text_of(page.text)
    return number


def test_a_person_is_booked_by_the_same_request_as_at_the_command_line(
    site: Site, desk: Visitor
) -> None:
    desk.get("/custody")
    before = site.size
    booking = _book(desk, charges="retail theft", booked_at="2026-06-30T10:15", sentenced="no")
    decided, done, booked = site.since(before)
    assert [e.leaf.kind for e in (decided, done, booked)] == ["decided", "done", "booked"]
    assert decided.leaf.clear["action"] == "book" and decided.leaf.via == "console"
    page = text_of(desk.get(f"/custody/{booking}").text)
    assert "retail theft" in page and "A charge is not a conviction." in page
    assert "Tue 30 Jun 10:15 CDT" in page, "a time on a form is the office's"


def test_a_warrant_is_added_verified_lodged_and_held_on_by_page(site: Site, desk: Visitor) -> None:
    booking = _book(desk)
    paper = _document(site, desk, booking, **WARRANT)
    lodged = text_of(_do(desk, booking, "lodge", basis=paper, represented="USMS", purpose="C"))
    assert "that keeps nobody" in lodged and "No hold runs" in lodged
    inbox = text_of(desk.get("/custody").text)
    assert f"Decide on {booking}" in inbox and f"Verify {paper}" in inbox
    own = desk.post("/verify", {"target": paper}, form="/verify")
    assert own.status_code == 403, "whoever added it may not"
    with site.visitor("clara") as clerk:
        page = clerk.post("/verify", {"target": paper}, form="/verify")
    assert f"{paper} is verified" in text_of(page.text)
    held = text_of(_do(desk, booking, "hold", **USMS))
    assert f"Hold {booking} until a court says otherwise" in held
    assert "Fed. R. Crim. P." in text_of(desk.get(f"/custody/{booking}").text)
    served = text_of(_do(desk, booking, "serve-copy", basis=paper))
    assert f"A copy of {paper} was given" in served
    ended = text_of(_do(desk, booking, "withdraw", basis=paper))
    assert f"{paper} asks for nothing any more" in ended and "No hold runs" in ended


def test_a_hold_that_law_refuses_is_a_refusal_and_keeps_nobody(site: Site, desk: Visitor) -> None:
    booking = _book(desk)
    before = site.size
    page = _do(desk, booking, "hold", represented="ICE-ERO", purpose="CIV-IMM")
    (decided,) = site.since(before)
    assert decided.leaf.clear["outcome"] == "refuse" and "No record was read." in text_of(page)
    assert "No clock runs" in text_of(desk.get(f"/custody/{booking}").text)


def test_a_mistake_stands_at_its_field_and_asks_nothing(site: Site, desk: Visitor) -> None:
    desk.get("/custody")
    before = site.size
    page = desk.post("/custody-book", {"facility": JAIL, "name": ""}, form="/custody-book")
    assert page.status_code == 422 and 'id="name-fault"' in page.text
    assert [e for e in site.since(before) if e.leaf.kind == "decided"] == []


def test_a_release_can_be_written_down_with_the_time_of_then(desk: Visitor, site: Site) -> None:
    booking = _book(desk, booked_at="2026-06-30T10:15")
    late = desk.post("/custody-release", {"booking": booking, "at": "2099-01-01T00:00"})
    assert late.status_code == 422, "a time that has not come is no release"
    page = desk.post("/custody-release", {"booking": booking, "at": "2026-06-30T12:00"})
    assert "Tuesday 30 June 2026, 12:00 CDT" in text_of(page.text)


def test_what_is_due_soonest_stands_first_and_past_is_marked(
    site: Site, desk: Visitor, here: Jurisdiction
) -> None:
    now, zone = here.clock(), site.here.parts.timezone
    offsets = {"-1": timedelta(hours=-1), "2": timedelta(hours=2), "30": timedelta(hours=30)}
    numbers = {
        name: here.book_in(release_scheduled=(now + by).isoformat()) for name, by in offsets.items()
    }
    page = desk.get("/custody").text
    places = [page.index(f'href="/custody/{numbers[name]}"') for name in ("-1", "2", "30")]
    assert places == sorted(places), zone
    first = page[: places[0]].rindex("<li")
    assert page[first:].startswith('<li class="past">')
    everyone = desk.get("/custody?show=all").text
    assert all(number in everyone for number in numbers.values())


@pytest.mark.parametrize("act", ["hold", "lodge", "serve-copy", "withdraw", "transfer",
                                 "document"])  # fmt: skip
@pytest.mark.parametrize("person", ["", "fbi", "public", "clerk", "lockup"])
def test_nobody_elses_form_opens_a_booking(site: Site, person: str, act: str) -> None:
    booking = site.here.book_in()
    with site.visitor(person) as visitor:
        page = visitor.get(f"/custody/{booking}/{act}")
    assert "Invented Person" not in page.text
    assert page.status_code in (403, 404) or page.url.path == "/sign-in"


@pytest.mark.parametrize("field", ["name", "charges", "facility", "born", "booked_at", "target",
                                   "sentenced", "address"])  # fmt: skip
def test_hostile_text_in_a_booking_is_text(site: Site, desk: Visitor, field: str) -> None:
    given = {"facility": JAIL, "name": "Invented Person", field: HOSTILE}
    page = desk.post("/custody-book", given, form="/custody-book")
    pages = [page.text, desk.get("/custody?show=all").text]
    if booked := re.search(r"<h1>(\S+) is booked</h1>", page.text):
        pages.append(desk.get(f"/custody/{booked[1]}").text)
    assert all("<script>alert" not in p and "<img src=x" not in p for p in pages)


@pytest.mark.parametrize("act", ["hold", "lodge", "withdraw", "document"])
def test_hostile_text_in_an_act_is_text(site: Site, desk: Visitor, act: str) -> None:
    booking = site.here.book_in()
    fields = dict.fromkeys(("basis", "represented", "purpose", "case", "reason", "target", "kind",
                            "title", "otherwise_released", "expires"), HOSTILE)  # fmt: skip
    page = desk.post(f"/custody/{booking}/{act}", fields, form=f"/custody/{booking}/{act}")
    assert page.status_code in (400, 413, 422) and "<script>alert" not in page.text
