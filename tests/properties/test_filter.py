"""The law compiled into the search is the law: what the database shows is what Cedar decides, row
by row and mask by mask, on both databases and however they keep their rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cleargate.law.filter import row_filter
from cleargate.model.request import RowFacts
from cleargate.model.words import Tri
from tests.books import CAST, ORIGINS, Case, cases, cedar_says
from tests.layouts import LAYOUTS, Database, postgres, sqlite

BOOKS = 300
ROWS = 32


def some_rows(seed: int) -> list[RowFacts]:
    """A few rows of every kind, and a plain one."""
    dice = random.Random(seed)
    tri = (*Tri, Tri.NO, Tri.NO)
    return [RowFacts(origin="POLICE", days_old=400)] + [
        RowFacts(
            sealed=dice.choice(tri),
            juvenile=dice.choice(tri),
            expunged=dice.choice(tri),
            victim_registered=dice.choice(tri),
            origin=dice.choice((*ORIGINS, "POLICE", "POLICE")),
            days_old=dice.choice((-1, 0, 1, 6, 7, 8, 9, 400)),
            labels=frozenset(dice.sample(("a", "ab", "b"), dice.randint(0, 2))),
        )
        for _ in range(ROWS - 1)
    ]


def wanted(case: Case, rows: Sequence[RowFacts]) -> dict[str, frozenset[str]]:
    """By Cedar, row by row: key of each row shown → masks open in it."""
    law = row_filter(case.book, case.book.custodian("POLICE"), CAST, case.known)
    said = {f"R{i}": cedar_says(case, law, row) for i, row in enumerate(rows)}
    return {key: opened for key, opened in said.items() if opened is not None}


def differences(
    databases: Sequence[Database], case: Case, wanted: Mapping[str, frozenset[str]]
) -> list[str]:
    """Each database and layout that says otherwise than Cedar of some row."""
    law = row_filter(case.book, case.book.custodian("POLICE"), CAST, case.known)
    found = []
    for database in databases:
        for layout in LAYOUTS:
            shown = database.shown(layout, law)
            wrong = {
                key: (shown.get(key), wanted.get(key))
                for key in sorted(shown.keys() | wanted.keys())
                if shown.get(key) != wanted.get(key)
            }
            if wrong:
                found.append(f"{database.dialect}, {layout}: shown and decided: {wrong}")
    return found


@pytest.fixture(scope="module")
def databases() -> Iterator[tuple[Database, ...]]:
    with sqlite() as one, postgres() as other:
        yield one, other


def agree(databases: Sequence[Database], seed: int, books: int) -> None:
    """Hold so many random books against Cedar over the rows of one seed."""
    rows = some_rows(seed)
    for database in databases:
        database.fill(rows)

    @settings(max_examples=books, database=None, suppress_health_check=list(HealthCheck),
              phases=[Phase.generate], deadline=None)  # fmt: skip
    @given(cases())
    def each(case: Case) -> None:
        assert differences(databases, case, wanted(case, rows)) == [], case.text

    each()


def test_the_database_shows_what_cedar_decides(databases: tuple[Database, ...]) -> None:
    agree(databases, random.randrange(2**32), BOOKS)


@pytest.mark.long
@pytest.mark.parametrize("turn", range(20))
def test_the_database_shows_what_cedar_decides_at_length(
    databases: tuple[Database, ...], turn: int
) -> None:
    agree(databases, random.randrange(2**32), 250)
