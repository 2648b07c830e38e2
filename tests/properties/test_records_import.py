"""Imports against an obvious model: a dictionary in which the newer version of a row wins."""

from __future__ import annotations

import csv
import io
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleargate.model.errors import BadUse
from cleargate.records import checks
from cleargate.records.catalogue import CATALOGUE, Column, Type, dataset
from cleargate.records.reader import Extract, Limits
from tests.extracts import Records, clear, robbery
from tests.places import Fresh

VERSIONS = st.sampled_from(["", "2025-01-01T00:00:00", "2025-02-01T00:00:00"])
ROW = st.tuples(st.integers(1, 4), VERSIONS, st.sampled_from("ABC"))
FILES = st.lists(st.lists(ROW, min_size=1, max_size=6), min_size=1, max_size=4)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES)
def test_any_sequence_of_imports_leaves_the_newest_of_each_row(
    fresh: Fresh,
    files: list[list[tuple[int, str, str]]],
) -> None:
    model: dict[str, tuple[str, str]] = {}
    with fresh() as (folder, place), closing(Records(folder, place)) as records:
        for rows in files:
            made = records.take(clear([robbery(n, Block=b, Updated_On=v) for n, v, b in rows]))
            total = made.inserted + made.updated + made.unchanged + made.superseded
            assert total == made.rows_read == len(rows)
            for number, version, block in rows:
                _, before = model.get(str(number), ("", ""))
                if version >= before:  # no time at all is older than any
                    model[str(number)] = (block, version)
        stored = {r["id"]: (r["block"], r["updated_at"] or "") for r in records.rows()}
        again = records.take(clear([robbery(int(k), Block=b, Updated_On=v)
                                    for k, (b, v) in model.items()]))  # fmt: skip
    assert stored == model
    assert again.unchanged == again.rows_read


COLUMNS = [c for d in CATALOGUE.values() for c in d.stored]
TYPICAL = st.sampled_from(
    ["", " ", "1", "-2.5", "1e5", "1e999", "nan", "1_0", "٣", "2025-01-01T00:00:00",
     "2025-02-30T00:00:00", "2025-01-01T00:00:00.000", "01/02/2025 03:04:05 PM", "yes", "x\x00",
     "Garbrook", "FELONY", ".5", "--1", "2025-01-01T00:00:002025"]
)  # fmt: skip
CELLS = st.one_of(TYPICAL, st.text(max_size=8), st.floats().map(str), st.datetimes().map(str))


@given(column=st.sampled_from(COLUMNS), texts=st.lists(CELLS, max_size=6))
def test_a_whole_column_is_converted_as_its_texts_are_one_by_one(
    column: Column, texts: list[str]
) -> None:
    whole = checks.whole(column, texts)
    if whole is not None:
        convert = checks.converter(column, ("iso", "us"))
        assert whole == [convert(text) for text in texts]


@given(column=st.sampled_from(COLUMNS), text=st.text())
def test_a_text_is_converted_or_has_a_reason(column: Column, text: str) -> None:
    try:
        value = checks.converter(column, ("iso", "us"))(text)
    except ValueError as fault:
        assert str(fault)
        return
    expected = {Type.INTEGER: int, Type.BOOLEAN: int, Type.NUMBER: float}.get(column.type, str)
    assert value is None or type(value) is expected
    if column.type in (Type.DATE, Type.DATETIME):
        assert value is None or checks.moment(str(value))[: len(str(value))] == value


@given(text=st.text())
def test_words_hold_no_character_that_like_knows(text: str) -> None:
    made = checks.words(text) or ""
    assert not set("%_\\") & set(made)
    assert made == checks.words(made)


@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=9),
                 min_size=3, max_size=3),
        max_size=8,
    ),
    end=st.sampled_from(["\n", "\r\n"]),
)  # fmt: skip
def test_what_csv_writes_is_read_with_the_line_that_each_row_begins_on(
    rows: list[list[str]], end: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    begins = []
    for row in rows:
        begins.append(out.getvalue().count("\n") + 1)
        writer.writerow(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "extract.csv"
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        with Extract(path, Limits()) as extract:
            blocks = list(extract.blocks())
    assert [row for b in blocks for row in b.rows] == rows
    assert [line for b in blocks for line in b.lines] == begins


@given(content=st.binary(max_size=300))
def test_any_file_is_read_or_refused_by_name(content: bytes) -> None:
    header = ",".join(c.name for c in dataset("person").stored).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "extract.csv"
        for start in (b"", header + b"\n", b"\x1f\x8b"):
            path.write_bytes(start + content)
            try:
                with Extract(path, Limits()) as extract:
                    for block in extract.blocks():
                        assert all(len(row) == len(extract.header) for row in block.rows)
            except BadUse as fault:
                assert fault.sentence
