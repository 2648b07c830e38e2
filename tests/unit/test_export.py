"""An export: the whole of a permitted search as one file, with its proof inside, or no file."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from cleargate.gate.export import to_file
from cleargate.gate.gate import Gate
from cleargate.gate.parts import Limits
from cleargate.log.read import entries
from cleargate.log.receipts import check_receipt, receipt_from_json
from cleargate.model.errors import BadUse, ExportTooLarge, FieldError, StoreFull, TicketRefused
from cleargate.model.words import Outcome
from cleargate.records.search import Closed, Page
from cleargate.records.sheets import CLOSED_IN, CSV, PARQUET, ZippedCsv
from tests.extracts import catalogued
from tests.jurisdiction import Jurisdiction, found
from tests.terminal import ON_A_CASE, County, extract, told
from tests.unit.test_gate_rows import CASE, PUBLIC, stock

POLICE = {"represented": "CHICAGO-POLICE", **CASE}
ROWS = {f"r{n:03}": {"description": "=1+1" if n == 3 else ""} for n in range(25)}


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    made = found(tmp_path)
    stock(made, {"plain": {}, "usms": {"origin": "USMS"}, "sealed": {"sealed": "yes"}, **ROWS})
    return paged(made)


def paged(here: Jurisdiction, **limits: Any) -> Jurisdiction:
    """The same, whose exports are read ten rows at a time."""
    given: Any = {"export_page": 10, **limits}
    parts = replace(here.parts, limits=Limits(**given))
    return replace(here, gate=Gate(parts))


def export(
    here: Jurisdiction, person: str, kind: str = CSV, /, **raw: Any
) -> tuple[Any, io.BytesIO]:
    file = io.BytesIO()
    asker = here.gate.authenticate(here.tokens[person], "cli")
    fields = {"represented": asker.agency, "purpose": "ADM"} | raw
    return to_file(here.gate, asker, fields, "cli", file, kind), file


def lines(file: io.BytesIO) -> list[dict[str, str]]:
    with zipfile.ZipFile(file) as archive:
        return list(csv.DictReader(io.StringIO(archive.read("rows.csv").decode(), newline="")))


def papers(file: io.BytesIO) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {n: archive.read(f"{n}.json") for n in ("answer", "entry", "receipt")}


def paged_search(here: Jurisdiction, person: str, **raw: object) -> list[Any]:
    rows, cursor = [], ""
    while True:
        answer = here.ask(person, "search", limit=7, cursor=cursor, **raw)
        rows += answer.result["rows"]
        if not (cursor := answer.result["next"]):
            return rows


@pytest.mark.parametrize("sort", ["", "-occurred_at", "description"])
def test_an_export_holds_what_all_pages_of_the_search_hold_in_their_order(
    here: Jurisdiction, sort: str
) -> None:
    columns = ["id", "primary_type", "ward"]
    asked: dict[str, Any] = {**CASE, "columns": columns, "sort": sort}
    rows = paged_search(here, "detective", **asked)
    _, file = export(here, "detective", **asked)
    assert [list(line.values()) for line in lines(file)] == [
        ["" if cell is None else str(cell) for cell in row] for row in rows
    ]
    _, file = export(here, "detective", PARQUET, **asked)
    table = parquet.read_table(file).drop_columns(CLOSED_IN)
    assert [list(row.values()) for row in table.to_pylist()] == rows
    assert len(rows) == 27  # not the sealed one


def test_an_export_is_one_decision_and_one_answer_in_the_log(here: Jurisdiction) -> None:
    before = here.parts.log.head().size
    answer, _ = export(here, "detective", **CASE)
    said = entries(here.parts.log, limit=here.parts.log.head().size - before)[::-1]
    assert [e.leaf.kind for e in said] == ["decided", "answered"]
    assert said[0].leaf.clear["action"] == "export"
    assert said[1].leaf.clear["rows"] == answer.result["row_count"] == 27
    one = here.ask("detective", "search", limit=500, **CASE)
    same = entries(here.parts.log, limit=1)[0]
    assert one.opens and same.values["keys_digest"] == said[1].values["keys_digest"]


@pytest.mark.parametrize("kind", [CSV, PARQUET])
def test_the_proof_in_the_file_shows_its_entry_to_be_in_the_log(
    here: Jurisdiction, kind: str
) -> None:
    answer, file = export(here, "detective", kind, **CASE)
    if kind == CSV:
        inside = papers(file)
    else:
        meta = parquet.read_metadata(file).metadata
        inside = {n: meta[f"cleargate.{n}".encode()] for n in ("answer", "entry", "receipt")}
    receipt = receipt_from_json(inside["receipt"].decode())
    check_receipt(receipt, inside["entry"], str(here.parts.log.verifier))
    said = json.loads(inside["entry"])
    assert said["kind"] == "answered" and said["rows"] == 27
    assert said["decision"] == answer.decided.index == json.loads(inside["answer"])["leaf"]


@pytest.mark.parametrize("kind", [CSV, PARQUET])
def test_a_closed_cell_is_marked_and_its_value_is_not_in_the_file(
    here: Jurisdiction, kind: str
) -> None:
    people = [{"id": f"p{n}", "surname": "KOWALSKI", "phone": "555-0100"} for n in range(12)]
    path = here.folder / "people.csv"
    path.write_text(catalogued("person", people), "utf-8")
    _import(here, path, "person")
    asked = {**CASE, "dataset": "person", "columns": ["id", "surname", "citizenship"]}
    shown = here.ask("detective", "search", **asked).result
    assert {m["column"] for m in shown["masked"]} >= {"citizenship"}
    _, file = export(here, "detective", kind, **asked)
    closed = [
        [n for n, cell in zip(asked["columns"], row, strict=True) if isinstance(cell, dict)]
        for row in shown["rows"]
    ]
    if kind == CSV:
        assert [[n for n, v in line.items() if v.startswith("[masked: ")] for line in lines(file)
                ] == closed  # fmt: skip
    else:
        table = parquet.read_table(file)
        assert table[CLOSED_IN].to_pylist() == closed
        assert table.schema.field("citizenship").metadata[b"cleargate.mask"] == b"see:status"
        assert set(table["citizenship"].to_pylist()) == {None}


def _import(here: Jurisdiction, path: Path, dataset: str) -> None:
    from cleargate.gate.files import Extract

    raw = {"represented": "CHICAGO-POLICE", "purpose": "ADM", "action": "records:import",
           "dataset": dataset, "subject": {"source": "catalogue"}}  # fmt: skip
    assert here.gate.answer(here.tokens["clerk"], raw, "cli", Extract(path)).opens


@given(
    st.lists(
        st.one_of(
            st.text(),
            st.sampled_from(["=1", "'", "[masked: x]", "\uff1d1"]),
            st.none(),
            st.floats(allow_nan=False),
            st.booleans(),
        ),
        min_size=1,
    )
)
def test_no_text_is_a_formula_or_a_mark_and_each_comes_back(values: list[object]) -> None:
    values = [v if not isinstance(v, str) else v.replace("\x00", "") for v in values]
    file = io.BytesIO()
    sheet = ZippedCsv(file)
    columns = tuple(f"c{n}" for n in range(len(values)))
    sheet.begin("incident", columns)
    sheet.add(Page("incident", columns, ((*values,), (Closed("see:birth"),) * len(values)), ()))
    sheet.seal({})
    with zipfile.ZipFile(file) as archive:
        _, row, closed = csv.reader(io.StringIO(archive.read("rows.csv").decode(), newline=""))
    for value, cell in zip(values, row, strict=True):
        if isinstance(value, str):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "[masked"))
            assert cell.removeprefix("'") == value if cell.startswith("'") else cell == value
    assert set(closed) == {"[masked: birth]"}


def test_dates_and_times_are_typed_in_parquet(here: Jurisdiction) -> None:
    _, file = export(here, "detective", PARQUET, **CASE)
    assert str(parquet.read_schema(file).field("occurred_at").type) == "timestamp[s]" or str(
        parquet.read_schema(file).field("occurred_at").type
    ) == ("timestamp[ms]")


def test_a_refused_export_is_logged_and_writes_nothing(here: Jurisdiction) -> None:
    answer, file = export(here, "ice", purpose="CIV-IMM", dataset="incident")
    assert answer.decision.outcome is Outcome.REFUSE and file.getvalue() == b""
    assert entries(here.parts.log, limit=1)[0].leaf.clear["outcome"] == "refuse"


def test_more_rows_than_an_export_may_have_is_an_error_of_its_own_and_logged(
    here: Jurisdiction,
) -> None:
    small = paged(here, export_rows=26)
    with pytest.raises(ExportTooLarge, match=r"limits\.export_rows"):
        export(small, "detective", **CASE)
    last = entries(here.parts.log, limit=1)[0].leaf
    assert (last.kind, last.clear["code"]) == ("failed", "export-too-large")
    assert export(paged(here, export_rows=27), "detective", **CASE)[0].opens


@pytest.mark.parametrize("field", [{"limit": 5}, {"cursor": "x"}, {"action": "search"}])
def test_what_is_no_field_of_an_export_is_refused_by_name(
    here: Jurisdiction, field: dict[str, Any]
) -> None:
    with pytest.raises(FieldError) as fault:
        export(here, "detective", **CASE, **field)
    assert fault.value.field in field


def test_an_export_without_a_file_is_refused(here: Jurisdiction) -> None:
    with pytest.raises(BadUse, match="is a file"):
        here.ask("detective", "export", **CASE)


class _When:
    """A file that does something when the first rows reach it."""

    def __init__(self, do: Callable[[], object]) -> None:
        self.file, self.do, self.done = io.BytesIO(), do, False

    def write(self, data: bytes) -> int:
        if not self.done and len(data) > 4:
            self.done = True
            self.do()
        return self.file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def to_when(here: Jurisdiction, do: Callable[[], object]) -> tuple[Any, io.BytesIO]:
    asker = here.gate.authenticate(here.tokens["detective"], "cli")
    when = _When(do)
    answer = to_file(here.gate, asker, POLICE, "cli", when, PARQUET)  # type: ignore[arg-type]
    return answer, when.file


def test_law_that_moves_while_rows_are_written_decides_the_export_anew(here: Jurisdiction) -> None:
    answer, file = to_when(here, lambda: here.credential("late", "FBI", "officer"))
    assert answer.opens and parquet.read_table(file).num_rows == 27
    kinds = [e.leaf.kind for e in entries(here.parts.log, limit=20)]
    assert kinds[:2] == ["answered", "decided"] and "failed" in kinds


def test_an_export_that_outlives_its_ticket_is_not_handed_out(here: Jurisdiction) -> None:
    with pytest.raises(TicketRefused, match="too old"):
        to_when(here, lambda: here.clock.forward(seconds=61))
    assert entries(here.parts.log, limit=1)[0].leaf.kind == "failed"


def test_a_full_disk_ends_an_export_in_one_sentence(here: Jurisdiction) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreFull, match="No space left"):
        to_when(here, full)


def test_the_command_writes_a_whole_file_of_its_owner_or_none(county: County) -> None:
    by = "clerk"
    told(county.run("records import", "--source", "clear-incidents",
                    extract(county.place / "x.csv"), by=by))  # fmt: skip
    asked = ("--for", "CHICAGO-POLICE", *ON_A_CASE, "--action", "export")
    for name in ("a.zip", "a.parquet"):
        out = county.place / name
        said = county.said("ask", *asked, "--out", out, by="detective")
        assert said["result"]["row_count"] == 3 and out.stat().st_mode & 0o777 == 0o600
        again = county.run("ask", *asked, "--out", out, by="detective")
        assert again.exit_code == 2 and "is there already" in again.stderr
    refused = ("--for", "ICE-ERO", "--purpose", "CIV-IMM", "--action", "export")
    none = county.place / "none.zip"
    assert county.run("ask", *refused, "--out", none, by="ice").exit_code == 3
    assert not list(county.place.glob("none*"))
    for wrong in (asked, (*asked, "--out", county.place / "a.csv"),
                  (*asked, "--out", none, "--limit", "4")):  # fmt: skip
        assert county.run("ask", *wrong, by="detective").exit_code == 2
    assert not list(county.place.glob("*.part"))


def test_the_public_may_export_only_what_it_may_search(here: Jurisdiction) -> None:
    answer, _ = export(here, "public", **PUBLIC)
    searched = here.ask("public", "search", **PUBLIC)
    assert answer.opens == searched.opens or not answer.opens
