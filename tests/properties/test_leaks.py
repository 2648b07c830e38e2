"""Two worlds that differ only in what law withholds or masks answer every question alike.

The adversary may search, sort, choose columns, count rows and count them by the values of columns,
ask for single records, and turn pages.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cleargate.law.filter import row_filter
from cleargate.model.terms import RowFilter
from cleargate.records.search import Closed, Page
from tests.books import CAST
from tests.extracts import Records, catalogued
from tests.fakes import receipt
from tests.law_texts import book_of, known

# Names are open but of registered victims, birth dates and status where the source says so,
# contact details never; sealed rows are withheld, and so is what came from the FBI.
OWN = """
@grant permit (principal, action in [Action::"search", Action::"read"], resource);
@grant permit (principal, action == Action::"see:identity", resource)
when { resource.victim_registered == "no" };
@grant permit (principal, action in [Action::"see:birth", Action::"see:status"], resource)
when { resource.labels.contains("open") };
forbid (principal, action in [Action::"search", Action::"read"], resource)
when { resource.origin == Agency::"FBI" };
"""
NAMES = st.sampled_from(["", "ADAMS", "BAKER", "BAKERSFIELD"])
DAYS = st.sampled_from(["", "1980-01-01", "1990-06-15"])
Row = dict[str, str]


def law() -> RowFilter:
    book = book_of(own=OWN)
    made = row_filter(book, book.custodian("POLICE"), CAST, known("search", "ICE-ERO"))
    return replace(made, book=receipt(0).versions.book)  # that of the tests' tickets


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A person with everything recorded."""
    return {
        "surname": draw(NAMES),
        "given_names": draw(NAMES),
        "birth_date": draw(DAYS),
        "phone": draw(st.sampled_from(["", "1", "2"])),
        "citizenship": draw(st.sampled_from(["", "A", "B"])),
        "sealed": draw(st.sampled_from(["no", "no", "yes"])),
        "origin": draw(st.sampled_from(["", "", "FBI"])),
        "victim_registered": draw(st.sampled_from(["yes", "no"])),
        "labels": draw(st.sampled_from(["", "open"])),
    }


def withheld(row: Row) -> bool:
    return row["sealed"] != "no" or row["origin"] == "FBI"


def hidden(row: Row) -> set[str]:
    """The columns that are masked in this row."""
    found = {"phone"}
    if row["victim_registered"] != "no":
        found |= {"surname", "given_names"}  # and the name that is made of them
    return found if "open" in row["labels"] else found | {"birth_date", "citizenship"}


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """The same persons, but for what nobody who asks may see."""
    one: list[Row] = []
    other: list[Row] = []
    for number in range(draw(st.integers(0, 8))):
        row = draw(rows()) | {"id": f"P{number}"}
        again = draw(rows())
        if withheld(row):
            if draw(st.booleans()):
                one.append(row)
            if withheld(again) and draw(st.booleans()):
                other.append(again | {"id": row["id"]})
            continue
        one.append(row)
        other.append(row | {name: again[name] for name in hidden(row)})
    return one, other


CONDITIONS = (
    "surname = BAKER", "surname prefix BAK", "surname in ADAMS,BAKER", "given_names word ADAMS",
    "birth_date >= 1985-01-01", "birth_date = 1980-01-01", "phone = 1", "citizenship = A",
    "id = P1", "name alike BAKER, ADAMS", "name alike BACKER", "name alike ADAM BAKERSFIELD",
    "birth_date within 9 days of 1990-06-20", "birth_date between 1980-01-01 and 1985-01-01",
)  # fmt: skip
SORTS = ("", "surname", "-surname", "birth_date", "-birth_date", "phone", "citizenship")
QUESTIONS = st.fixed_dictionaries(
    {
        "where": st.lists(st.sampled_from(CONDITIONS), max_size=2),
        "sort": st.sampled_from(SORTS),
        "columns": st.sampled_from(
            [(), ("id",), ("id", "surname", "birth_date"), ("phone", "citizenship"), ("name",)]
        ),
        "limit": st.integers(1, 4),
        "target": st.sampled_from(["", "", "P0", "P1", "P7"]),
        "count": st.booleans(),
        "facets": st.sampled_from([(), ("citizenship",), ("citizenship", "birth_country")]),
    }
)  # fmt: skip


