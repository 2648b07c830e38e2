"""Import: what gets in, what is rejected, and what is refused whole."""

from __future__ import annotations

import csv
import gzip
import hashlib
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cleargate.model.errors import BadUse, FieldError, ImportRefused, LimitReached, TicketRefused
from cleargate.model.request import Request
from cleargate.records import write
from cleargate.records.reader import Limits
from tests.extracts import CLEAR, POLICE, Records, catalogued, clear, robbery, text
from tests.fakes import NOON, ticket_of
from tests.places import Places


@pytest.fixture
def records(tmp_path: Path, places: Places) -> Iterator[Records]:
    with closing(Records(tmp_path, places("records"))) as made:
        yield made


def counts(result: write.ImportResult) -> tuple[int, int, int, int, int]:
    """Inserted, updated, unchanged, superseded, rejected; they always add up."""
    made = (
        result.inserted,
        result.updated,
        result.unchanged,
        result.superseded,
        result.rejected,
    )
    assert sum(made) == result.rows_read
    return made


# --- what gets in ----------------------------------------------------------------------------


def test_a_row_is_stored_in_the_catalogues_form(records: Records) -> None:
    records.take(clear([robbery(7, IUCR="31A", Community_Area="06", Beat="301", District="3")]))
    (row,) = records.rows()
    assert row["id"] == "7"
    assert (row["iucr"], row["beat"], row["district"]) == ("031A", "0301", "003")
    assert (row["community_area"], row["ward"], row["arrest"]) == (6, 4, 0)
    assert row["occurred_at"] == "2025-03-01T21:15:00"
    assert (row["custodian"], row["leaf"], row["sealed"]) == (POLICE, 1, "no")
    assert row["description__words"] == " ARMED HANDGUN "


def test_both_forms_of_date_are_one_time(records: Records) -> None:
    iso = robbery(1, Date="2024-02-10T00:44:00.000", Updated_On="2025-05-17T15:40:52.000")
    us = robbery(2, Date="02/10/2024 12:44:00 AM", Updated_On="05/17/2025 03:40:52 PM")
    records.take(clear([iso, us]))
    one, two = records.rows()
    assert one["occurred_at"] == two["occurred_at"] == "2024-02-10T00:44:00"
    assert one["updated_at"] == two["updated_at"] == "2025-05-17T15:40:52"


def test_blanks_are_not_recorded_and_neither_zero_nor_empty(records: Records) -> None:
    records.take(clear([robbery(1, Ward=" ", Block="", Latitude="", Arrest="")]))
    (row,) = records.rows()
    assert [row[c] for c in ("ward", "block", "latitude", "arrest")] == [None] * 4


@pytest.mark.parametrize(
    "change",
    [
        lambda t: "\ufeff" + t,
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace("\n", "\r"),
        lambda t: t.rstrip("\n"),
        lambda t: t.replace("\n", "\n\n"),
        lambda t: "\ufeff" + t.replace("\n", "\r\n"),
    ],
    ids=["bom", "crlf", "cr", "no last line end", "blank lines", "bom and crlf"],
)
@pytest.mark.parametrize("name", ["extract.csv", "extract.gz"])
def test_the_same_rows_in_another_dress_are_the_same_rows(
    records: Records, change: object, name: str
) -> None:
    content = clear([robbery(1), robbery(2)])
    records.take(content)
    dressed = records.file(change(content), name)  # type: ignore[operator]
    assert counts(records.take(dressed)) == (0, 0, 2, 0, 0)


def test_gzip_is_seen_from_the_bytes_not_from_the_name(records: Records) -> None:
    packed = gzip.compress(clear([robbery(1)]).encode())
    path = records.file(packed, "extract.csv")
    result = records.take(path)
    assert result.inserted == 1
    assert result.file_digest == hashlib.sha256(packed).hexdigest()


def test_a_line_break_in_a_value_is_part_of_the_value(records: Records) -> None:
    bad = robbery(2, Ward="x")
    result = records.take(clear([robbery(1, Description="LINE ONE\nLINE TWO"), bad, robbery(3)]))
    assert records.rows()[0]["description"] == "LINE ONE\nLINE TWO"
    assert [(r.line, r.column) for r in result.first_rejects] == [(4, "Ward")]


