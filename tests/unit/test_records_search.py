"""Search: a ticket's filter and nothing beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cleargate.model.errors import FieldError, TicketRefused
from cleargate.model.request import Request
from cleargate.model.ticket import Filter, Masked
from cleargate.records import search
from cleargate.records.narrow import narrow
from tests.extracts import POLICE, Records, catalogued, clear, law_of, robbery
from tests.fakes import NOON, ticket_of
from tests.places import Places

FLAG_COLUMNS = ("Sealed", "Juvenile", "Expunged")


@pytest.fixture
def empty(tmp_path: Path, places: Places) -> Iterator[Records]:
    with closing(Records(tmp_path, places("records"))) as made:
        yield made


@pytest.fixture
def records(empty: Records) -> Records:
    empty.take(
        clear(
            [
                robbery(1, Beat="0301", Date="2025-03-01T23:59:59.000", Arrest="true"),
                robbery(2, Beat="", Date="2025-03-02T00:00:00.000", Latitude="", Longitude=""),
                robbery(3, Beat="0101", Date="2025-03-02T12:00:00.000", Block="013XX S KEEL ST"),
                robbery(4, Beat="", Date="2025-03-03T00:00:00.000", Description="STRONG-ARM, BAT"),
            ]
        )
    )
    return empty


@pytest.fixture
def people(empty: Records) -> Records:
    empty.take(
        catalogued(
            "person",
            [
                {"id": "P1", "surname": "Garbrook", "birth_date": "1980-01-01", "phone": "1"},
                {"id": "P2", "surname": "GARMERE", "birth_date": "1990-01-01"},
                {"id": "P3", "surname": "Holstead", "birth_date": "1985-01-01"},
            ],
        ),
        "catalogue",
    )
    return empty


def test_a_masked_cell_is_marked_and_its_column_is_named_with_its_mask(people: Records) -> None:
    page = people.ask(of="person", columns=("id", "surname", "birth_date"), opened={"see:birth"})
    shut = search.Closed("see:identity")
    assert page.columns == ("id", "surname", "birth_date")
    assert page.masked == (Masked("surname", "see:identity", "all"),)
    assert page.rows == (
        ("P1", shut, "1980-01-01"),
        ("P2", shut, "1990-01-01"),
        ("P3", shut, "1985-01-01"),
    )


def test_an_opened_mask_shows_its_columns_and_no_others(people: Records) -> None:
    page = people.ask(of="person", opened={"see:identity"})
    assert {m.mask for m in page.masked} == {"see:birth", "see:contact", "see:status"}
    shut = {m.column for m in page.masked}
    for row in page.rows:
        cells = dict(zip(page.columns, row, strict=True))
        assert {n for n, cell in cells.items() if isinstance(cell, search.Closed)} == shut


def test_a_condition_on_a_masked_column_matches_nothing(people: Records) -> None:
    page = people.ask("surname prefix GAR", of="person")
    assert page.rows == ()
    assert [c.column for c in page.void] == ["surname"]
    assert Masked("surname", "see:identity", "all") in page.masked
    assert people.ask("surname prefix gar", of="person", opened={"see:identity"}).keys == (
        "P1",
        "P2",
    )


def test_sorting_by_a_masked_column_shows_nothing(people: Records) -> None:
    assert people.ask(of="person", sort="birth_date").rows == ()
    assert people.ask(of="person", sort="birth_date", opened={"see:birth"}).keys == (
        "P1",
        "P3",
        "P2",
    )


@pytest.mark.parametrize(
    ("latitude", "shown"), [("43", "43.0"), ("-43.25", "-43.25"), ("0.00001", "1.0e-05")]
)
def test_a_point_is_written_the_same_by_every_database(
    empty: Records, latitude: str, shown: str
) -> None:
    empty.take(clear([robbery(1, Latitude=latitude)]))
    assert empty.ask(columns=("location",)).rows == ((f"{shown}, -87.25",),)


@pytest.mark.parametrize("flag", FLAG_COLUMNS)
@pytest.mark.parametrize("value", ["yes", "unknown", ""])
def test_a_row_that_is_not_known_to_be_open_is_returned_to_nobody(
    empty: Records, flag: str, value: str
) -> None:
    records = empty
    open_, shut = robbery(1), robbery(2)
    for row in (open_, shut):
        row.update(dict.fromkeys(FLAG_COLUMNS, "no"))
    records.take(clear([open_, shut | {flag: value}], FLAG_COLUMNS))
    assert records.ask().keys == ("1",)
    assert records.ask("id = 2").rows == ()
    assert records.ask(action="read", target="2").rows == ()


def test_a_custodians_records_are_not_found_under_another(records: Records) -> None:
    records.take(clear([robbery(1, Block="SHERIFFS BLOCK")]), custodian="SHERIFF")
    assert records.ask(custodian="SHERIFF", columns=("block",)).rows == (("SHERIFFS BLOCK",),)
    assert len(records.ask().rows) == 4
    assert records.ask(custodian="NOBODY").rows == ()


def test_a_ticket_for_one_record_opens_that_record_alone(records: Records) -> None:
    assert records.ask(action="read", target="3").keys == ("3",)
    assert records.ask("id = 1", action="read", target="3").keys == ()
    assert records.ask(action="read", target="").keys == ()


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        ("occurred_at = 2025-03-02", ("2", "3")),
        ("occurred_at <= 2025-03-02", ("1", "2", "3")),
        ("occurred_at > 2025-03-02", ("4",)),
        ("occurred_at >= 2025-03-02T12:00", ("3", "4")),
        ("beat = 0301", ("1",)),
        ("beat in 0101,0301", ("1", "3")),
        ("arrest = true", ("1",)),
        ("arrest = false", ("2", "3", "4")),
        ("block prefix 013xx", ("3",)),
        ("block prefix 01_XX", ()),
        ("block prefix %", ()),
        ("description word arm", ("4",)),
        ("description word ARM BAT", ("4",)),
        ("description word HAND", ()),
        ("description word handgun", ("1", "2", "3")),
        ("latitude >= 43", ("1", "3", "4")),
        ("case_number = ml4", ("4",)),
    ],
)
def test_each_operator_finds_what_it_says(
    records: Records, where: str, keys: tuple[str, ...]
) -> None:
    assert records.ask(where).keys == keys


def test_all_conditions_must_hold(records: Records) -> None:
    assert records.ask("arrest = false", "occurred_at = 2025-03-02", "beat = 0101").keys == ("3",)


def test_rows_without_a_sort_value_come_last_in_either_direction(records: Records) -> None:
    assert records.ask(sort="beat").keys == ("3", "1", "2", "4")
    assert records.ask(sort="-beat").keys == ("1", "3", "4", "2")


@pytest.mark.parametrize("sort", ["", "id", "-id", "occurred_at", "-occurred_at", "beat", "-beat"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_follow_each_other_without_gap_or_repetition(
    records: Records, sort: str, limit: int
) -> None:
    whole = records.ask(sort=sort)
    assert not whole.truncated
    keys: tuple[str, ...] = ()
    page = records.ask(sort=sort, limit=limit)
    while page.truncated:
        keys += page.keys
        page = records.ask(sort=sort, limit=limit, after=page.next_position)
    assert keys + page.keys == whole.keys


def test_values_have_the_catalogues_types(records: Records) -> None:
    page = records.ask("id = 1", columns=("arrest", "ward", "latitude", "occurred_at", "location"))
    assert page.rows == ((True, 4, 43.21, "2025-03-01T23:59:59", "43.21, -87.25"),)
    assert records.ask("id = 2", columns=("beat", "location")).rows == ((None, None),)


def test_the_publishers_notice_goes_with_every_page_even_an_empty_one(records: Records) -> None:
    for page in (records.ask(), records.ask("id = none")):
        (notice,) = page.notices
        assert "not verified" in notice


def test_a_ticket_works_once(records: Records) -> None:
    request = Request("search", POLICE, "C", POLICE, dataset="incident")
    made = ticket_of(request, 90, narrow(request, law_of(), NOON.date()))
    search.search(records.store, made)
    with pytest.raises(TicketRefused, match="was spent"):
        search.search(records.store, made)


def test_a_ticket_for_another_action_opens_no_records(records: Records) -> None:
    request = Request("hold", POLICE, "C", POLICE, dataset="incident")
    with pytest.raises(TicketRefused, match="it opens no records"):
        search.search(records.store, ticket_of(request, 91, narrow(request, law_of(), NOON.date())))


@pytest.mark.parametrize(
    "foreign",
    [
        None,
        Filter("person", POLICE, law_of(), NOON.date(), ("id",)),
        Filter("incident", "SHERIFF", law_of(), NOON.date(), ("id",)),
        Filter("incident", POLICE, law_of(), NOON.date(), ("id",), target="3"),
    ],
)
def test_a_filter_that_is_not_the_requests_opens_nothing(
    records: Records, foreign: Filter | None
) -> None:
    request = Request("search", POLICE, "C", POLICE, dataset="incident")
    with pytest.raises(TicketRefused, match="not its request's"):
        search.search(records.store, ticket_of(request, 92, foreign))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"columns": ("surname",)}, "columns"),
        ({"sort": "surname"}, "sort"),
        ({"sort": "location"}, "sort"),
        ({"limit": 0}, "limit"),
    ],
)
def test_an_unknown_column_is_an_error_that_names_the_field(
    records: Records, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(FieldError) as fault:
        records.ask(**fields)  # type: ignore[arg-type]
    assert fault.value.field == field


def test_values_are_never_part_of_the_statement(records: Records) -> None:
    hostile = "x' OR '1'='1"
    assert records.ask(f"block = {hostile}").rows == ()
    assert records.ask(f'case_number in "{hostile}",y').rows == ()
    assert records.ask(custodian=hostile).rows == ()
    assert len(records.ask().rows) == 4
