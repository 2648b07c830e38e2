"""Past decisions are made again, exactly, from what their entries pinned."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cleargate.agencies import store as agencies
from cleargate.agencies.reader import Directory
from cleargate.gate.pinned import cast_then, pin, read_facts, rebuild
from cleargate.gate.replay import EXPUNGED, NOT_BOUND, OtherLaw, Past
from cleargate.gate.replay_all import Report, replay_all
from cleargate.law.book import read_book
from cleargate.law.decide import decide
from cleargate.law.facts import Cast
from cleargate.law.scenarios import Paper, Scenario, as_known, place, read_scenarios, read_stage
from cleargate.log import read
from cleargate.log.append import append
from cleargate.log.read import Entry
from cleargate.log.store import Log
from cleargate.model.actions import ACTIONS, Family
from cleargate.model.errors import CheckFailed
from cleargate.model.leaf import Leaf
from cleargate.model.request import Agency, Known
from cleargate.model.words import Tri
from tests import jurisdiction
from tests.fakes import Dice
from tests.jurisdiction import PACKS, POLICE, SHERIFF, Jurisdiction

STAGE = read_stage(PACKS / "cast.toml")
NAMES = sorted(p.parent.name for p in PACKS.glob("*/scenarios.toml"))


def open_log(folder: Path) -> Past:
    """The log of a jurisdiction as another process opens it, without its key."""
    data = folder / "data"
    log = Log.open(data / "log.db", folder / "guard", signer=None, random=Dice("past"))
    known = Directory(agencies.open_store(data / "agencies.db")).all()
    return Past(log, dict(known), data / "law")


def replay(here: Jurisdiction, *names: str, **more: Any) -> Report:
    """Replay the log of ``here`` by the shipped packs ``names``, or by the law of then."""
    law = OtherLaw(names, (PACKS,)) if names else None
    return replay_all(partial(open_log, here.folder), law, **more)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Jurisdiction:
    """Requests of every family, granted and refused, with papers, among them a hold."""
    here = jurisdiction.found(tmp_path_factory.mktemp("replay"))
    booking = here.book_in()
    paper = here.evidence("clara", "cleo", SHERIFF, kind="detainer", form="I-247A",
                          issued_by="immigration-officer", target=booking, agency="ICE-ERO",
                          complete="yes", asks="hold,release_date")  # fmt: skip
    here.ask("desk", "lodge", custodian=SHERIFF, target=booking, basis=[paper],
             represented="ICE-ERO", purpose="CIV-IMM")  # fmt: skip
    here.ask("desk", "hold", custodian=SHERIFF, target=booking, represented="ICE-ERO",
             purpose="CIV-IMM")  # fmt: skip
    for person, purpose in (("ice", "CIV-IMM"), ("hsi", "CIV-IMM"), ("fbi", "C")):
        case = {"case": "26-114", "attention": "S. Okoro"} if purpose == "C" else {}
        here.ask(person, "search", custodian=POLICE, dataset="incident", purpose=purpose, **case)
        here.ask(person, "interview", custodian=SHERIFF, target=booking, purpose=purpose, **case)
        here.clock.forward(hours=7)
    here.ask("ice", "facility_access", custodian=SHERIFF, purpose="CIV-IMM", kind="interview")
    here.ask("public", "statistics", custodian=POLICE, dataset="incident", purpose="PUB")
    return here


@pytest.mark.parametrize("pack", NAMES)
def test_every_kind_of_request_is_rebuilt_exactly(pack: str) -> None:
    book = read_book([pack], [PACKS])
    for scenario in read_scenarios(PACKS / pack):
        custodian, cast = place(book, pack, STAGE, scenario)
        known = as_known(scenario, custodian, cast)
        again, only = as_if_logged(known, cast)
        assert decide(book, custodian, only, again) == decide(book, custodian, cast, known)


def as_if_logged(known: Known, cast: Cast) -> tuple[Known, Cast]:
    """Through JSON and back, among agencies of which only the pinned ones are as they were."""
    facts = read_facts(0, msgspec.json.encode(pin(known, cast)).decode())
    request = known.request
    clear = {"action": request.action, "purpose": request.purpose, "custodian": request.custodian}
    others = {id: Agency(id, "", parent=a.parent) for id, a in cast.agencies.items()}
    return rebuild(clear, facts, known.epoch), Cast(cast_then(facts, others))


@pytest.mark.parametrize(
    "action", [a.name for a in ACTIONS.values() if a.family is not Family.MASK]
)
@pytest.mark.parametrize("asker", ["ICE-ERO", "custodian"])
def test_every_action_is_rebuilt_exactly(action: str, asker: str) -> None:
    book = read_book(["us-il-cook-sheriff"], [PACKS])
    papers = (
        Paper("detainer", "I-247A", "immigration-officer", asks=frozenset((action,))),
        Paper("officer-decision", accepts=frozenset((action,))),
        Paper("judicial-warrant", issued_by="federal-judge", verified=False),
    )
    scenario = Scenario("any", action, SHERIFF, asker=asker, documents=papers, case="26-1",
                        custody={"in_custody": Tri.YES, "days_to_release": 3})  # fmt: skip
    custodian, cast = place(book, "us-il-cook-sheriff", STAGE, scenario)
    known = as_known(scenario, custodian, cast)
    again, then = as_if_logged(known, cast)
    assert decide(book, custodian, then, again) == decide(book, custodian, cast, known)


def test_by_the_law_of_then_nothing_comes_out_otherwise(busy: Jurisdiction) -> None:
    found = replay(busy)
    assert found.decisions > 20
    assert (found.differing, found.not_made, found.other_rules) == ([], {}, 0)
    assert found.made == found.decisions


def test_by_another_law_the_hold_comes_out_otherwise(busy: Jurisdiction) -> None:
    found = replay(busy, "us-tx")
    held = [d for d in found.differing if d.action == "hold"]
    assert [(d.then.outcome, d.now and d.now.outcome) for d in held] == [("refuse", "require")]
    assert found.turned["refuse", "require"] >= 1


def test_shared_among_processes_it_finds_the_same(busy: Jurisdiction) -> None:
    told: list[tuple[int, int]] = []
    shared = replay(
        busy, "us-tx", processes=2, alone=0, stretch=9, progress=lambda *x: told.append(x)
    )
    assert shared == replay(busy, "us-tx")
    size = busy.parts.log.head().size
    assert told[-1] == (size, size) and told == sorted(told)


def test_it_begins_where_it_is_told_to(busy: Jurisdiction) -> None:
    whole = replay(busy, "us-tx")
    last = whole.differing[-1]
    assert replay(busy, "us-tx", first=last.index).differing == [last]
    later = replay(busy, "us-tx", since=last.at)
    assert later.differing == [d for d in whole.differing if d.at >= last.at]
    assert later.decisions < whole.decisions


def test_an_agency_is_taken_as_it_was_then(busy: Jurisdiction, tmp_path: Path) -> None:
    here = jurisdiction.found(tmp_path)
    here.ask("fbi", "search", custodian=POLICE, dataset="incident", purpose="C", case="1",
             attention="x")  # fmt: skip
    narrowed = {"enforces_civil_immigration": "yes"}
    answer = here.ask("ada", "agency:narrow", custodian=POLICE, target="FBI", subject=narrowed)
    assert answer.opens, answer.decision
    assert replay(here).differing == []
    now = here.ask("fbi", "search", custodian=POLICE, dataset="incident", purpose="C", case="1",
                   attention="x")  # fmt: skip
    assert not now.opens


def test_an_expunged_entry_is_said_to_be_so(tmp_path: Path) -> None:
    here = jurisdiction.found(tmp_path)
    asked = here.ask("ice", "search", custodian=POLICE, dataset="incident", purpose="CIV-IMM")
    with here.parts.log.store.write() as conn:
        conn.execute("DELETE FROM disclosures WHERE idx = ?", (asked.decided.index,))
    assert replay(here).not_made == {EXPUNGED: [asked.decided.index]}


def test_a_decision_that_the_log_tells_otherwise_is_found(tmp_path: Path) -> None:
    here = jurisdiction.found(tmp_path)
    asked = here.ask("ice", "search", custodian=POLICE, dataset="incident", purpose="CIV-IMM")
    honest = read.entry(here.parts.log, asked.decided.index)
    (forged,) = append(here.parts.log, [with_outcome(honest, "permit")])
    (found,) = replay(here).differing
    assert (found.index, found.then.outcome, found.now and found.now.outcome) == (
        forged.index, "permit", "refuse",
    )  # fmt: skip


def with_outcome(entry: Entry, outcome: str) -> Leaf:
    """The leaf that a dishonest server would write: the same facts, another outcome."""
    return Leaf("decided", entry.leaf.at, entry.leaf.under.book, entry.leaf.under.epoch, "cli",
                entry.leaf.clear | {"outcome": outcome}, entry.values)  # fmt: skip


def test_a_book_of_one_agency_alone_does_not_speak_for_another(busy: Jurisdiction) -> None:
    found = replay(busy, "us-il-cook-sheriff")
    assert set(found.not_made) == {NOT_BOUND}
    assert all(d.custodian == SHERIFF for d in found.differing)


def test_facts_of_another_form_are_refused() -> None:
    with pytest.raises(CheckFailed, match="The facts of entry 7 cannot be read"):
        read_facts(7, json.dumps({"at": "2026-01-01T00:00:00Z", "person": {}}))
