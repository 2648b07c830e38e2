"""A book is put in force while other processes answer: no request is lost, and one entry divides
those before from those after, for all of them.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

from cleargate.gate import administer
from cleargate.gate.gate import Gate
from cleargate.gate.replay_all import replay_all
from cleargate.law.book import Book, read_book
from cleargate.log.read import entries
from cleargate.model.errors import BadUse
from tests import jurisdiction
from tests.fakes import Clock
from tests.jurisdiction import PACKS, POLICE, Jurisdiction
from tests.unit.test_replay import open_log

BARRED = """
@id("no-searches") @cite("Invented Code 1") @summary("Must not let the FBI search")
forbid (principal, action == Action::"search", resource)
when { context.represented in Agency::"FBI" };
"""
ENOUGH, MOST = 15, 3_000


def search(gate: Gate, token: str, via: str = "api") -> tuple[int, str, str]:
    """One request: its entry, the book that it was decided by, and its outcome."""
    asked = {"action": "search", "represented": "FBI", "purpose": "C", "case": "26-1",
             "attention": "S. Okoro", "custodian": POLICE, "dataset": "incident"}  # fmt: skip
    answer = gate.answer(token, asked, via)
    return answer.decided.index, answer.decision.book, str(answer.decision.outcome)


def ask_until(folder: Path, token: str, version: str, seed: str) -> list[tuple[int, str, str]]:
    """In a process of its own: ask until ``ENOUGH`` answers came by the new book."""
    gate = Gate(jurisdiction.open_parts(folder, Clock(), seed=seed))
    found: list[tuple[int, str, str]] = []
    while sum(book == version for _, book, _ in found) < ENOUGH and len(found) < MOST:
        found.append(search(gate, token))
    return found


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    """A jurisdiction with two administrators."""
    return jurisdiction.found(tmp_path)


def at_work(here: Jurisdiction) -> bool:
    """Whether the other processes have asked a while."""
    newest = entries(here.parts.log, kinds=["decided"], limit=30)
    return sum(e.leaf.via == "api" for e in newest) >= 20


def new_book(folder: Path) -> Book:
    """The book in force with one rule more in the police's own pack."""
    own = folder / "packs" / "us-il-chicago-police"
    shutil.copytree(PACKS / own.name, own)
    (own / "policies" / "barred.cedar").write_text(BARRED, "utf-8")
    return read_book(jurisdiction.BOOK, [folder / "packs", PACKS])


def test_a_book_put_in_force_under_load_drops_no_request_and_divides_them_at_one_entry(
    here: Jurisdiction, tmp_path: Path
) -> None:
    old, new = here.gate.book(), new_book(tmp_path)
    proposal = administer.propose_book(
        here.gate, here.gate.authenticate(here.tokens["ada"], "cli"), POLICE, new,
        unreviewed=True,
    )  # fmt: skip
    here.sign(proposal.id, "ada")
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        busy = [
            pool.submit(ask_until, here.folder, here.tokens["fbi"], new.version, seed)
            for seed in ("first", "second")
        ]
        while not any(b.done() for b in busy) and not at_work(here):
            search(here.gate, here.tokens["fbi"], "cli")  # ask as well, until all are at work
        signed = here.sign(proposal.id, "sam")
        answers = [answer for b in busy for answer in b.result()]
    assert signed.answer is not None and signed.answer.opens
    (law,) = entries(here.parts.log, kinds=["law"], limit=1)
    assert law.leaf.after(here.parts.log.versions()).book == new.version
    assert all(outcome in ("permit", "refuse") for _, _, outcome in answers)
    for index, book, outcome in answers:
        later = index > law.index
        assert (book, outcome) == ((new.version, "refuse") if later else (old.version, "permit"))
    assert {i > law.index for i, _, _ in answers} == {True, False}


def test_the_log_replays_through_a_change_of_law(here: Jurisdiction, tmp_path: Path) -> None:
    search(here.gate, here.tokens["fbi"])
    proposal = administer.propose_book(
        here.gate, here.gate.authenticate(here.tokens["ada"], "cli"), POLICE, new_book(tmp_path),
        unreviewed=True,
    )  # fmt: skip
    here.sign(proposal.id, "ada", "sam")
    search(here.gate, here.tokens["fbi"])
    found = replay_all(partial(open_log, here.folder), None)
    assert (found.differing, found.not_made, found.other_rules) == ([], {}, 0)


def test_one_signature_is_not_enough_and_the_same_one_twice_counts_once(
    here: Jurisdiction, tmp_path: Path
) -> None:
    before = here.gate.book().version
    proposal = administer.propose_book(
        here.gate, here.gate.authenticate(here.tokens["ada"], "cli"), POLICE, new_book(tmp_path),
        unreviewed=True,
    )  # fmt: skip
    assert here.sign(proposal.id, "ada").answer is None
    assert here.sign(proposal.id, "ada").answer is None
    with pytest.raises(BadUse, match="lacks 1 of 2 signatures"):
        here.ask("ada", "law:put-in-force", custodian=POLICE, target=proposal.id,
                 subject=dict(proposal.arguments))  # fmt: skip
    assert here.gate.book().version == before
