"""The law compiled into the search is the law: what the database shows is what Cedar decides, row
by row and mask by mask, on both databases and however they keep their rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from cleargate.law.filter import row_filter
from cleargate.model.request import RowFacts
from cleargate.model.words import Tri
from tests.books import CAST, ORIGINS, Case, cases, cedar_says
from tests.layouts import LAYOUTS, Database, postgres, sqlite

BOOKS = 300
AT_LENGTH, TURNS = 5_000, 20
ROWS = 32
RESULT = Path(__file__).parents[2] / "docs" / "filters-at-length.md"
TEXT = """# The law in the search, held to Cedar

The last run of `make test-long` that ended well. Random books of three packs, with rules of every
kind that read rows, papers, agencies and times; random requests; random rows. For each row Cedar
decides whether it is shown and which masks open; the compiled filter says the same as SQL, on
SQLite and on PostgreSQL, each with three ways to keep the rows: one table, joined tables whose
columns compare without case, and sets in a table of their own. `tests/properties/test_filter.py`
does it, and a shorter run is part of `make test`.

| | |
|---|---|
| day | {day} |
| books | {books:,} |
| rows decided by Cedar | {decided:,}, of which {shown:,} were shown |
| comparisons, two databases in three layouts | {compared:,} |
| mismatches | 0 |
| rules refused as inexpressible | 0 |
| seeds | {seeds} |

That the test would notice is a test too: `test_filter_mutations.py` breaks what is printed for
NULL, case, negation, collation, sets, hierarchy and the rest in turn, and each is noticed.
"""


def some_rows(number: int) -> list[RowFacts]:
    """A few rows of every kind, and a plain one."""
    dice = random.Random(number)
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


def agree(databases: Sequence[Database], number: int, books: int) -> int:
    """Hold so many random books against Cedar; gives how many rows were shown."""
    rows = some_rows(number)
    shown = 0
    for database in databases:
        database.fill(rows)

    @seed(number)
    @settings(max_examples=books, database=None, suppress_health_check=list(HealthCheck),
              phases=[Phase.generate], deadline=None)  # fmt: skip
    @given(cases())
    def each(case: Case) -> None:
        nonlocal shown
        right = wanted(case, rows)
        shown += len(right)
        assert differences(databases, case, right) == [], (number, case.text)

    each()
    return shown


def test_the_database_shows_what_cedar_decides(databases: tuple[Database, ...]) -> None:
    agree(databases, random.randrange(2**32), BOOKS)


@pytest.mark.long
def test_the_database_shows_what_cedar_decides_at_length(databases: tuple[Database, ...]) -> None:
    seeds = [random.randrange(2**32) for _ in range(TURNS)]
    shown = sum(agree(databases, number, AT_LENGTH // TURNS) for number in seeds)
    views = len(databases) * len(LAYOUTS)
    RESULT.write_text(
        TEXT.format(
            day=datetime.now(UTC).date(), books=AT_LENGTH, rows=ROWS, decided=AT_LENGTH * ROWS,
            compared=AT_LENGTH * ROWS * views, shown=shown, seeds=", ".join(map(str, seeds)),
        ),
        "utf-8",
    )  # fmt: skip
