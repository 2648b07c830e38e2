"""Search by name: what stands with it, who is told what, and how it finds its way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cleargate.model.request import Request
from cleargate.model.ticket import Filter
from cleargate.records import conditions, names, search
from cleargate.records.catalogue import dataset
from cleargate.records.names import sought
from cleargate.records.narrow import narrow
from tests.extracts import POLICE, Records, catalogued, clear, law_of, robbery
from tests.fakes import NOON
from tests.places import Places, everything

OPEN = ("see:identity", "see:birth")
PERSONS = [
    ("García López", "María Elena", "1980-02-29"),
    ("Lopes", "Maria", "1980-03-02"),
    ("Maria", "Garcia", ""),
    ("Smith", "John", "1990-01-01"),
    ("De la Cruz", "J", ""),
    ("Rodriguez", "Guillermo", ""),
    ("Robinson", "", ""),
]


@pytest.fixture
def records(tmp_path: Path, places: Places) -> Iterator[Records]:
    with closing(Records(tmp_path, places("records"))) as made:
        made.take(people(PERSONS), "catalogue")
        yield made


def _filter(records: Records, of: str, where: str) -> Filter:
    request = Request(
        "search", POLICE, "C", POLICE, dataset=of, where=conditions.parse([where], dataset(of))
    )
    return narrow(request, law_of(OPEN), NOON.date())


def people(persons: list[tuple[str, str, str]], first: int = 0) -> str:
    """An extract of them."""
    return catalogued(
        "person",
        (
            {"id": f"P{n}", "surname": s, "given_names": g, "birth_date": b}
            for n, (s, g, b) in enumerate(persons, first)
        ),
    )


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("garcia, maria", ("P0", "P2")),
        ("GARZIA LOPES, MARIA", ("P0", "P1", "P2")),
        ("garcialopez, elena", ("P0",)),
        ("lopez garcia", ("P0",)),
        ("maria lopez", ("P0", "P1")),
        ("smythe", ("P3",)),
        ("smith, jack", ("P3",)),
        ("smith, j", ("P3",)),
        ("smith, mary", ()),
        ("delacruz, jose", ("P4",)),
        ("de la cruz", ("P4",)),
        ("memo rodrigues", ("P5",)),
        ("robinson, anything", ("P6",)),
    ],
)
def test_a_name_is_found_in_each_way_in_which_it_is_mistaken(
    records: Records, text: str, keys: tuple[str, ...]
) -> None:
    assert records.ask(f"name alike {text}", of="person", opened=OPEN).keys == keys


@pytest.mark.parametrize("where", ["name alike SMITH", "surname = SMITH", "given_names prefix JO"])
def test_every_answer_to_a_name_says_that_it_is_no_identification(
    records: Records, where: str
) -> None:
    assert names.NOTICE in records.ask(where, of="person", opened=OPEN).notices
    assert names.NOTICE in records.ask(where, of="person").notices
    assert names.NOTICE not in records.ask("id = P3", of="person", opened=OPEN).notices


def test_a_closed_name_is_found_by_nobody(records: Records) -> None:
    page = records.ask("name alike SMITH", of="person", opened=("see:birth",))
    assert page.rows == ()
    assert [(c.column, c.op) for c in page.void] == [("name", "alike")]


def test_results_stand_in_the_order_of_their_keys_and_nothing_ranks_them(records: Records) -> None:
    records.take(people([("Smyth", "John", ""), ("Smith", "John", "")], 10), "catalogue")
    page = records.ask("name alike SMITH, JOHN", of="person", opened=OPEN, columns=("id", "name"))
    assert page.keys == ("P10", "P11", "P3")
    assert page.columns == ("id", "name")


def test_who_else_is_recorded_changes_nothing_about_who_is_found(records: Records) -> None:
    asked = [f"name alike {q}" for q in ("LOPEZ GARCIA", "SMITH JONES", "SMITH, LOPEZ", "MARIA")]
    before = [records.ask(q, of="person", opened=OPEN).keys for q in asked]
    hidden = [("Jonas", "Smit", ""), ("Smith", "Garzia", ""), ("Maria", "Lopez", "")]
    rows = people(hidden, 50).replace("no,no,no", "yes,no,no")
    records.take(rows, "catalogue")
    assert [records.ask(q, of="person", opened=OPEN).keys for q in asked] == before


def test_a_new_spelling_of_a_later_import_is_found(records: Records) -> None:
    records.take(people([("Zubrowski", "Wanda", "")], 20), "catalogue")
    assert records.ask("name alike zubrovsky, vanda", of="person", opened=OPEN).keys == ("P20",)


def test_a_dry_run_teaches_the_dictionary_nothing(records: Records) -> None:
    records.take(people([("Zubrowski", "", "")], 20), "catalogue", subject={"dry_run": "yes"})
    assert "ZUBROWSKI" not in everything(records.store)


def test_a_name_and_a_place_are_searched_by_an_index(records: Records) -> None:
    records.take(clear([robbery(1)]))
    for of, where, index in (
        ("person", "name alike SMITH, JOHN", "person_name"),
        ("incident", "location within 100 m of 43.21, -87.25", "incident_location"),
    ):
        made = _filter(records, of, where)
        plan = "\n".join(search.plan(records.store, made))
        assert index in plan or records.store.dialect == "postgresql", plan


def test_a_way_pairs_each_word_with_what_must_stand_beside_it() -> None:
    assert sought("GARCIA, MARIA") == (("GARCIA", ("MARIA",)), ("MARIA", ("GARCIA",)))
    assert sought("MARIA GARCIA") == (("MARIA", ("GARCIA",)), ("GARCIA", ("MARIA",)))
    assert sought("DE LA CRUZ") == (("CRUZ", ()), ("DELACRUZ", ()))
    assert sought("GARCIA LOPEZ,") == (("GARCIA", ()), ("LOPEZ", ()), ("+GARCIALOPEZ", ()))
