"""Each rule that keeps answers from leaking broken in turn; the leak tests notice each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from cleargate.records import search, statement, tally
from tests.extracts import Records
from tests.properties.test_leaks import (
    CONDITIONS,
    SORTS,
    Both,
    Questions,
    Row,
    betrayed,
    differing,
    hidden,
    miscounted,
    stocked,
    withheld,
)

WORLDS = 5
ROWS = 12
Patch = pytest.MonkeyPatch
Judged = list[tuple[Both, Records, Records]]
_ASKED = {"sort": "", "columns": (), "limit": 3, "target": "", "count": True,
          "facets": ("citizenship",)}  # fmt: skip
QUESTIONS: Questions = [
    *(_ASKED | {"where": [condition]} for condition in CONDITIONS),
    *(_ASKED | {"where": [], "sort": sort} for sort in SORTS),
]


def some_row(dice: Random) -> Row:
    """A person with most things recorded."""
    return {
        **{name: dice.choice(("ADAMS", "BAKER", "")) for name in ("surname", "given_names")},
        "birth_date": dice.choice(("1980-01-01", "1990-06-15")),
        "phone": dice.choice(("1", "2")),
        "citizenship": dice.choice(("A", "B")),
        "sealed": dice.choice(("no", "no", "yes")),
        "origin": dice.choice(("", "", "FBI")),
        "victim_registered": dice.choice(("yes", "no")),
        "labels": dice.choice(("", "open")),
    }


def some_worlds(seed: int) -> Both:
    """Two that differ in everything that is hidden, and in the rows that are withheld."""
    dice, one, other = Random(seed), [], []
    for number in range(ROWS):
        row, again = (some_row(dice) | {"id": f"P{number:02}"} for _ in range(2))
        one.append(row)
        if not withheld(row):
            other.append(row | {name: again[name] for name in hidden(row)})
    return one, other


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """The same worlds in every run."""
    folder = tmp_path_factory.mktemp("worlds")
    with ExitStack() as stack:
        yield [
            (
                both,
                stack.enter_context(stocked(both[0], folder / f"one{seed}")),
                stack.enter_context(stocked(both[1], folder / f"other{seed}")),
            )
            for seed in range(WORLDS)
            for both in (some_worlds(seed),)
        ]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No statement that was built otherwise is kept, before or after."""
    kept = (statement._statement, statement._withheld, tally._census, tally._facet)
    for each in kept:
        each.cache_clear()
    yield
    for each in kept:
        each.cache_clear()


def leaks(judged: Judged) -> list[object]:
    """Everything that the leak tests notice."""
    return [
        found
        for both, one, other in judged
        for found in (
            *differing(one, other, QUESTIONS),
            *betrayed(one, both[0], QUESTIONS),
            *miscounted(one, QUESTIONS),
        )
    ]


def condition(patch: Patch) -> None:
    """A condition on a masked column reaches every row."""
    whole = statement.shape_of

    def shape(*given: Any) -> statement.Shape:
        made = whole(*given)
        return replace(made, comparisons=tuple((*c[:3], "") for c in made.comparisons))

    patch.setattr(statement, "shape_of", shape)
    patch.setattr(tally, "shape_of", shape)


def closed_condition(patch: Patch) -> None:
    """A condition on a column that is closed in all rows is asked like any other."""
    condition(patch)
    whole = search._spent

    def spent(ticket: Any) -> Any:
        made, found = whole(ticket)
        return replace(made, where=(*made.where, *made.void), void=()), found

    patch.setattr(search, "_spent", spent)


def order(patch: Patch) -> None:
    """Rows are sorted by what is masked in them."""
    whole = statement.shown

    def shown(shape: statement.Shape, *given: Any) -> Any:
        return whole(replace(shape, sort=""), *given)

    patch.setattr(statement, "shown", shown)
    patch.setattr(tally, "shown", shown)


def closed_order(patch: Patch) -> None:
    """Rows are sorted by a column that is closed in all of them."""
    patch.setattr(search, "finds_nothing", lambda made: bool(made.void))


def cell(patch: Patch) -> None:
    """A column that is masked in some rows is shown in all."""
    patch.setattr(statement, "hangs_on", lambda column, law: "")


def row(patch: Patch) -> None:
    """Withheld rows are shown."""
    patch.setattr(statement, "shown", lambda *given: statement._where(*given))


def cursor(patch: Patch) -> None:
    """A cursor holds the place where the next page begins, not that where this one ended."""
    whole = search._page

    def page(made: Any, found: Any, asked: Any, rows: Any, *given: Any) -> search.Page:
        shown = whole(made, found, asked, rows, *given)
        head = 2 if made.sort else 1
        after = tuple(reversed(rows[made.limit][:head])) if shown.next_position else ()
        return replace(shown, next_position=after)

    patch.setattr(search, "_page", page)


def count(patch: Patch) -> None:
    """The number is that of all rows that meet the conditions."""
    patch.setattr(tally, "shown", lambda *given: statement._where(*given))


def count_of_closed(patch: Patch) -> None:
    """A column is counted in rows in which it is closed."""
    patch.setattr(tally, "hangs_on", lambda column, law: "")


def number_withheld(patch: Patch) -> None:
    """How many rows are withheld is told to everyone."""

    def number(conn: Any, made: Any, where: Any) -> int:
        asked = statement.withholding(made, where, conn.dialect)
        sql = asked.sql.replace("0 = 1", "sealed <> 'no'").replace("false", "sealed <> 'no'")
        return int(conn.execute(sql, asked.values(made, where)).fetchone()[0])

    patch.setattr(search, "_withheld", number)


BROKEN: Sequence[Callable[[Patch], None]] = (
    condition, closed_condition, order, closed_order, cell, row, cursor, count, count_of_closed,
    number_withheld,
)  # fmt: skip


def test_unbroken_nothing_leaks(judged: Judged) -> None:
    assert leaks(judged) == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda f: f.__name__)
def test_what_is_broken_is_noticed(
    broken: Callable[[Patch], None], judged: Judged, monkeypatch: Patch
) -> None:
    broken(monkeypatch)
    assert leaks(judged)
