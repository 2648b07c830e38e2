"""The invented county: the same for the same seed, readable by the importer, and nobody's."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from cleargate.demo.county import CountyFiles, generate
from cleargate.demo.places import AREAS, SOUTH_WEST
from tests.extracts import CLEAR, Records

SEED, SIZE = 7, 1500


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> CountyFiles:
    return generate(tmp_path_factory.mktemp("county"), SEED, SIZE)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of an extract."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_makes_the_same_bytes(county: CountyFiles, tmp_path: Path) -> None:
    again = generate(tmp_path, SEED, SIZE)
    for (_, _, first), (_, _, second) in zip(county.imports, again.imports, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_another_seed_makes_another_county(county: CountyFiles, tmp_path: Path) -> None:
    other = generate(tmp_path, SEED + 1, SIZE)
    assert other.incidents.read_bytes() != county.incidents.read_bytes()


def test_the_importer_takes_every_row(county: CountyFiles, tmp_path: Path) -> None:
    records = Records(tmp_path)
    for name, source, path in county.imports:
        result = records.take(path, source)
        assert (result.dataset, result.rejected, result.superseded) == (name, 0, 0)
        assert result.inserted == result.rows_read == len(read(path))


def test_incidents_have_the_columns_of_clear_and_the_flags(county: CountyFiles) -> None:
    assert tuple(read(county.incidents)[0]) == (*CLEAR, "Sealed", "Juvenile", "Expunged")


def test_what_is_named_is_there(county: CountyFiles) -> None:
    incidents = {r["ID"] for r in read(county.incidents)}
    persons = {r["id"] for r in read(county.persons)}
    for row in read(county.involvements):
        assert row["incident_id"] in incidents
        assert (row["person_id"] or row["victim_id"]) in persons
        assert not (row["person_id"] and row["victim_id"])
    for row in read(county.arrests):
        assert row["incident_id"] in incidents
        assert row["person_id"] in persons


def test_nobody_is_twice_in_one_incident(county: CountyFiles) -> None:
    seen = Counter(
        (r["incident_id"], r["person_id"] or r["victim_id"]) for r in read(county.involvements)
    )
    assert max(seen.values()) == 1


def test_time_runs_forward(county: CountyFiles) -> None:
    occurred = {r["ID"]: r["Date"][:19] for r in read(county.incidents)}
    for row in read(county.arrests):
        assert occurred[row["incident_id"]] <= row["arrested_at"] < row["booked_at"]
        assert not row["released_at"] or row["booked_at"] < row["released_at"]


def test_it_has_what_real_extracts_have(county: CountyFiles) -> None:
    rows = read(county.incidents)
    assert {"yes", "no", "unknown"} == {r["Sealed"] for r in rows}
    assert {"yes", "no"} <= {r["Juvenile"] for r in rows}
    for column in ("Location Description", "Latitude", "Community Area"):
        assert any(not r[column] for r in rows), column
    assert any(r["Community Area"].startswith("0") for r in rows)
    assert Counter(r["Primary Type"] for r in rows).most_common(1)[0][0] == "THEFT"
    assert {int(r["Community Area"]) for r in rows if r["Community Area"]} == {
        a.number for a in AREAS
    }


def test_a_row_that_joins_two_is_as_closed_as_the_stricter_of_them(county: CountyFiles) -> None:
    juveniles = {r["id"] for r in read(county.persons) if r["juvenile"] == "yes"}
    assert juveniles
    for row in read(county.arrests):
        assert row["person_id"] not in juveniles or row["juvenile"] == "yes"


def test_no_place_and_no_number_is_anybodys(county: CountyFiles) -> None:
    for row in read(county.incidents):
        if row["Latitude"]:
            assert 0 <= float(row["Latitude"]) - SOUTH_WEST[0] <= 0.1
            assert 0 <= float(row["Longitude"]) - SOUTH_WEST[1] <= 0.1
    for row in read(county.persons):
        assert row["phone"] == "" or row["phone"].startswith("555-01")


def test_progress_ends_with_all_incidents(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    generate(tmp_path, SEED, 1200, lambda *at: told.append(at))
    assert told == [(1000, 1200), (1200, 1200)]
