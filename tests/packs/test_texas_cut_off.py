"""A Texas sheriff's own pack cuts immigration authorities off: state law strikes the rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cleargate.law.book import Book, read_book
from cleargate.law.cut_off import draft, effect
from cleargate.law.decide import decide
from cleargate.law.facts import Cast
from cleargate.law.scenarios import read_stage
from cleargate.model.decision import Decision
from cleargate.model.evidence import Document
from cleargate.model.request import Agency, Known, Person, Request
from cleargate.model.words import Outcome, Tri
from tests.pack_texts import write

PACKS = Path(__file__).parents[2] / "packs"
AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
CUT = "tx-sheriff/cut-off-ice"
OWN = """title = "A Texas sheriff"
maker = "agency"
under = ["us-tx"]
custodian = "TX-SHERIFF"
kinds = ["law-enforcement", "sheriff", "jail", "local-government"]
"""
STAGE = read_stage(PACKS / "cast.toml")
SHERIFF = Agency("TX-SHERIFF", "A Texas sheriff", "jail", enforces_civil_immigration=Tri.NO)
CAST = Cast(STAGE.agencies | {SHERIFF.id: SHERIFF})


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Book]:
    write(tmp_path / "own", head=OWN, name="tx-sheriff")
    yield read_book(["tx-sheriff"], [tmp_path / "own", PACKS])


@pytest.fixture
def after(before: Book, tmp_path: Path) -> Book:
    return draft(before, SHERIFF.id, "ICE", [], tmp_path / "draft")


def asked(book: Book, action: str, *documents: Document) -> Decision:
    ice = CAST.agencies["ICE-ERO"]
    known = Known(
        at=AT,
        person=Person("someone", ice.id, "officer", ice.enforces_civil_immigration),
        requester=ice,
        represented=ice,
        request=Request(action, ice.id, "CIV-IMM", SHERIFF.id),
        documents=documents,
    )
    return decide(book, book.custodian(SHERIFF.id), CAST, known)


def test_immigration_status_stays_open_and_says_what_struck_the_cut_off(after: Book) -> None:
    decided = asked(after, "immigration_status")
    assert decided.outcome is Outcome.PERMIT
    struck = {(s.rule.id, s.by.id) for s in decided.struck if s.how == "protects"}
    assert {(CUT, "us-tx/status-information"), (CUT, "us-tx/no-local-limits")} <= struck


def test_a_detainer_must_still_be_honored(after: Book) -> None:
    detainer = Document(
        "E-1", "detainer", "I-247A", complete=Tri.YES, asks=frozenset({"hold"})
    ).as_verified("R. Ames", AT)
    decided = asked(after, "hold", detainer)
    assert decided.outcome is Outcome.REQUIRE
    assert [r.id for r in decided.deciding] == ["us-tx/detainer-hold"]
    assert {limit.text for limit in decided.limits} == {
        "PT48H",
        "PT48H excluding weekends and federal holidays",
    }


def test_the_dry_run_names_the_statute_so_that_the_command_refuses(
    before: Book, after: Book
) -> None:
    found = effect(before, after, SHERIFF.id, CAST, "ICE", [], AT)
    assert "us-tx/no-local-limits" in {s.by.id for s in found.voided_by}


def test_a_release_date_was_never_granted_and_is_not_opened_by_striking_the_cut_off(
    after: Book,
) -> None:
    assert asked(after, "release_date").outcome is Outcome.NO_AUTHORITY