def test_two_custodians_may_use_the_same_number(records: Records) -> None:
    records.take(clear([robbery(1, Block="A")]))
    assert records.take(clear([robbery(1, Block="B")]), custodian="SHERIFF").inserted == 1
    assert [r["block"] for r in records.rows()] == ["A", "B"]


def test_the_slim_extract_is_keyed_by_its_row_within_its_year(records: Records) -> None:
    header = ("Row", "Date", "Block", "Primary Type", "Description", "Location Description",
              "Arrest", "Domestic", "Community Area", "IUCR (derived)")  # fmt: skip
    rest = ("A", "THEFT", "OVER $500", "STREET", "false", "false", "8", "810")
    slim = text(header, [("1", f"{year}-01-01 00:00:00", *rest) for year in (2021, 2022)])
    records.take(clear([robbery(1)]))
    assert records.take(slim, "clear-incidents-slim").inserted == 2
    assert [r["id"] for r in records.rows()] == ["1", "slim-2021-1", "slim-2022-1"]
    assert records.rows()[1]["iucr"] == "0810"


@pytest.mark.parametrize(
    ("of", "row"),
    [
        ("person", {"id": "P1", "surname": "garbrook", "birth_date": "1980-02-29"}),
        ("arrest", {"id": "A1", "arrested_at": "2025-01-01T10:00", "charge_class": "felony"}),
        ("involvement", {"id": "V1", "incident_id": "1", "role": "victim", "victim_id": "P1"}),
        ("contact_card", {"id": "C1", "contacted_at": "2025-01-01T10:00", "kind": "traffic stop"}),
        ("warrant", {"id": "W1", "kind": "bench", "status": "active", "issued_at": "2025-01-01"}),
        ("vehicle", {"id": "X1", "reported_at": "2025-01-01", "status": "stolen"}),
        ("incident", {"id": "1", "occurred_at": "2025-01-01"}),
    ],
)
def test_every_data_set_can_come_in_the_catalogues_words(
    records: Records, of: str, row: dict[str, str]
) -> None:
    result = records.take(catalogued(of, [row]), "catalogue")
    assert (result.dataset, result.inserted) == (of, 1)
    assert len(records.rows(of)) == 1


# --- again, newer, older ---------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(records: Records) -> None:
    content = clear([robbery(n) for n in range(50)])
    assert counts(records.take(content)) == (50, 0, 0, 0, 0)
    before = records.rows()
    assert counts(records.take(content)) == (0, 0, 50, 0, 0)
    assert records.rows() == before


def test_a_newer_row_updates_and_an_older_one_never_does(records: Records) -> None:
    records.take(clear([robbery(1, Block="FIRST", Updated_On="2025-02-01T00:00:00")]))
    newer = clear([robbery(1, Block="NEWER", Updated_On="2025-03-01T00:00:00")])
    assert counts(records.take(newer)) == (0, 1, 0, 0, 0)
    older = clear([robbery(1, Block="OLDER", Updated_On="2025-01-01T00:00:00")])
    assert counts(records.take(older)) == (0, 0, 0, 1, 0)
    undated = clear([robbery(1, Block="UNDATED", Updated_On="")])
    assert counts(records.take(undated)) == (0, 0, 0, 1, 0)
    (row,) = records.rows()
    assert (row["block"], row["leaf"]) == ("NEWER", 2)


def test_of_two_rows_with_one_key_the_newer_counts_wherever_it_stands(records: Records) -> None:
    rows = [
        robbery(1, Block="OLD", Updated_On="2025-01-01T00:00:00"),
        robbery(1, Block="NEW", Updated_On="2025-03-01T00:00:00"),
        robbery(1, Block="MIDDLE", Updated_On="2025-02-01T00:00:00"),
    ]
    assert counts(records.take(clear(rows))) == (1, 0, 0, 2, 0)
    assert [r["block"] for r in records.rows()] == ["NEW"]
    assert counts(records.take(clear(rows))) == (0, 0, 1, 2, 0)


def test_at_the_same_time_what_comes_later_counts(records: Records) -> None:
    records.take(clear([robbery(1, Block="A"), robbery(1, Block="B")]))
    assert records.rows()[0]["block"] == "B"
    assert records.take(clear([robbery(1, Block="C")])).updated == 1


