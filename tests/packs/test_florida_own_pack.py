"""A Florida sheriff's own pack forbids detainers: state law commands the hold and strikes the
rule.
"""

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
from cleargate.model.request import Agency, Known, Person, Request
from cleargate.model.words import Outcome, Tri
from tests.pack_texts import write

PACKS = Path(__file__).parents[2] / "packs"
AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
OWN = """title = "A Florida sheriff"
maker = "agency"
under = ["us-fl"]
custodian = "FL-SHERIFF"
kinds = ["law-enforcement", "sheriff", "jail", "local-government"]
"""
NO_DETAINERS = """
@id("no-detainers") @cite("Own pack") @summary("Must not hold a person on a detainer")
forbid (principal, action == Action::"hold", resource)
when { context.document.kind == "detainer" };
"""
STAGE = read_stage(PACKS / "cast.toml")
SHERIFF = Agency("FL-SHERIFF", "A Florida sheriff", "jail", enforces_civil_immigration=Tri.NO)
CAST = Cast(STAGE.agencies | {SHERIFF.id: SHERIFF})
DETAINER = Document(
    "E-1",
    "detainer",
    "I-247A",
    issued_by="immigration-officer",
    complete=Tri.YES,
    probable_cause=Tri.YES,
    asks=frozenset({"hold"}),
).as_verified("R. Ames", AT)


def warrant(form: str) -> Document:
    return Document(
        "E-2", "administrative-warrant", form, issued_by="immigration-officer", complete=Tri.YES
    ).as_verified("R. Ames", AT)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    write(tmp_path, NO_DETAINERS, OWN, name="fl-sheriff")
    return read_book(["fl-sheriff"], [tmp_path, PACKS])


def asked(book: Book, *documents: Document) -> Decision:
    ice = CAST.agencies["ICE-ERO"]
    known = Known(
        at=AT,
        person=Person("someone", ice.id, "officer", ice.enforces_civil_immigration),
        requester=ice,
        represented=ice,
        request=Request("hold", ice.id, "CIV-IMM", SHERIFF.id),
        documents=documents,
    )
    return decide(book, book.custodian(SHERIFF.id), CAST, known)


def test_the_own_pack_may_be_written(book: Book) -> None:
    assert check(book) == []


def test_a_sufficient_detainer_must_be_honored_and_the_own_rule_is_struck(book: Book) -> None:
    decided = asked(book, DETAINER, warrant("I-200"))
    assert decided.outcome is Outcome.REQUIRE
    assert [r.id for r in decided.deciding] == ["us-fl/detainer-hold"]
    struck = {(s.rule.id, s.by.id, s.how) for s in decided.struck}
    assert struck == {("fl-sheriff/no-detainers", "us-fl/no-sanctuary-policy", "protects")}


def test_striking_the_own_rule_gives_no_power_to_hold_on_an_insufficient_detainer(
    book: Book,
) -> None:
    assert asked(book, DETAINER).outcome is Outcome.NO_AUTHORITY


@pytest.mark.parametrize(
    ("form", "expected"),
    [("I-200", Outcome.REQUIRE), ("I-205", Outcome.REQUIRE), ("I-203", Outcome.NO_AUTHORITY),
     ("I-286", Outcome.NO_AUTHORITY), ("NCIC", Outcome.NO_AUTHORITY)],
)  # fmt: skip
def test_only_a_form_that_is_a_warrant_supports_a_detainer(
    book: Book, form: str, expected: Outcome
) -> None:
    assert asked(book, DETAINER, warrant(form)).outcome is expected
