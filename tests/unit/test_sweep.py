"""Holds past their limit: ended whatever else fails, logged once, and given to whoever is paged."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from cleargate.custody import holds
from cleargate.custody.holds import Incident
from cleargate.custody.limits import Ending
from cleargate.gate.sweep import Sweep
from cleargate.log.read import Entry, entries
from cleargate.model.decision import Limit, RuleRef
from cleargate.model.errors import StoreFull
from cleargate.model.words import Layer, RuleKind
from cleargate.web.watch import watching_holds
from tests.jurisdiction import Jurisdiction, found

LIMIT = Limit(RuleRef("us-xx/hold", "8 CFR 287.7(d)", "48 hours", RuleKind.GRANT, Layer.STATE),
              "PT48H", "8 CFR 287.7(d)")  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    return found(tmp_path)


def held(here: Jurisdiction, hours: int = 48) -> str:
    """A person who is held on a paper for that long."""
    booking, now = here.book_in(), here.clock()
    leaf = here.parts.log.head().size - 1
    with here.parts.custody.write() as conn:
        end = Ending(now + timedelta(hours=hours), LIMIT)
        holds.begin(conn, leaf, "E-1", booking, now, end, now)
    return booking


def logged(here: Jurisdiction) -> list[Entry]:
    return entries(here.parts.log, kinds=("incident",))


def fill(here: Jurisdiction) -> None:
    """From now on the log takes no entry."""

    def full(step: str) -> None:
        if step == "before-lock":
            raise StoreFull("No room is left for the log.")

    here.parts.log.probe = full


def make_room(here: Jurisdiction) -> None:
    here.parts.log.probe = lambda step: None


def running(here: Jurisdiction, booking: str) -> bool:
    with here.parts.custody.read() as conn:
        return holds.running(conn, booking)


def test_a_hold_past_its_limit_is_ended_logged_by_a_job_and_paged_once(here: Jurisdiction) -> None:
    booking, sweep = held(here), Sweep(here.parts)
    assert sweep() == ((), None)
    here.clock.forward(hours=49)
    (incident,), fault = sweep()
    assert (incident.booking, incident.rule, fault) == (booking, "us-xx/hold", None)
    assert not running(here, booking)
    (entry,) = logged(here)
    assert (entry.leaf.via, entry.leaf.clear["rules"]) == ("job", ("us-xx/hold",))
    assert entry.values["booking"] == booking
    here.clock.forward(hours=1)
    assert sweep() == ((), None)
    assert Sweep(here.parts)() == ((), None)
    assert len(logged(here)) == 1


@pytest.mark.parametrize("restarted", [False, True])
def test_a_log_that_takes_no_entry_neither_keeps_anyone_nor_loses_the_incident(
    here: Jurisdiction, restarted: bool
) -> None:
    booking, sweep = held(here), Sweep(here.parts)
    here.clock.forward(hours=49)
    fill(here)
    (incident,), fault = sweep()
    assert incident.booking == booking
    assert isinstance(fault, StoreFull)
    assert not running(here, booking)
    make_room(here)
    assert logged(here) == []
    here.clock.forward(minutes=5)
    if restarted:
        sweep = Sweep(here.parts)
    assert sweep() == ((), None)
    (entry,) = logged(here)
    assert entry.values["booking"] == booking


def test_the_watch_pages_and_goes_on_after_a_fault(here: Jurisdiction) -> None:
    booking = held(here)
    here.clock.forward(hours=49)
    pages: list[tuple[Sequence[Incident], str]] = []
    enough = threading.Event()

    def page(found: Sequence[Incident], fault: str) -> None:
        pages.append((found, fault))
        make_room(here)
        here.clock.forward(minutes=5)
        if len(pages) == 1:
            held(here, hours=-1)
        else:
            enough.set()

    fill(here)
    with watching_holds(here.gate, 0.01, page):
        assert enough.wait(30)
    (first, fault), (second, calm) = pages[:2]
    assert [i.booking for i in first] == [booking]
    assert fault.startswith("Not logged yet: No room is left")
    assert len(second) == 1 and calm == ""
    assert not any(t.name == "holds" for t in threading.enumerate())
