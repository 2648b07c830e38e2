"""A judge's paper counts while somebody has checked it, and it is neither withdrawn nor expired."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cleargate.law.book import read_book
from cleargate.law.decide import decide
from cleargate.law.scenarios import as_known, place, read_scenarios, read_stage
from cleargate.model.evidence import Document
from cleargate.model.words import Outcome, Tri

PACKS = Path(__file__).parents[2] / "packs"
PACK = "us-judicial-process"
BOOK = read_book([PACK], [PACKS])
SCENARIO = read_scenarios(PACKS / PACK)[0]
AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
WARRANT = Document(
    "E-1",
    "judicial-warrant",
    issued_by="federal-magistrate",
    complete=Tri.YES,
    asks=frozenset({"hold"}),
    verified_by="R. Ames",
    verified_at=AT - timedelta(days=3),
)


def outcome(document: Document) -> Outcome:
    custodian, cast = place(BOOK, PACK, read_stage(PACKS / "cast.toml"), SCENARIO)
    known = replace(as_known(SCENARIO, custodian, cast), at=AT, documents=(document,))
    return decide(BOOK, custodian, cast, known).outcome


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (WARRANT, Outcome.REQUIRE),
        (replace(WARRANT, expires=AT + timedelta(minutes=1)), Outcome.REQUIRE),
        (replace(WARRANT, expires=AT), Outcome.NO_AUTHORITY),
        (replace(WARRANT, withdrawn_at=AT - timedelta(hours=1)), Outcome.NO_AUTHORITY),
        (replace(WARRANT, verified_by="", verified_at=None), Outcome.NO_AUTHORITY),
        (replace(WARRANT, issued_by="immigration-judge"), Outcome.NO_AUTHORITY),
        (replace(WARRANT, issued_by="unknown"), Outcome.NO_AUTHORITY),
    ],
    ids=["in force", "not yet expired", "expired", "withdrawn", "nobody checked it",
         "an immigration judge's", "whose is unknown"],
)  # fmt: skip
def test_only_a_judges_paper_in_force_keeps_a_person(document: Document, expected: Outcome) -> None:
    assert outcome(document) is expected
