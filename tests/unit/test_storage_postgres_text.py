"""The one SQL text, as PostgreSQL gets it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleargate.storage.postgres_text import query, table, values


@pytest.mark.parametrize(
    ("written", "sent", "names"),
    [
        ("SELECT 1", "SELECT 1", ()),
        ("a = ? AND b = ?", "a = $1 AND b = $2", ()),
        ("a = :x AND b = :y AND c = :x", "a = $1 AND b = $2 AND c = $1", ("x", "y")),
        ("a = '?' AND b = ?", "a = '?' AND b = $1", ()),
        ("a = 'it''s :x' AND b = :x", "a = 'it''s :x' AND b = $1", ("x",)),
        ('"odd?name" = ?', '"odd?name" = $1', ()),
        ("a = ? -- why?\nAND b = ?", "a = $1 -- why?\nAND b = $2", ()),
        ("/* ? :x */ a = ?", "/* ? :x */ a = $1", ()),
        ("a = :x::text", "a = $1::text", ("x",)),
        ("a LIKE '%' || ?", "a LIKE '%' || $1", ()),
    ],
)
def test_values_are_numbered_wherever_a_value_can_stand(
    written: str, sent: str, names: tuple[str, ...]
) -> None:
    assert query(written) == (sent, names)


def test_named_values_come_in_the_order_of_their_numbers() -> None:
    assert values(("x", "y"), {"y": 2, "x": 1, "unused": 3}) == [1, 2]
    assert values((), (1, 2)) == (1, 2)


PIECES = st.sampled_from(["a = ?", "b", "'?'", '"?"', "--?\n", "/*?*/", "''''", "c::text", "?"])


@given(st.lists(PIECES, max_size=12))
def test_every_place_and_nothing_else_is_numbered(pieces: list[str]) -> None:
    sent, _ = query(" ".join(pieces))
    places = sum(piece in ("a = ?", "?") for piece in pieces)
    assert [f"${n}" in sent for n in range(1, places + 2)] == [True] * places + [False]
    assert sent.count("?") == sum(piece in ("'?'", '"?"', "--?\n", "/*?*/") for piece in pieces)


def test_a_table_gets_the_types_of_postgresql() -> None:
    written = """
        CREATE TABLE t (
          id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'TEXT', share REAL, hash BLOB,
          limit_text TEXT, PRIMARY KEY (id)
        ) STRICT, WITHOUT ROWID
    """
    sent = " ".join(table(written).split())
    assert sent == (
        "CREATE TABLE t ( id BIGINT PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL DEFAULT 'TEXT',"
        ' share DOUBLE PRECISION, hash BYTEA, limit_text TEXT COLLATE "C", PRIMARY KEY (id) )'
    )
