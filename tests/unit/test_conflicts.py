"""A conflict of laws is opened for people, safe meanwhile, and settled by a rule of two keys."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from cleargate.gate import administer, conflicts, settling
from cleargate.gate.answer import Answer
from cleargate.gate.gate import Gate
from cleargate.law.book import read_book
from cleargate.log.read import entries
from cleargate.model.errors import BadUse
from cleargate.model.request import Person
from cleargate.model.words import Outcome
from tests import jurisdiction
from tests.jurisdiction import BOOK, LOCKUP, PACKS, POLICE, SHERIFF, Jurisdiction

CITY, FEDERAL = "us-il-chicago/share-status", "us-federal/status-information"
STATUS = {"represented": "ICE-ERO", "purpose": "CIV-IMM", "custodian": POLICE, "target": "B-1"}
ALSO_MUST = """
@id("a-must") @cite("9 ILCS 1") @summary("Must hold on a detainer (invented for a test)")
@must @limit("PT48H")
permit (principal, action == Action::"hold", resource)
when { context.document.kind == "detainer" && context.document.verified == "yes" };
"""


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    made = jurisdiction.found(tmp_path)
    made.credential("counsel", POLICE, "counsel")
    booked = made.ask("lockup", "book", custodian=POLICE, target="B-1",
                      subject={"facility": LOCKUP, "name": "Invented Person"})  # fmt: skip
    assert booked.opens
    return made


def person(here: Jurisdiction, id: str) -> Person:
    return here.gate.authenticate(here.tokens[id], "cli")


def status(here: Jurisdiction) -> Answer:
    """The question that city and federal law answer differently."""
    return here.ask("ice", "immigration_status", **STATUS)


def logged(here: Jurisdiction) -> int:
    return len(entries(here.parts.log, kinds=("conflict",)))


def settle(here: Jurisdiction, index: int, winner: str) -> Answer:
    made = settling.propose(here.gate, person(here, "counsel"), index, winner, "decision of 1 May")
    answer = here.sign(made.id, "ada", "counsel").answer
    assert answer is not None
    return answer


def test_a_conflict_opens_an_item_that_says_who_decides_by_when_and_what_meanwhile(
    here: Jurisdiction,
) -> None:
    answer = status(here)
    assert answer.decision.outcome is Outcome.CONFLICT
    item = answer.conflict
    assert item is not None
    assert {CITY, FEDERAL} <= set(item.rules)
    said = here.gate.book().packs["us-il-chicago-police"].conflicts
    assert said is not None
    assert item.decider == f"{POLICE}: {said.decides} ({said.cite})"
    assert item.by == here.clock().replace(microsecond=0) + timedelta(days=14)
    assert item.meanwhile.startswith("Nothing is given")
    (entry,) = entries(here.parts.log, kinds=("conflict",))
    assert (entry.index, entry.leaf.clear["decision"]) == (item.index, answer.decided.index)
    assert answer.as_json()["conflict"]["conflict"] == item.index


CONFLICTS = '\n[conflicts]\ndecides = "{}"\ncite = "{}"\n'


def decider(tmp_path: Path, **said: tuple[str, str]) -> str:
    """Who decides a conflict of the police when these packs say it, and no others."""
    for pack in ("us-il-chicago-police", "us-il-chicago", "us-il"):
        shutil.copytree(PACKS / pack, tmp_path / "packs" / pack)
        head = tmp_path / "packs" / pack / "pack.toml"
        text = head.read_text("utf-8").partition("\n[conflicts]")[0]
        words = CONFLICTS.format(*said[pack]) if pack in said else ""
        head.write_text(text + words, "utf-8")
    (tmp_path / "county").mkdir()
    here = jurisdiction.found(tmp_path / "county", (tmp_path / "packs", PACKS))
    here.ask("lockup", "book", custodian=POLICE, target="B-1",
             subject={"facility": LOCKUP, "name": "Invented Person"})  # fmt: skip
    item = status(here).conflict
    assert item is not None
    return item.decider.removeprefix(f"{POLICE}: ")


def test_the_nearest_law_that_says_it_says_who_decides_and_by_which_text(tmp_path: Path) -> None:
    state, city = ("the Attorney General", "1 ILCS 1"), ("the Corporation Counsel", "MCC 1-1")
    said = {"us-il": state, "us-il-chicago": city}
    assert decider(tmp_path, **said) == "the Corporation Counsel (MCC 1-1)"


def test_where_no_law_says_it_those_decide_who_can_sign_a_rule(tmp_path: Path) -> None:
    assert decider(tmp_path) == conflicts.DECIDERS


def test_the_same_question_again_opens_no_second_item(here: Jurisdiction) -> None:
    first, second = status(here).conflict, status(here).conflict
    assert first == second
    assert logged(here) == 1


def test_what_another_process_opens_again_is_listed_once(here: Jurisdiction) -> None:
    first = status(here).conflict
    other = Gate(here.parts)
    other.answer(here.tokens["ice"], {"action": "immigration_status"} | STATUS, "api")
    assert logged(here) == 2
    (item,) = conflicts.items(here.gate)
    assert first is not None
    assert (item.index, item.times, item.open) == (first.index, 2, True)


def test_any_other_outcome_opens_nothing(here: Jurisdiction) -> None:
    assert here.ask("ice", "interview", **STATUS).conflict is None
    assert here.ask("detective", "search").conflict is None
    assert logged(here) == 0


@pytest.mark.parametrize(("winner", "outcome"), [(CITY, Outcome.REFUSE), (FEDERAL, Outcome.PERMIT)])
def test_a_rule_that_two_sign_settles_it_and_the_item_is_over(
    here: Jurisdiction, winner: str, outcome: Outcome
) -> None:
    item = status(here).conflict
    assert item is not None
    answer = settle(here, item.index, winner)
    assert answer.opens
    (law,) = entries(here.parts.log, kinds=("law",), limit=1)
    assert law.leaf.clear["what"] == f"settles conflict {item.index}"
    assert len(law.leaf.clear["keys"]) == 2
    (now,) = conflicts.items(here.gate)
    assert (now.open, now.now) == (False, outcome)
    assert now.settled_by == "Own pack: decision of 1 May"
    after = status(here)
    assert (after.decision.outcome, after.conflict) == (outcome, None)
    assert any(s.how == "settled" and s.by.cite == now.settled_by for s in after.decision.struck)


def test_one_key_settles_nothing(here: Jurisdiction) -> None:
    item = status(here).conflict
    assert item is not None
    made = settling.propose(here.gate, person(here, "counsel"), item.index, CITY, "decision")
    assert here.sign(made.id, "counsel").answer is None
    assert conflicts.items(here.gate)[0].open


def test_what_is_put_back_in_force_opens_it_again(here: Jurisdiction) -> None:
    item = status(here).conflict
    assert item is not None
    settle(here, item.index, CITY)
    put_in_force(here, "")
    (again,) = conflicts.items(here.gate)
    assert again.open


@pytest.mark.parametrize(
    ("winner", "sentence"),
    [
        ("us-il/hold-on-detainer", "is no rule of this conflict"),
        ("us-federal/status-informatio", "did you mean us-federal/status-information"),
    ],
)
def test_only_a_rule_of_the_conflict_can_be_followed(
    here: Jurisdiction, winner: str, sentence: str
) -> None:
    item = status(here).conflict
    assert item is not None
    with pytest.raises(BadUse, match=sentence):
        settle(here, item.index, winner)


def test_what_is_no_conflict_or_is_over_cannot_be_settled(here: Jurisdiction) -> None:
    with pytest.raises(BadUse, match="opened no conflict"):
        settle(here, 0, CITY)
    item = status(here).conflict
    assert item is not None
    settle(here, item.index, CITY)
    with pytest.raises(BadUse, match="is closed: the same facts now end in refuse"):
        settle(here, item.index, CITY)


def put_in_force(here: Jurisdiction, more: str) -> None:
    """The shipped book with a further rule of Illinois, by two keys."""
    library = here.folder / "packs"
    shutil.copytree(PACKS, library, dirs_exist_ok=True)
    (library / "us-il" / "policies" / "more.cedar").write_text(more, "utf-8")
    book = read_book(BOOK, [library])
    made = administer.propose_book(here.gate, person(here, "ada"), POLICE, book, unreviewed=True)
    here.sign(made.id, "ada", "counsel")


def test_a_conflict_keeps_nobody_and_the_desk_is_told_so(here: Jurisdiction) -> None:
    put_in_force(here, ALSO_MUST)
    booking = here.book_in()
    tomorrow = (here.clock() + timedelta(days=1)).isoformat()
    paper = here.evidence("desk", "clara", custodian=SHERIFF, kind="detainer", form="I-247A",
                          target=booking, asks="hold", complete="yes",
                          issued_by="immigration-officer",
                          expires=tomorrow)  # fmt: skip
    here.ask("desk", "lodge", custodian=SHERIFF, target=booking, basis=(paper,))
    answer = here.ask("desk", "hold", represented="ICE-ERO", purpose="CIV-IMM", target=booking,
                      basis=(paper,))  # fmt: skip
    assert answer.decision.outcome is Outcome.CONFLICT
    assert answer.conflict is not None
    assert answer.conflict.meanwhile.startswith("Hold not permitted: release the person")
    assert entries(here.parts.log, kinds=("held",)) == []
    here.clock.forward(days=2)
    assert conflicts.items(here.gate)[0].open, "a paper that has expired settles nothing"
    here.credential("their-counsel", SHERIFF, "counsel", SHERIFF)
    index = answer.conflict.index
    made = settling.propose(
        here.gate, person(here, "sam"), index, "us-il/hold-on-detainer", "decision"
    )
    signed = here.sign(made.id, "sam", "their-counsel").answer
    assert signed is not None
    assert signed.opens
    (now,) = conflicts.items(here.gate)
    assert now.now is Outcome.REFUSE