def test_an_import_may_seal_a_row_but_never_open_it(records: Records) -> None:
    flags = ("Sealed", "Juvenile", "Expunged")
    shut = {"Sealed": "yes", "Juvenile": "no", "Expunged": "no"}
    records.take(clear([robbery(1)]))
    assert records.take(clear([robbery(1) | shut], flags)).updated == 1
    assert records.ask().rows == ()
    newer = robbery(1, Updated_On="2026-01-01T00:00:00")
    assert records.take(clear([newer | dict.fromkeys(flags, "no")], flags)).updated == 1
    assert records.take(clear([newer])).unchanged == 1
    assert [r["sealed"] for r in records.rows()] == ["yes"]
    assert records.ask().rows == ()


def test_a_column_that_the_extract_lacks_keeps_what_is_stored(records: Records) -> None:
    # A source of fewer columns for the same keys: the slim one, under the key that it would make.
    stored = robbery("slim-2025-1", Updated_On="", Beat="0301")
    records.take(clear([stored]))
    header = ("Row", "Date", "Block", "Primary Type", "Description", "Location Description",
              "Arrest", "Domestic", "Community Area", "IUCR (derived)")  # fmt: skip
    slim = text(
        header, [("1", "2025-03-01 21:15:00", "NEW", "ROBBERY", "X", "Y", "1", "0", "1", "2")]
    )
    assert counts(records.take(slim, "clear-incidents-slim")) == (0, 1, 0, 0, 0)
    (row,) = records.rows()
    assert (row["block"], row["beat"], row["case_number"]) == ("NEW", "0301", "MLSLIM-2025-1")


def test_a_dry_run_counts_and_changes_nothing(records: Records) -> None:
    records.take(clear([robbery(1), robbery(2)]))
    before = records.rows()
    newer = robbery(2, Block="NEW", Updated_On="2026-01-01T00:00:00")
    content = clear([robbery(1), newer, robbery(3)])
    result = records.take(content, subject={"dry_run": "yes"})
    assert counts(result) == (1, 1, 1, 0, 0)
    assert result.dry_run
    assert records.rows() == before
    assert counts(records.take(content)) == (1, 1, 1, 0, 0)


# --- what is rejected ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"ID": ""}, "ID", "is blank"),
        ({"Date": ""}, "Date", "is blank"),
        ({"Date": "2025-02-30T00:00:00.000"}, "Date", "does not exist"),
        ({"Date": "13/01/2025 01:00:00 AM"}, "Date", "does not exist"),
        ({"Date": "01/01/2025 13:00:00 PM"}, "Date", "is not a time of day"),
        ({"Date": "2025-01-01T00:00:00-06:00"}, "Date", "is not a date"),
        ({"Ward": "4.5"}, "Ward", "is not a whole number"),
        ({"Ward": "9" * 30}, "Ward", "is not a whole number"),
        ({"Latitude": "NaN"}, "Latitude", "is not a number"),
        ({"Latitude": "1e999"}, "Latitude", "is not a number"),
        ({"Latitude": "1_0"}, "Latitude", "is not a number"),
        ({"Arrest": "maybe"}, "Arrest", "is not true or false"),
        ({"Block": "A\x00B"}, "Block", "control character"),
    ],
)
def test_a_bad_row_is_rejected_with_line_column_and_reason(
    records: Records, changes: dict[str, str], column: str, reason: str
) -> None:
    result = records.take(clear([robbery(1), robbery(2) | changes, robbery(3)]))
    assert counts(result) == (2, 0, 0, 0, 1)
    (reject,) = result.first_rejects
    assert (reject.line, reject.column) == (3, column)
    assert reason in reject.reason
    assert [r["id"] for r in records.rows()] == ["1", "3"]


def test_a_victim_in_the_column_of_suspects_is_rejected(records: Records) -> None:
    # Else whoever may see a suspect's identity would find the victim's.
    rows = [
        {"id": "V1", "incident_id": "1", "role": "VICTIM", "person_id": "P1"},
        {"id": "V2", "incident_id": "1", "role": "SUSPECT", "person_id": "P1"},
        {"id": "V3", "incident_id": "1", "role": "ONLOOKER"},
    ]
    result = records.take(catalogued("involvement", rows), "catalogue")
    assert [(r.line, r.column, r.reason) for r in result.first_rejects] == [
        (2, "person_id", "must be blank where role is VICTIM"),
        (4, "role", "is none of VICTIM, WITNESS, REPORTER, SUSPECT, ARRESTEE, OTHER"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2,ML2,2025-03-01T21:15:00.000,012XX N AL", "has 4 values where the header has 22"),
        (",".join("x" * 23), "has 23 values where the header has 22"),
        ('2,"ML2', "has a quote that is not closed"),
        ('2,"ML2"x,', "has a quote that is not closed, or stands inside a value"),
    ],
)
def test_a_cut_or_broken_line_is_rejected_and_the_others_are_not(
    records: Records, line: str, reason: str
) -> None:
    result = records.take(clear([robbery(1)]) + line)
    assert counts(result) == (1, 0, 0, 0, 1)
    (reject,) = result.first_rejects
    assert reject.line == 3
    assert reason in reject.reason


