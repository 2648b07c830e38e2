"""What every store promises, on each engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleargate.evidence.store import SCHEMA
from cleargate.model.errors import CleargateError, StoreBusy
from cleargate.storage import acts
from cleargate.storage.engine import Connection, Store
from cleargate.storage.place import open_at
from tests.fakes import NOON, ticket
from tests.places import Places

INSERT = (
    "INSERT INTO verification (document, custodian, verified_by, verified_at, sha256)"
    " VALUES (?, ?, '', '', '')"
)
DOCUMENT = (
    "INSERT INTO document (id, kind, form, issued_by, criminal, complete, served, probable_cause,"
    " asks, finds, finds_not, accepts, agency, target, sha256, title, added_by, added_at) VALUES"
    " (:id, '', '', '', '', '', '', '', '', '', '', '', '', '', '', :title, '', :id)"
)
LISTED = "SELECT id FROM document ORDER BY id"


@pytest.fixture
def store(places: Places) -> Iterator[Store]:
    with closing(open_at(places("evidence"), SCHEMA, create=True)) as opened:
        yield opened


@pytest.fixture
def other(store: Store, places: Places) -> Iterator[Store]:
    """The same store as another process has it, which does not wait."""
    with closing(open_at(places("evidence"), SCHEMA, busy_ms=1)) as opened:
        yield opened


def add(conn: Connection, id: str, title: str = "") -> None:
    conn.execute(DOCUMENT, {"id": id, "title": title})


def listed(store: Store) -> list[str]:
    with store.read() as conn:
        return [id for (id,) in conn.execute(LISTED)]


def test_what_was_committed_is_read_by_another(store: Store, other: Store) -> None:
    with store.write() as conn:
        add(conn, "E-1")
    assert listed(other) == ["E-1"]


def test_a_block_that_fails_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(KeyError), store.write() as conn:
        add(conn, "E-1")
        raise KeyError
    assert listed(store) == []


def test_a_statement_that_fails_undoes_the_whole_block(store: Store) -> None:
    with pytest.raises(CleargateError), store.write() as conn:
        add(conn, "E-1")
        add(conn, "E-1")
    assert listed(store) == []
    with store.write() as conn:
        add(conn, "E-2")
    assert listed(store) == ["E-2"]


def test_a_rehearsal_writes_and_never_commits(store: Store) -> None:
    with store.rehearse() as conn:
        add(conn, "E-1")
        assert conn.execute(LISTED).fetchall() == [("E-1",)]
    assert listed(store) == []


def test_a_reader_sees_one_moment(store: Store, other: Store) -> None:
    with other.read() as conn:
        assert conn.execute(LISTED).fetchall() == []
        with store.write() as writing:
            add(writing, "E-1")
        assert conn.execute(LISTED).fetchall() == []
    assert listed(other) == ["E-1"]


def test_a_second_writer_is_told_that_the_store_is_held(store: Store, other: Store) -> None:
    with store.write(), pytest.raises(StoreBusy, match="is held by another process"), other.write():
        pass
    with other.write() as conn:
        add(conn, "E-1")


def test_writers_take_turns_so_that_what_one_read_still_holds_when_it_writes(
    store: Store,
) -> None:
    def count_on() -> None:
        for _ in range(10):
            with store.write() as conn:
                (count,) = conn.execute("SELECT count(*) FROM document").fetchone()
                add(conn, f"E-{count:03}")

    threads = [threading.Thread(target=count_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert listed(store) == [f"E-{n:03}" for n in range(40)]


def test_an_entry_acts_once_however_many_try(store: Store) -> None:
    done: list[int] = []
    found: list[int] = []

    def act(conn: Connection) -> int:
        done.append(1)
        return len(done)

    def attempt() -> None:
        found.append(acts.once(store, ticket("evidence:add", 7), "evidence:add", NOON, int, act))

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (done, found) == ([1], [1] * 8)


def test_many_rows_of_one_statement_are_counted(store: Store) -> None:
    with store.write() as conn:
        rows = [{"id": f"E-{n}", "title": ""} for n in range(50)]
        assert conn.executemany(DOCUMENT, rows).rowcount == 50
        changed = conn.execute("UPDATE document SET title = ? WHERE id < ?", ("x", "E-2"))
        assert changed.rowcount == 12  # E-0, E-1, E-10 to E-19
    with store.write() as conn:
        assert conn.executemany(DOCUMENT, []).rowcount in (0, -1)


@pytest.mark.parametrize("count", [0, 1, 16, 17, 500])
def test_rows_are_loaded_all_or_none(store: Store, count: int) -> None:
    columns = ("document", "custodian", "verified_by", "verified_at", "sha256")
    rows = [("E-1", f"C-{n}", "a\tb\\n", "", "\\N") for n in range(count)]
    with store.write() as conn:
        add(conn, "E-1")
        conn.load("verification", columns, rows)
    everything = f"SELECT {', '.join(columns)} FROM verification"
    with store.read() as conn:
        assert sorted(conn.execute(everything).fetchall()) == sorted(rows)
    with pytest.raises(CleargateError), store.write() as conn:
        conn.load("verification", columns, [("E-1", "NEW", "", "", ""), ("E-404", "C", "", "", "")])
    with store.read() as conn:
        assert len(conn.execute(everything).fetchall()) == count


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.sets(TEXTS, max_size=8), title=TEXTS)
def test_text_comes_back_as_it_was_and_in_the_order_of_its_bytes(
    store: Store, ids: set[str], title: str
) -> None:
    with store.rehearse() as conn:
        for id in ids:
            add(conn, id, title)
        found = conn.execute("SELECT id, title FROM document ORDER BY id").fetchall()
    assert found == [(id, title) for id in sorted(ids, key=str.encode)]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(whole=st.integers(-(2**63), 2**63 - 1), truth=st.booleans())
def test_whole_numbers_come_back_as_they_were(store: Store, whole: int, truth: bool) -> None:
    with store.rehearse() as conn:
        conn.execute("INSERT INTO acts VALUES (?, '', '', '')", (whole,))
        assert conn.execute("SELECT leaf FROM acts").fetchall() == [(whole,)]
    with store.rehearse() as conn:
        conn.execute("INSERT INTO acts VALUES (?, '', '', '')", (truth,))
        assert conn.execute("SELECT leaf FROM acts").fetchall() == [(int(truth),)]


def test_a_number_that_no_store_can_hold_is_a_fault_and_no_other_number(store: Store) -> None:
    with pytest.raises((CleargateError, OverflowError)), store.write() as conn:
        conn.execute("INSERT INTO acts VALUES (?, '', '', '')", (2**63,))
    with store.read() as conn:
        assert conn.execute("SELECT count(*) FROM acts").fetchone() == (0,)


def test_a_reference_to_nothing_is_refused(store: Store) -> None:
    with pytest.raises(CleargateError), store.write() as conn:
        conn.execute(INSERT, ("E-404", "SHERIFF"))
