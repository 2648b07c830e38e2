"""Two worlds that differ only in what law withholds or masks answer every question alike.

The adversary may search, sort, choose columns, ask for single records, and turn pages.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cleargate.law.filter import row_filter
from cleargate.model.terms import RowFilter
from cleargate.records.search import Page
from tests.books import CAST
from tests.extracts import Records, catalogued
from tests.fakes import receipt
from tests.law_texts import book_of, known

# Names are open but of registered victims, birth dates where the source says so, contact details
# and status never; sealed rows are withheld, and so is what came from the FBI.
OWN = """
@grant permit (principal, action in [Action::"search", Action::"read"], resource);
@grant permit (principal, action == Action::"see:identity", resource)
when { resource.victim_registered == "no" };
@grant permit (principal, action == Action::"see:birth", resource)
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
    found = {"phone", "citizenship"}
    if row["victim_registered"] != "no":
        found |= {"surname", "given_names"}  # and the name that is made of them
    return found if "open" in row["labels"] else found | {"birth_date"}


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


QUESTIONS = st.fixed_dictionaries(
    {
        "where": st.lists(
            st.sampled_from(
                ["surname = BAKER", "surname prefix BAK", "surname in ADAMS,BAKER",
                 "given_names word ADAMS", "name alike BAKER, ADAMS", "name alike BACKER",
                 "name alike ADAM BAKERSFIELD", "birth_date within 9 days of 1990-06-20",
                 "birth_date between 1980-01-01 and 1985-01-01", "birth_date >= 1985-01-01",
                 "birth_date = 1980-01-01",
                 "phone = 1", "citizenship = A", "id = P1"]
            ),
            max_size=2,
        ),
        "sort": st.sampled_from(
            ["", "surname", "-surname", "birth_date", "-birth_date", "phone", "citizenship"]
        ),
        "columns": st.sampled_from(
            [(), ("id",), ("id", "surname", "birth_date"), ("phone", "citizenship"), ("name",)]
        ),
        "limit": st.integers(1, 4),
        "target": st.sampled_from(["", "", "P0", "P1", "P7"]),
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


@settings(max_examples=60)
@given(worlds(), st.lists(QUESTIONS, min_size=1, max_size=6))
def test_two_worlds_that_differ_in_what_is_withheld_or_masked_answer_alike(
    both: tuple[list[Row], list[Row]], questions: list[dict[str, object]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        made = []
        for name, persons in zip(("one", "other"), both, strict=True):
            (Path(folder) / name).mkdir()
            records = stack.enter_context(closing(Records(Path(folder) / name)))
            plain = {"id": "P9", **dict.fromkeys(("origin", "labels"), "")}
            records.take(catalogued("person", [*persons, plain | {"victim_registered": "no"}]),
                         "catalogue", custodian="POLICE")  # fmt: skip
            made.append(records)
        for question in questions:
            one, other = (answers(records, question) for records in made)
            assert one == other


@settings(max_examples=60)
@given(worlds(), st.lists(QUESTIONS, min_size=1, max_size=4))
def test_a_cursor_holds_only_what_was_shown(
    both: tuple[list[Row], list[Row]], questions: list[dict[str, object]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(Records(Path(folder))) as records:
        plain = {"id": "P9", "origin": "", "labels": "", "victim_registered": "no"}
        records.take(catalogued("person", [*both[0], plain]), "catalogue", custodian="POLICE")
        known_rows = {row["id"]: row for row in (*both[0], plain)}
        for question in questions:
            for page in answers(records, question):
                if not page.next_position:
                    continue
                *value, key = page.next_position
                assert key == page.keys[-1] and not withheld(
                    {"sealed": "no", **known_rows[str(key)]}
                )
                sort = str(question["sort"]).removeprefix("-")
                assert not value or sort not in hidden(known_rows[str(key)])