def test_rejected_rows_can_be_mended_and_imported(records: Records, tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    records.take(clear([robbery(1), robbery(2, Ward="x"), robbery(3, Arrest="?")]), rejects=path)
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["line", "column", "reason", *CLEAR]
    assert [row[:3] for row in rows] == [
        ["3", "Ward", "is not a whole number"],
        ["4", "Arrest", "is not true or false"],
    ]
    mended = [dict(zip(CLEAR, row[3:], strict=True)) for row in rows]
    mended[0]["Ward"], mended[1]["Arrest"] = "1", "true"
    assert records.take(clear(mended)).inserted == 2


def test_the_rejects_file_is_its_owners_alone(records: Records, tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    records.take(clear([robbery(1), robbery(2, Ward="x")]), rejects=path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_rejects_there_is_no_rejects_file(records: Records, tmp_path: Path) -> None:
    records.take(clear([robbery(1)]), rejects=tmp_path / "rejects.csv")
    assert not list(tmp_path.glob("rejects*"))


def test_a_result_says_what_is_wrong_without_the_rows_texts(records: Records) -> None:
    result = records.take(clear([robbery(1), robbery(2, Ward="SECRET")]))
    assert "SECRET" not in repr(result)


# --- what is refused whole -------------------------------------------------------------------


def broken_gzip() -> bytes:
    """A gzip file with one byte changed in its middle."""
    packed = bytearray(gzip.compress(clear([robbery(n) for n in range(2000)]).encode(), mtime=0))
    packed[len(packed) // 2] ^= 0xFF
    return bytes(packed)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b'"ID', "The header of extract.csv cannot be read"),
        (clear([]).encode(), "has a header but no rows"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (
            gzip.compress(clear([robbery(1)]).encode(), mtime=0)[:-9],
            "gzip that is damaged or cut off",
        ),
        (broken_gzip(), "gzip that is damaged or cut off"),
        (gzip.compress(clear([robbery(1)]).encode(), mtime=0) + b"tail", "damaged or cut off"),
        (clear([robbery(1)]).encode("utf-16"), "is not UTF-8"),
        (clear([robbery(1, Block="CAFÉ")]).encode("latin-1"), "is not UTF-8"),
        (
            clear([robbery(1, Ward="x")]).encode(),
            "No row of extract.csv can be taken (line 2, Ward",
        ),
        (b"ID;Case Number\n1;2\n", "parts its values by ';'"),
        (text(CLEAR[:-2], [["x"] * 20]).encode(), "The header lacks Longitude"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence_and_nothing_of_it_gets_in(
    records: Records, content: bytes, sentence: str
) -> None:
    records.take(clear([robbery(1)]))
    before = records.rows()
    with pytest.raises(ImportRefused) as fault:
        records.take(content)
    assert sentence in fault.value.sentence
    assert records.rows() == before


def test_a_file_that_is_not_there_is_refused(records: Records, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="cannot be read"):
        records.take(tmp_path / "nowhere.csv")
    with pytest.raises(ImportRefused, match="cannot be read"):
        records.take(tmp_path)


def test_another_file_than_the_one_that_was_decided_is_refused(records: Records) -> None:
    content = clear([robbery(1)])
    digest = hashlib.sha256(content.encode()).hexdigest()
    assert records.take(content, subject={"sha256": digest}).inserted == 1
    with pytest.raises(ImportRefused, match="not the one that the request names"):
        records.take(clear([robbery(2)]), subject={"sha256": digest})
    assert len(records.rows()) == 1


@pytest.mark.parametrize(
    ("content", "limits", "setting"),
    [
        (
            clear([robbery(1)], [f"Extra {n}" for n in range(178)]),
            Limits(),
            "limits.import_columns",
        ),
        (clear([robbery(1, Block="x" * 5000)]), Limits(max_line=1000), "limits.import_line"),
        (clear([robbery(n) for n in range(99)]), Limits(max_bytes=9000), "limits.import_bytes"),
        (
            clear([robbery(n, Ward="x" if n % 2 else "1") for n in range(99)]),
            Limits(),
            "limits.import_rejects_percent",
        ),
        (
            clear([robbery(1)]) + '"' + "lost\n" * 40_000,
            Limits(),
            "limits.import_line",
        ),
    ],
    ids=["200 columns", "long line", "big file", "many rejects", "a quote that swallows the rest"],
)
def test_a_limit_names_its_setting_and_nothing_gets_in(
    records: Records, content: str, limits: Limits, setting: str
) -> None:
    with pytest.raises(LimitReached) as fault:
        records.take(content, limits=limits)
    assert fault.value.details["setting"] == setting
    assert records.rows() == []


def test_a_small_gzip_file_cannot_fill_the_disk(records: Records) -> None:
    bomb = gzip.compress(clear([]).encode() + b"a" * 5_000_000)
    with pytest.raises(LimitReached):
        records.take(records.file(bomb, "bomb.csv"))


def test_few_rejects_are_taken_whatever_their_share(records: Records) -> None:
    rows = [robbery(n, Ward="x" if n < 20 else "1") for n in range(30)]
    assert counts(records.take(clear(rows))) == (10, 0, 0, 0, 20)


# --- tickets ---------------------------------------------------------------------------------


def import_request(**subject: str) -> Request:
    """A request to import incidents of the police."""
    return Request(
        "records:import", POLICE, "ADM", POLICE, subject={"source": "clear-incidents"} | subject
    )


def test_a_ticket_imports_once(records: Records) -> None:
    path, made = records.file(clear([robbery(1)])), ticket_of(import_request(), 5)
    write.import_extract(records.store, made, path, at=NOON)
    with pytest.raises(TicketRefused, match="was spent"):
        write.import_extract(records.store, made, path, at=NOON)


def test_an_entry_acts_once_and_its_second_run_finds_the_first_result(records: Records) -> None:
    path = records.file(clear([robbery(1)]))
    first = write.import_extract(records.store, ticket_of(import_request(), 5), path, at=NOON)
    records.file(clear([robbery(1), robbery(2)]))
    second = write.import_extract(records.store, ticket_of(import_request(), 5), path, at=NOON)
    assert second == first
    assert len(records.rows()) == 1


def test_a_ticket_for_another_action_imports_nothing(records: Records) -> None:
    request = Request("search", POLICE, "C", POLICE, subject={"source": "clear-incidents"})
    with pytest.raises(TicketRefused):
        write.import_extract(
            records.store, ticket_of(request, 5), records.file(clear([robbery(1)])), at=NOON
        )
    assert records.rows() == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (Request("records:import", POLICE, "ADM", POLICE), "source"),
        (import_request(source="clear"), "source"),
        (import_request(colour="red"), "colour"),
        (import_request(sha256="abc"), "sha256"),
        (import_request(dry_run="perhaps"), "dry_run"),
        (
            Request("records:import", POLICE, "ADM", "", subject={"source": "catalogue"}),
            "custodian",
        ),
    ],
)
def test_a_wrong_order_names_its_field(records: Records, request_: Request, field: str) -> None:
    with pytest.raises(FieldError) as fault:
        write.import_extract(records.store, ticket_of(request_, 5), Path("x"), at=NOON)
    assert fault.value.field == field


def test_every_refusal_is_bad_use_and_says_what_to_do() -> None:
    assert issubclass(ImportRefused, BadUse)
    assert issubclass(LimitReached, BadUse)


# --- progress --------------------------------------------------------------------------------


def test_progress_ends_with_all_rows_and_all_bytes(records: Records) -> None:
    told: list[tuple[int, int, int]] = []
    content = clear([robbery(n) for n in range(2_000)])
    records.take(content, progress=lambda *at: told.append(at))
    assert len(told) == 2
    assert told == sorted(told)
    assert told[-1] == (2_000, len(content), len(content))


def test_the_points_come_in_their_order(records: Records) -> None:
    seen: list[str] = []
    records.take(clear([robbery(1)]), probe=seen.append)
    assert tuple(seen) == write.POINTS