def answers(records: Records, question: dict[str, object]) -> list[Page]:
    """Every page of the answer."""
    fields: dict[str, Any] = dict(question)
    where, target = fields.pop("where"), fields.pop("target")
    found: list[Page] = []
    after: tuple[object, ...] = ()
    while not found or after:
        page = records.ask(
            *where, of="person", custodian="POLICE", law=SHOWN, after=after,
            action="read" if target else "search", target=target, **fields,
        )  # fmt: skip
        found.append(page)
        after = page.next_position
    return found


SHOWN = law()


Both = tuple[list[Row], list[Row]]
Questions = list[dict[str, object]]


@contextmanager
def stocked(rows: list[Row], folder: Path) -> Iterator[Records]:
    """A store of these rows, and of a plain one."""
    folder.mkdir()
    with closing(Records(folder)) as records:
        plain = {"id": "P9", "origin": "", "labels": "", "victim_registered": "no"}
        records.take(catalogued("person", [*rows, plain]), "catalogue", custodian="POLICE")
        yield records


def differing(one: Records, other: Records, questions: Questions) -> list[dict[str, object]]:
    """The questions that the two worlds answer differently."""
    return [q for q in questions if answers(one, q) != answers(other, q)]


def betrayed(records: Records, rows: list[Row], questions: Questions) -> list[dict[str, object]]:
    """The questions of which a cursor holds what its page did not show."""
    found = []
    by_key = {row["id"]: row for row in rows}
    for question in questions:
        sort = str(question["sort"]).removeprefix("-")
        for page in answers(records, question):
            if page.next_position:
                *value, key = page.next_position
                row = by_key.get(str(key), {"labels": "", "victim_registered": "no"})
                if key != page.keys[-1] or (value and sort in hidden(row)):
                    found.append(question)
    return found


def miscounted(records: Records, questions: Questions) -> list[dict[str, object]]:
    """The questions of which a number is not that of what the pages show."""
    found = []
    for question in questions:
        pages = answers(records, question | {"columns": (), "count": True})
        rows = [row for page in pages for row in page.rows]
        right = all(page.count == len(rows) for page in pages)
        for facet in pages[0].facets:
            cells = [row[pages[0].columns.index(facet.column)] for row in rows]
            open_cells = Counter(c for c in cells if not isinstance(c, Closed))
            right = right and dict(facet.values) == open_cells and not facet.more
        if not right:
            found.append(question)
    return found


@settings(max_examples=60)
@given(worlds(), st.lists(QUESTIONS, min_size=1, max_size=6))
def test_two_worlds_that_differ_in_what_is_withheld_or_masked_answer_alike(
    both: Both, questions: Questions
) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        one, other = (
            stack.enter_context(stocked(rows, Path(folder, name)))
            for name, rows in zip(("one", "other"), both, strict=True)
        )
        assert differing(one, other, questions) == []


@settings(max_examples=60)
@given(worlds(), st.lists(QUESTIONS, min_size=1, max_size=4))
def test_a_cursor_holds_only_what_was_shown(both: Both, questions: Questions) -> None:
    with tempfile.TemporaryDirectory() as folder, stocked(both[0], Path(folder, "one")) as records:
        assert betrayed(records, both[0], questions) == []


@settings(max_examples=60)
@given(worlds(), st.lists(QUESTIONS, min_size=1, max_size=4))
def test_a_number_is_that_of_the_rows_and_cells_that_the_pages_show(
    both: Both, questions: Questions
) -> None:
    with tempfile.TemporaryDirectory() as folder, stocked(both[0], Path(folder, "one")) as records:
        assert miscounted(records, questions) == []
