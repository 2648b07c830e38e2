"""The published extracts, imported and counted against an independent reading of the file."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cleargate.model.request import Request
from cleargate.records import statistics
from tests.extracts import POLICE, Records
from tests.fakes import ticket_of
from tests.places import Places

pytestmark = pytest.mark.realdata

MONTH = "incidents_chicago_2024_09_full.csv.gz"
SAMPLE = "incidents_chicago_2024_sample.csv.gz"
SLIM = "incidents_chicago_2022_slim.csv.gz"


def raw(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a file as the standard library reads them."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def stored(records: Records, column: str) -> Counter[object]:
    """How often each value of a column is stored."""
    with records.store.read() as conn:
        rows = conn.execute(f"SELECT {column}, count(*) FROM incident GROUP BY 1")
        return Counter(dict(rows.fetchall()))


@pytest.fixture
def records(tmp_path: Path, places: Places) -> Iterator[Records]:
    with closing(Records(tmp_path, places("records"))) as made:
        yield made


def test_the_month_is_imported_whole_and_again_changes_nothing(
    records: Records, realdata_folder: Path
) -> None:
    path = realdata_folder / MONTH
    first = records.take(path)
    assert (first.rows_read, first.inserted, first.rejected) == (22_912, 22_912, 0)
    again = records.take(path)
    assert (again.unchanged, again.inserted, again.updated) == (22_912, 0, 0)

    rows = list(raw(path))
    assert stored(records, "primary_type") == Counter(r["Primary Type"] for r in rows)
    assert stored(records, "arrest") == Counter(int(r["Arrest"] == "true") for r in rows)
    assert stored(records, "community_area") == Counter(int(r["Community Area"]) for r in rows)
    assert stored(records, "occurred_at") == Counter(r["Date"][:19] for r in rows)
    assert stored(records, "latitude") == Counter(float(r["Latitude"]) for r in rows)

    request = Request("statistics", "PUBLIC", "PUB", POLICE, dataset="incident")
    made = statistics.publish(records.store, ticket_of(request, 99))
    areas = Counter(int(r["Community Area"]) for r in rows)
    assert dict(zip(made.areas, (line[0] for line in made.counts), strict=True)) == {
        area: number if number >= 10 else None for area, number in areas.items()
    }


def test_a_search_of_the_month_finds_what_the_file_holds(
    records: Records, realdata_folder: Path
) -> None:
    path = realdata_folder / MONTH
    records.take(path)
    expected = {
        r["ID"]
        for r in raw(path)
        if r["Primary Type"] == "ROBBERY" and r["Date"] >= "2024-09-15" and r["District"] == "011"
    }
    where = ("primary_type = robbery", "occurred_at >= 2024-09-15", "district in 011")
    page = records.ask(*where, sort="-occurred_at", limit=30)
    found = [*page.keys]
    while page.truncated:
        page = records.ask(*where, sort="-occurred_at", limit=30, after=page.next_position)
        found += page.keys
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert expected


def test_the_sample_with_the_other_dates_meets_the_month_where_they_overlap(
    records: Records, realdata_folder: Path
) -> None:
    records.take(realdata_folder / MONTH)
    result = records.take(realdata_folder / SAMPLE)
    month = {r["ID"] for r in raw(realdata_folder / MONTH)}
    sample = [r["ID"] for r in raw(realdata_folder / SAMPLE)]
    both = len(month.intersection(sample))
    assert (result.rows_read, result.rejected) == (10_000, 0)
    assert result.inserted == len(set(sample)) - both
    assert result.updated + result.unchanged + result.superseded == both
    blank = sum(not r["Latitude"] for r in raw(realdata_folder / SAMPLE))
    assert stored(records, "latitude")[None] == blank


def test_the_slim_year_is_imported_whole(records: Records, realdata_folder: Path) -> None:
    path = realdata_folder / SLIM
    result = records.take(path, "clear-incidents-slim")
    assert (result.rows_read, result.inserted, result.rejected) == (215_551, 215_551, 0)
    assert stored(records, "primary_type") == Counter(r["Primary Type"] for r in raw(path))
    assert stored(records, "community_area") == Counter(int(r["Community Area"]) for r in raw(path))
