"""The catalogue, and the tables made of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from cleargate.model.actions import MASKS
from cleargate.model.errors import FieldError
from cleargate.records import catalogue
from cleargate.records.catalogue import CATALOGUE, FLAGS, dataset
from cleargate.records.store import open_store, schema, tables
from tests.fakes import sqlite_of

COLUMN = '{ name = "id", title = "Id", type = "text", required = true }'


def described(*columns: str, extra: str = "") -> str:
    """A catalogue of one data set."""
    return f'[thing]\ntitle = "Things"\nkey = "id"\n{extra}\ncolumns = [{", ".join(columns)}]'


def test_the_schema_version_moves_when_a_table_does() -> None:
    # A store of another version is refused. Whoever changes a table moves VERSION and this digest.
    digest = hashlib.sha256("\n".join(schema().statements).encode()).hexdigest()
    assert (schema().version, digest[:16]) == (5, "b8b3e734cb25cf4a")


def test_incidents_have_the_22_columns_of_clear_and_no_mask() -> None:
    assert len(dataset("incident").columns) == 22
    assert dataset("incident").masks == {}


@pytest.mark.parametrize(
    ("name", "mask", "columns"),
    [
        ("person", "see:identity", {"surname", "given_names", "name"}),
        ("warrant", "see:identity", {"person_id", "surname", "given_names", "name"}),
        ("warrant", "see:birth", {"birth_date"}),
        ("vehicle", "see:identity", {"plate", "plate_state", "vin", "owner_id"}),
        ("contact_card", "see:identity", {"person_id", "vehicle_id"}),
        ("person", "see:birth", {"birth_date"}),
        ("person", "see:contact", {"address", "phone"}),
        ("person", "see:status", {"citizenship", "birth_country", "immigration_status"}),
        ("arrest", "see:release", {"released_at", "release_kind"}),
        ("involvement", "see:victim", {"victim_id", "victim_name"}),
    ],
)
def test_each_masked_column_is_behind_its_mask(name: str, mask: str, columns: set[str]) -> None:
    assert {c for c, m in dataset(name).masks.items() if m == mask} == columns


def test_every_mask_is_one_that_law_can_open_and_no_key_has_one() -> None:
    for found in CATALOGUE.values():
        assert set(found.masks.values()) <= set(MASKS)
        assert found.column(found.key).mask == ""


def test_every_searchable_link_between_records_has_an_index() -> None:
    for found in CATALOGUE.values():
        links = {c.name for c in found.columns if c.name.endswith("_id")}
        assert links <= {c.name for c in found.columns if c.index}


def test_every_column_has_its_place_in_the_table(tmp_path: Path) -> None:
    conn = sqlite_of(open_store(tmp_path / "records.db", create=True))
    for name, table in tables().items():
        there = {row[1] for row in conn.execute(f"PRAGMA table_info({name})")}
        assert there == set(table.c.keys())
        assert {c.name for c in dataset(name).stored} | set(FLAGS) <= there


def test_an_unknown_column_is_answered_with_the_nearest_and_all_others() -> None:
    with pytest.raises(FieldError) as fault:
        dataset("incident").column("primry_type", "where")
    assert fault.value.field == "where"
    assert "did you mean primary_type?" in fault.value.sentence
    assert "location_description" in fault.value.sentence


def test_an_unknown_data_set_is_answered_with_the_nearest() -> None:
    with pytest.raises(FieldError, match=r"did you mean incident\?"):
        dataset("incidents")


@pytest.mark.parametrize(("name", "column"), [("incident", "location"), ("person", "name")])
def test_what_is_made_of_two_columns_has_no_order(name: str, column: str) -> None:
    with pytest.raises(FieldError, match="sort by id"):
        dataset(name).sorting(f"-{column}")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (described('{ name = "id", title = "Id", type = "integer", required = true }'), "key"),
        (described('{ name = "id", title = "Id", type = "text" }'), "key"),
        (
            described(
                '{ name = "id", title = "Id", type = "text", required = true, mask = "see:birth" }'
            ),
            "key",
        ),
        (described(COLUMN, '{ name = "a", title = "A", type = "text", mask = "x" }'), "mask"),
        (described(COLUMN, '{ name = "a", title = "A", type = "number", ops = ["word"] }'), "word"),
        (described(COLUMN, '{ name = "a", title = "A", type = "text", ops = ["like"] }'), "like"),
        (described(COLUMN, '{ name = "a b", title = "A", type = "text" }'), "name"),
        (described(COLUMN, '{ name = "sealed", title = "A", type = "text" }'), "fact of each row"),
        (described(COLUMN, extra='happened = "id"'), "no time"),
        (described(COLUMN, COLUMN), "twice"),
        (described(COLUMN, extra='newer_by = "id"'), "no time"),
        (described(COLUMN, '{ name = "p", title = "P", type = "point" }'), "two parts"),
        (
            described(COLUMN, '{ name = "p", title = "P", type = "point", of = ["a", "b"] }'),
            "missing",
        ),
        (
            described(COLUMN, '{ name = "a", title = "A", type = "date", spelled = true }'),
            "no text",
        ),
        (
            described(
                COLUMN,
                *(f'{{ name = "{n}", title = "A", type = "text" }}' for n in ("a", "b")),
                '{ name = "n", title = "N", type = "name", of = ["a", "b"] }',
            ),
            "not spelled",
        ),
        (
            described(
                COLUMN,
                '{ name = "a", title = "A", type = "text", '
                'blank_when = { column = "role", values = ["X"] } }',
            ),
            "missing",
        ),
    ],
)
def test_a_catalogue_that_makes_no_sense_is_not_read(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        catalogue.read(text)


def test_a_point_is_behind_the_mask_of_its_parts() -> None:
    masked = 'mask = "see:contact"'
    parts = [
        '{ name = "a", title = "A", type = "number", mask = "see:contact" }',
        '{ name = "b", title = "B", type = "number", mask = "see:contact" }',
    ]
    point = 'name = "p", title = "P", type = "point", of = ["a", "b"]'
    with pytest.raises(ValueError, match="another mask"):
        catalogue.read(described(COLUMN, *parts, f"{{ {point} }}"))
    read = catalogue.read(described(COLUMN, *parts, f"{{ {point}, {masked} }}"))
    assert read["thing"].masks["p"] == "see:contact"
