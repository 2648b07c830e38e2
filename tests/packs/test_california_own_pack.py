"""A California sheriff's own policy is stricter than the Values Act, which leaves room for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cleargate.law.book import Book, read_book
from cleargate.law.check import check
from cleargate.law.decide import decide
from cleargate.law.facts import Cast
from cleargate.law.scenarios import read_stage
from cleargate.model.decision import Decision
from cleargate.model.evidence import Document
from cleargate.model.request import Agency, CustodyFacts, Known, Person, Request
from cleargate.model.words import Outcome, Tri
from tests.pack_texts import write

PACKS = Path(__file__).parents[2] / "packs"
AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
OWN = """title = "A California sheriff"
maker = "agency"
under = ["us-ca"]
custodian = "CA-SHERIFF"
kinds = ["law-enforcement", "sheriff", "jail", "local-government"]
"""
STRICTER = """
@id("no-release-dates") @cite("Own policy 4")
@summary("Must not give immigration authorities a release date")
forbid (principal, action in Action::"release_date", resource)
when { context.asker_enforces_civil_immigration != "no" };
"""
STAGE = read_stage(PACKS / "cast.toml")
SHERIFF = Agency("CA-SHERIFF", "A California sheriff", "jail", enforces_civil_immigration=Tri.NO)
CAST = Cast(STAGE.agencies | {SHERIFF.id: SHERIFF})
DETAINER = Document(
    "E-1",
    "detainer",
    "I-247A",
    issued_by="immigration-officer",
    complete=Tri.YES,
    asks=frozenset({"hold", "release_date"}),
).as_verified("R. Ames", AT)
CONVICTED = Document(
    "E-2",
    "officer-decision",
    issued_by="custodian-officer",
    finds=frozenset({"ca-7282.5-a"}),
    agency=SHERIFF.id,
).as_verified("R. Ames", AT)
ORDER = Document(
    "E-3",
    "court-order",
    issued_by="federal-judge",
    complete=Tri.YES,
    asks=frozenset({"release_date"}),
).as_verified("R. Ames", AT)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    write(tmp_path, STRICTER, OWN, name="ca-sheriff")
    return read_book(["ca-sheriff"], [tmp_path, PACKS])


def asked(book: Book, *documents: Document) -> Decision:
    ice = CAST.agencies["ICE-ERO"]
    known = Known(
        at=AT,
        person=Person("someone", ice.id, "officer", ice.enforces_civil_immigration),
        requester=ice,
        represented=ice,
        request=Request("release_date", ice.id, "CIV-IMM", SHERIFF.id),
        documents=documents,
        custody=CustodyFacts(in_custody=Tri.YES, release_public=Tri.NO),
    )
    return decide(book, book.custodian(SHERIFF.id), CAST, known)


def test_the_own_pack_may_be_written(book: Book) -> None:
    assert check(book) == []


def test_what_the_state_permits_the_sheriff_may_refuse(book: Book) -> None:
    """Worked case n: case 14 under a stricter own policy."""
    decided = asked(book, DETAINER, CONVICTED)
    assert decided.outcome is Outcome.REFUSE
    assert [r.id for r in decided.deciding] == ["ca-sheriff/no-release-dates"]
    assert "us-ca/qualified-release-information" in {r.id for r in decided.fired}


def test_a_judges_order_is_obeyed_against_the_own_policy(book: Book) -> None:
    decided = asked(book, ORDER)
    assert decided.outcome is Outcome.REQUIRE
    assert [r.id for r in decided.deciding] == ["us-judicial-process/federal-judge-release-date"]
