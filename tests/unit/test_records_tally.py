"""Numbers of rows: those that the pages show, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cleargate.model.errors import FieldError
from cleargate.records.tally import Facet
from tests.extracts import Records, catalogued, clear, robbery
from tests.places import Places


@pytest.fixture
def records(tmp_path: Path, places: Places) -> Iterator[Records]:
    with closing(Records(tmp_path, places("records"))) as made:
        rows = [
            robbery(1, Beat="0301", Arrest="true"),
            robbery(2, Beat="", Arrest="false"),
            robbery(3, Beat="0301", Arrest="true"),
            robbery(4, Beat="0101", Arrest=""),
        ]
        made.take(clear(rows))
        persons = [
            {"id": f"P{n}", "citizenship": country, "surname": "Garbrook"}
            for n, country in enumerate(("A", "B", "B"))
        ]
        made.take(catalogued("person", persons), "catalogue")
        yield made


def test_the_number_is_of_all_pages_on_each_of_them(records: Records) -> None:
    first = records.ask(limit=3, count=True)
    second = records.ask(limit=3, count=True, after=first.next_position)
    assert (len(first.rows), len(second.rows)) == (3, 1)
    assert first.count == second.count == 4
    assert records.ask("beat = 0301", count=True).count == 2


def test_no_number_is_told_where_none_was_asked_for(records: Records) -> None:
    page = records.ask()
    assert page.count is None and page.facets == ()
    assert records.ask(facets=("beat",)).count is None


def test_values_are_told_the_most_frequent_first_and_what_is_not_recorded_last(
    records: Records,
) -> None:
    beats, arrests = records.ask(facets=("beat", "arrest")).facets
    assert beats == Facet("beat", (("0301", 2), ("0101", 1), (None, 1)), more=False)
    assert dict(arrests.values) == {True: 2, False: 1, None: 1}


def test_a_condition_narrows_the_numbers_too(records: Records) -> None:
    (beats,) = records.ask("arrest = true", facets=("beat",)).facets
    assert beats.values == (("0301", 2),)


def test_of_more_values_than_the_limit_the_rest_is_named_as_more(records: Records) -> None:
    (beats,) = records.ask(facets=("beat",), facet_values=1).facets
    assert beats == Facet("beat", (("0301", 2),), more=True)


def test_of_a_closed_column_no_number_is_told(records: Records) -> None:
    page = records.ask(of="person", facets=("citizenship",), count=True)
    assert page.facets == (Facet("citizenship", (), more=False, mask="see:status"),)
    assert page.count == 3
    opened = records.ask(of="person", facets=("citizenship",), opened=("see:status",))
    assert opened.facets == (Facet("citizenship", (("B", 2), ("A", 1)), more=False),)


def test_a_search_by_a_closed_column_counts_nothing(records: Records) -> None:
    for how in ({"where": ("citizenship = A",)}, {"sort": "citizenship"}):
        where = how.pop("where", ())
        page = records.ask(*where, of="person", count=True, facets=("citizenship",), **how)
        assert page.count == 0 and page.facets[0].values == ()


@pytest.mark.parametrize("column", ["surname", "id", "birth_date", "phone"])
def test_nobody_is_counted_by_name_and_nothing_by_what_has_many_values(
    records: Records, column: str
) -> None:
    with pytest.raises(FieldError, match="citizenship") as fault:
        records.ask(of="person", facets=(column,), opened=("see:identity", "see:birth"))
    assert fault.value.field == "facets"
