"""A sentence and the day of a release are written down by the desk, and what law hangs on them is
owed from then on.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from cleargate.custody.facts import custody_facts
from cleargate.custody.release import Desk
from cleargate.gate.release import Release, release
from cleargate.log import read
from cleargate.model.errors import FieldError
from cleargate.model.words import Outcome, Tri
from tests import jurisdiction
from tests.jurisdiction import PACKS, SHERIFF, Jurisdiction

SOON = "2026-07-12T09:00-05:00"
LATER = "2026-08-01T09:00-05:00"
DUTIES = "\n".join(
    f"""
    @id("{name}") @cite("an invented order") @summary("Tell the victim") @review("needed")
    @on("{event}") @within("PT4H") @to("the victim")
    permit (principal, action == Action::"duty:{name}", resource);
    """
    for name, event in (
        ("tell-of-sentence", "sentenced"),
        ("tell-of-schedule", "release_scheduled"),
        ("tell-of-release", "released"),
        ("keep-a-note", "decided"),
    )
)


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    """A sheriff whose own pack has a duty on each of these events."""
    own = tmp_path / "packs" / "us-il-cook-sheriff"
    shutil.copytree(PACKS / own.name, own)
    (own / "policies" / "duties.cedar").write_text(DUTIES, "utf-8")
    (tmp_path / "county").mkdir()
    return jurisdiction.found(tmp_path / "county", (own.parent, PACKS))


def desk(here: Jurisdiction, action: str, booking: str, **subject: str) -> Sequence[str]:
    """Ask as the jail's desk; returns the duties that arose, in the order of their names."""
    answer = here.ask("desk", action, custodian=SHERIFF, target=booking, subject=subject)
    assert answer.decision.outcome is Outcome.PERMIT
    return [d.name for d in answer.decision.duties]


def owed(here: Jurisdiction, booking: str) -> list[str]:
    """What custody's store has as owed for a booking."""
    with here.parts.custody.read() as conn:
        rows = conn.execute("SELECT name FROM duty WHERE booking = ? ORDER BY name", (booking,))
        return [name for (name,) in rows]


def kinds(here: Jurisdiction, first: int) -> list[str]:
    """The kinds of the log's entries from ``first`` on."""
    size = here.parts.log.head().size
    return [read.entry(here.parts.log, n).leaf.kind for n in range(first, size)]


def let_go(here: Jurisdiction, booking: str) -> Release:
    person = here.gate.authenticate(here.tokens["desk"], "cli")
    office = Desk(here.folder / "spool", SHERIFF, here.clock().tzinfo)  # type: ignore[arg-type]
    return release(
        here.gate, here.parts.custody, booking, here.clock(), office, by=person, via="cli"
    )


def test_a_sentence_is_a_fact_an_entry_and_raises_its_duties(here: Jurisdiction) -> None:
    booking = here.book_in()
    assert custody_facts(here.parts.custody, booking, here.clock()).sentenced is Tri.UNKNOWN
    first = here.parts.log.head().size
    assert desk(here, "sentence", booking) == ["keep-a-note", "tell-of-sentence"]
    assert custody_facts(here.parts.custody, booking, here.clock()).sentenced is Tri.YES
    assert kinds(here, first) == ["decided", "done", "sentenced"]
    assert "tell-of-sentence" in owed(here, booking)


def test_a_schedule_is_a_fact_an_entry_and_raises_its_duties(here: Jurisdiction) -> None:
    booking = here.book_in()
    first = here.parts.log.head().size
    raised = desk(here, "schedule-release", booking, release_scheduled=SOON, release_public="yes")
    assert raised == ["keep-a-note", "tell-of-schedule"]
    facts = custody_facts(here.parts.custody, booking, here.clock())
    assert facts.release_public is Tri.YES and facts.days_to_release < 100
    assert kinds(here, first) == ["decided", "done", "eligible"]


def test_another_day_is_another_notice_and_leaves_what_is_public_as_it_was(
    here: Jurisdiction,
) -> None:
    booking = here.book_in(release_public="yes")
    desk(here, "schedule-release", booking, release_scheduled=SOON)
    before = custody_facts(here.parts.custody, booking, here.clock())
    desk(here, "schedule-release", booking, release_scheduled=LATER)
    after = custody_facts(here.parts.custody, booking, here.clock())
    assert before.days_to_release < after.days_to_release
    assert after.release_public is Tri.YES
    assert owed(here, booking).count("tell-of-schedule") == 2


def test_a_release_owes_no_notice_that_its_schedule_raised(here: Jurisdiction) -> None:
    scheduled, at_once = here.book_in(), here.book_in()
    desk(here, "schedule-release", scheduled, release_scheduled=SOON)
    names = [{d.name for d in let_go(here, b).duties} for b in (scheduled, at_once)]
    assert names[1] - names[0] == {"tell-of-schedule"} and names[0] < names[1]
    assert {"keep-a-note", "tell-of-release"} <= names[0]
    assert owed(here, scheduled).count("tell-of-schedule") == 1


def test_a_release_written_down_twice_says_the_same_duties(here: Jurisdiction) -> None:
    booking = here.book_in()
    assert let_go(here, booking).duties == let_go(here, booking).duties != ()


@pytest.mark.parametrize(
    ("action", "subject", "says"),
    [
        ("schedule-release", {}, "'release_scheduled' is missing"),
        ("schedule-release", {"release_scheduled": "soon"}, "release_scheduled"),
        ("sentence", {"days": "30"}, "'days' is not a field of this act"),
    ],
)
def test_bad_fields_are_named_and_change_nothing(
    here: Jurisdiction, action: str, subject: dict[str, str], says: str
) -> None:
    booking = here.book_in()
    with pytest.raises(FieldError, match=says):
        here.ask("desk", action, custodian=SHERIFF, target=booking, subject=subject)
    facts = custody_facts(here.parts.custody, booking, here.clock())
    assert (facts.sentenced, facts.days_to_release) == (Tri.UNKNOWN, 1_000_000)


@pytest.mark.parametrize("action", ["sentence", "schedule-release"])
def test_who_is_not_the_desk_may_not(here: Jurisdiction, action: str) -> None:
    booking = here.book_in()
    subject = {"release_scheduled": SOON} if action == "schedule-release" else {}
    asked = here.ask("clara", action, custodian=SHERIFF, target=booking, subject=subject)
    assert asked.decision.outcome is Outcome.NO_AUTHORITY
    assert custody_facts(here.parts.custody, booking, here.clock()).sentenced is Tri.UNKNOWN


def test_nobody_who_has_left_is_sentenced_or_scheduled(here: Jurisdiction) -> None:
    booking = here.book_in()
    let_go(here, booking)
    with pytest.raises(FieldError):
        here.ask("desk", "sentence", custodian=SHERIFF, target=booking)
