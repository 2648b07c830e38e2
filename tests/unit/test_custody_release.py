"""Release asks nobody's permission, and no fault keeps anyone: what failed is put on paper."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cleargate.custody import facts, form, spool, write
from cleargate.custody.release import Desk, Recorded, release
from cleargate.custody.spool import Late, Waiting
from cleargate.custody.store import Facility, open_store
from cleargate.custody.sweep import sweep
from cleargate.model.decision import DocumentDecision, Limit, RuleRef
from cleargate.model.words import Layer, Outcome, RuleKind, Tri
from cleargate.storage.engine import Store
from tests.fakes import NOON, Dice, sqlite_of, ticket

B = "B-26-3318"
CHICAGO = ZoneInfo("America/Chicago")
HOUR = timedelta(hours=1)
RULE = RuleRef("us-tx/hold", "cite", "summary", RuleKind.MUST, Layer.STATE)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    jail = Facility("DIV-5", "SHERIFF", "Division 5", "America/Chicago")
    opened = open_store(tmp_path / "custody.db", [jail], create=True, busy_ms=1)
    fields = {"facility": "DIV-5", "name": "Jordan Doe"}
    write.book(opened, ticket("book", 1, fields, target=B), NOON, Dice())
    return opened


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "spool", "Cook County Sheriff, Department of Corrections", CHICAGO)


def hold(store: Store, limit: str) -> None:
    opens = Outcome.REQUIRE
    doc = DocumentDecision("E-1", "detainer", opens, (), (), (), (Limit(RULE, limit, "cite"),))
    write.hold(store, ticket("hold", 2, target=B, represented="ICE", documents=(doc,)), NOON)


def test_a_release_with_its_entry_leaves_nothing_to_do(store: Store, desk: Desk) -> None:
    done = release(store, B, NOON, desk, by="s.diaz", leaf=7)
    assert done.recorded == Recorded(NOON)
    assert (done.form, done.files, done.later) == ("", (), ())
    assert facts.custody_facts(store, B, NOON).in_custody is Tri.NO
    assert not desk.spool.exists()


def test_a_release_ends_every_hold_and_says_which_ran(store: Store, desk: Desk) -> None:
    hold(store, "court")
    done = release(store, B, NOON + HOUR, desk, by="s.diaz", leaf=7)
    assert done.recorded == Recorded(NOON + HOUR, ended=("E-1",))
    assert sweep(store, NOON + timedelta(days=99)) == ()


def test_a_release_after_the_limit_is_an_incident(store: Store, desk: Desk) -> None:
    hold(store, "PT48H")
    done = release(store, B, NOON + 50 * HOUR, desk, by="s.diaz", leaf=7)
    assert done.recorded is not None
    (incident,) = done.recorded.incidents
    assert incident.since == NOON + 48 * HOUR
    with store.read() as conn:
        closed = conn.execute("SELECT closed_at FROM incident").fetchall()
    assert closed == [("2026-07-03T19:00:00.000000Z",)]


def test_a_release_at_the_limit_is_none(store: Store, desk: Desk) -> None:
    hold(store, "PT48H")
    done = release(store, B, NOON + 48 * HOUR, desk, by="s.diaz", leaf=7)
    assert done.recorded == Recorded(NOON + 48 * HOUR, ended=("E-1",))


def test_without_a_log_the_database_is_written_and_a_form_waits(store: Store, desk: Desk) -> None:
    done = release(store, B, NOON, desk, by="s.diaz", why="The log's disk is full.")
    assert done.recorded == Recorded(NOON)
    assert "in the log as late, with the time 2026-07-01T17:00:00.000000Z" in done.later[0]
    (waiting,) = spool.pending(desk.spool)
    assert waiting.late is not None
    assert (waiting.late.booking, waiting.late.at) == (B, NOON)
    assert waiting.late.why == "The log's disk is full."


def test_without_a_database_a_form_waits(desk: Desk) -> None:
    done = release(None, B, NOON, desk, by="s.diaz", why="custody.db is missing.")
    assert done.recorded is None
    assert "in the database and the log" in done.later[0]
    record, paper = done.files
    assert json.loads(record.read_bytes()) == {
        "form": record.stem,
        "booking": B,
        "at": "2026-07-01T17:00:00Z",
        "by": "s.diaz",
        "why": "custody.db is missing.",
        "stands_for": "released",
        "v": 1,
    }
    assert paper.read_text() == done.form


def test_a_locked_database_stops_nobody(store: Store, desk: Desk) -> None:
    other = sqlite3.connect(store.name, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = release(store, B, NOON, desk, by="s.diaz", leaf=7)
    other.close()
    assert done.recorded is None
    assert "is held by another process" in " ".join(done.form.split())


def test_a_full_disk_stops_nobody(store: Store, desk: Desk) -> None:
    hold(store, "court")
    pages = sqlite_of(store).execute("PRAGMA page_count").fetchone()[0]
    sqlite_of(store).execute(f"PRAGMA max_page_count={pages}")
    with store.write() as conn:
        free = conn.execute("PRAGMA freelist_count").fetchone()[0]
        assert free == 0
    long = "X" * 20_000
    sqlite_of(store).execute(
        "CREATE TEMP TRIGGER fill AFTER UPDATE ON main.booking BEGIN"
        f" UPDATE hold SET cite = '{long}'; END"
    )
    done = release(store, B, NOON, desk, by="s.diaz", leaf=7)
    assert done.recorded is None
    assert "No room is left" in done.form
    assert facts.custody_facts(store, B, NOON).in_custody is Tri.YES  # nothing is half written


def test_a_damaged_database_stops_nobody(store: Store, desk: Desk) -> None:
    with store.write() as conn:
        conn.execute("PRAGMA foreign_keys=OFF")
        conn.execute("ALTER TABLE booking RENAME COLUMN status TO lost")
    done = release(store, B, NOON, desk, by="s.diaz", leaf=7)
    assert done.recorded is None
    assert done.files != ()


def test_a_mistake_of_this_program_stops_nobody(store: Store, desk: Desk) -> None:
    with store.write() as conn:
        conn.execute("UPDATE facility SET timezone = 'America/Nowhere'")
    done = release(store, B, NOON, desk, by="s.diaz", leaf=7)
    assert done.recorded is None
    assert "The custody database failed (ZoneInfoNotFoundError)." in done.form


def test_a_spool_that_cannot_be_written_stops_nobody(desk: Desk) -> None:
    desk.spool.write_text("a file where the folder should be")
    done = release(None, B, NOON, desk, by="s.diaz", why="No disk.")
    assert done.files == ()
    assert done.later[0].startswith("Print or copy this form;")
    assert B in done.form


def test_an_unknown_booking_is_released_on_paper(store: Store, desk: Desk) -> None:
    done = release(store, "B-26-3381", NOON, desk, by="s.diaz", leaf=7)
    assert done.recorded is None
    assert "There is no booking 'B-26-3381'" in done.form


def test_the_same_release_again_is_the_same_form(desk: Desk) -> None:
    first = release(None, B, NOON, desk, by="s.diaz")
    assert release(None, B, NOON, desk, by="s.diaz") == first
    assert len(spool.pending(desk.spool)) == 1


def test_a_late_entry_keeps_the_time_that_was_written_down(store: Store, desk: Desk) -> None:
    release(None, B, NOON, desk, by="s.diaz")
    (waiting,) = spool.pending(desk.spool)
    assert waiting.late is not None
    entered = release(store, waiting.late.booking, waiting.late.at, desk, by="s.diaz", leaf=9)
    assert entered.at == NOON
    spool.entered(waiting)
    assert spool.pending(desk.spool) == ()
    kept = sorted(p.suffix for p in (desk.spool / "entered").iterdir())
    assert kept == [".json", ".txt"]


def test_one_who_has_left_is_not_released_at_another_time(store: Store, desk: Desk) -> None:
    release(store, B, NOON, desk, by="s.diaz")
    again = release(store, B, NOON + HOUR, desk, by="s.diaz", leaf=9)
    assert (again.at, again.later) == (NOON, ())
    with store.read() as conn:
        assert conn.execute("SELECT released_leaf FROM booking").fetchone() == (9,)


def test_nothing_waits_where_no_folder_is(desk: Desk) -> None:
    assert spool.pending(desk.spool) == ()


def test_a_file_that_cannot_be_read_is_shown_and_not_dropped(desk: Desk) -> None:
    release(None, B, NOON, desk, by="s.diaz")
    (desk.spool / "R-000000.json").write_text('{"form": "R-0')
    newer = '{"form":"R-1","booking":"B","at":"2026-07-01T17:00:00Z","by":"x","why":"","v":2}'
    (desk.spool / "R-000001.json").write_text(newer)
    found = spool.pending(desk.spool)
    assert [w.late is None for w in found] == [False, True, True]
    assert "enter its paper form" in found[1].fault
    assert "is of version 2" in found[2].fault


def test_what_waits_comes_in_the_order_of_the_releases(desk: Desk) -> None:
    for hours in (5, 1, 3):
        release(None, f"B-{hours}", NOON + hours * HOUR, desk, by="s.diaz")
    assert [w.late.booking for w in spool.pending(desk.spool) if w.late] == ["B-1", "B-3", "B-5"]


def test_a_half_written_file_is_not_seen(desk: Desk) -> None:
    desk.spool.mkdir()
    (desk.spool / "R-000000.json.part").write_text("{")
    assert spool.pending(desk.spool) == ()


@pytest.mark.parametrize("why", ["The log is full.", "very long " * 200, ""])
def test_the_form_is_one_page(why: str) -> None:
    late = Late("R-7K2M9Q", B, NOON, "s.diaz", why)
    text = form.release_form(late, "Sheriff of a county with a very long name " * 9, CHICAGO)
    lines = text.splitlines()
    assert len(lines) <= form.LINES
    assert max(map(len, lines)) <= form.WIDTH


def test_the_form_shows_both_times_and_blank_lines_to_sign() -> None:
    text = form.release_form(Late("R-7K2M9Q", B, NOON, "s.diaz", "No log."), "Sheriff", CHICAGO)
    assert "Wednesday 01 July 2026, 12:00:00 CDT" in text
    assert "2026-07-01T17:00:00Z" in text
    assert "Signature at the desk:              " + "_" * 36 in text
    assert "Form R-7K2M9Q" in text


def test_a_waiting_file_says_where_it_is(desk: Desk) -> None:
    done = release(None, B, NOON, desk, by="s.diaz")
    (waiting,) = spool.pending(desk.spool)
    assert isinstance(waiting, Waiting)
    assert waiting.path == done.files[0]
