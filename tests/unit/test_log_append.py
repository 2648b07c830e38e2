"""Appending: order, versions, batches, receipts, and what happens when the disk does not obey."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cleargate.log.append import append
from cleargate.log.merkle import consistent
from cleargate.log.note import Checkpoint
from cleargate.log.read import consistency, entries, entry
from cleargate.log.receipts import check_receipt
from cleargate.log.store import Log
from cleargate.model.errors import (
    CheckFailed,
    FieldError,
    KeyUnusable,
    StoreFull,
    StoreRolledBack,
    Unavailable,
    VersionMoved,
)
from cleargate.model.leaf import Leaf
from cleargate.model.receipt import Versions
from tests.fakes import (
    NOON,
    Dice,
    answered,
    credential,
    decided,
    law,
    log_signer,
    new_log,
    open_log,
    sqlite_of,
)


def test_every_entry_gets_a_receipt_that_can_be_checked_offline(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    receipts = [r for n in (1, 2, 5, 1) for r in append(log, [decided()] * n)]
    assert [r.index for r in receipts] == list(range(9))
    for receipt in receipts:
        raw = entry(log, receipt.index).leaf.raw
        checkpoint = check_receipt(receipt, raw, str(log.verifier))
        assert checkpoint.size == receipt.tree_size > receipt.index
        assert receipt.versions == Versions("", 0)


def test_nothing_to_log_logs_nothing(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    assert append(log, []) == []
    assert log.head().size == 0


def test_law_and_decisions_are_ordered(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [law("one")])
    assert log.versions() == Versions("one", 0)
    with pytest.raises(VersionMoved) as caught:
        append(log, [decided("", 0)])
    assert caught.value.details == {"book": "one", "epoch": 0}
    append(log, [decided("one", 0), credential("one", 0)])
    assert log.versions() == Versions("one", 1)
    for late in (decided("one", 0), answered(1, "one", 0)):
        with pytest.raises(VersionMoved):
            append(log, [late])
    assert [e.leaf.kind for e in entries(log)] == ["credential", "decided", "law"]


def test_an_entry_may_rest_on_what_the_entry_before_it_put_in_force(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [law("one"), credential("one", 0), decided("one", 1)])
    assert log.versions() == Versions("one", 1)


def test_what_has_happened_is_never_rejected_and_names_both_versions(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [law("one")])
    released = Leaf("released", NOON, "", 0, "cli", {"facility": "JAIL"}, {"person": "P-9"})
    (receipt,) = append(log, [released])
    leaf = entry(log, receipt.index).leaf
    assert (leaf.under, leaf.in_force) == (Versions("", 0), Versions("one", 0))
    assert receipt.versions == Versions("one", 0)
    check_receipt(receipt, leaf.raw, str(log.verifier))


def test_a_law_can_be_put_in_force_only_in_place_of_the_one_expected(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [law("one")], expect=Versions("", 0))
    with pytest.raises(VersionMoved):
        append(log, [law("two")], expect=Versions("", 0))
    assert log.versions() == Versions("one", 0)


def test_an_append_of_several_entries_is_whole_or_not_at_all(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    with pytest.raises(VersionMoved):
        append(log, [decided(), law("one"), decided()])
    assert log.head().size == 0
    assert log.versions() == Versions("", 0)
    with pytest.raises(FieldError):
        append(log, [decided(), decided(outcome="maybe")])
    assert log.head().size == 0


def test_a_rejected_entry_does_not_reject_the_others_of_its_batch(tmp_path: Path) -> None:
    gate, entered = threading.Event(), threading.Event()

    def hold_the_first(step: str) -> None:
        if step == "locked" and not entered.is_set():
            entered.set()
            gate.wait()

    log = new_log(tmp_path, probe=hold_the_first)
    steps = [[decided()], [law("one")], [decided()], [decided("one")], [decided()]]
    with ThreadPoolExecutor(5) as threads:
        first = threads.submit(append, log, steps[0])
        entered.wait()
        others = []
        for leaves in steps[1:]:
            others.append(threads.submit(append, log, leaves))
            while len(log.line) < len(others):
                pass
        gate.set()
        assert first.result()[0].index == 0
        results = [o.exception() or [r.index for r in o.result()] for o in others]
    assert results[0] == [1]
    assert isinstance(results[1], VersionMoved)
    assert results[2] == [2]
    assert isinstance(results[3], VersionMoved)
    sizes = {o.result()[0].tree_size for o in (others[0], others[2])}
    assert sizes == {3}, "they were committed together"


def test_many_threads_share_one_log(tmp_path: Path) -> None:
    log = new_log(tmp_path)

    def work(n: int) -> list[int]:
        return [append(log, [decided(dataset=f"d{n}")])[0].index for _ in range(10)]

    with ThreadPoolExecutor(8) as threads:
        found = [index for indexes in threads.map(work, range(8)) for index in indexes]
    assert sorted(found) == list(range(80))
    assert log.head().size == 80


def test_two_openings_of_one_log_take_turns(tmp_path: Path) -> None:
    first, notes = new_log(tmp_path), []
    second = open_log(tmp_path)
    for _ in range(5):
        for log in (first, second):
            notes.append(append(log, [decided()])[0].checkpoint)
    sizes = [Checkpoint.open(n, first.verifier).size for n in notes]
    assert sizes == list(range(1, 11)), "the published checkpoint never runs backwards"
    note, proof = consistency(first, 4)
    old, new = (Checkpoint.open(n, first.verifier) for n in (notes[3], note))
    assert consistent(old.size, new.size, old.root, new.root, proof)


def test_nothing_is_released_before_it_is_committed(tmp_path: Path) -> None:
    steps: list[str] = []
    log = new_log(tmp_path, probe=steps.append)
    append(log, [decided()])
    assert steps == [
        "before-lock",
        "locked",
        "checked",
        "entries-written",
        "hashes-written",
        "signed",
        "before-commit",
        "committed",
        "guard-written",
        "released",
    ]


def test_a_fault_before_the_commit_leaves_nothing_behind(tmp_path: Path) -> None:
    fail = True

    def break_down(step: str) -> None:
        if step == "before-commit" and fail:
            raise Unavailable("the test breaks it here")

    log = new_log(tmp_path, probe=break_down)
    with pytest.raises(Unavailable, match="breaks it here"):
        append(log, [law("one")])
    assert log.head().size == 0
    fail = False
    assert append(log, [decided()])[0].index == 0


def test_a_full_disk_is_named_and_loses_nothing(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [decided()])
    conn = sqlite_of(log.store)
    (pages,) = conn.execute("PRAGMA page_count").fetchone()
    conn.execute(f"PRAGMA max_page_count={pages + 2:d}")
    with pytest.raises(StoreFull, match="free some disk"):
        append(log, [decided()] * 40)
    assert log.head().size == 1
    conn.execute("PRAGMA max_page_count=100000")
    assert append(log, [decided()])[0].index == 1


def test_a_read_only_disk_is_named(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    sqlite_of(log.store).execute("PRAGMA query_only=ON")
    with pytest.raises(StoreFull, match="cannot be written"):
        append(log, [decided()])


def test_a_locked_database_is_named(tmp_path: Path) -> None:
    log = new_log(tmp_path, busy_ms=1)
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="held by another process"):
        append(log, [decided()])
    other.close()
    assert append(log, [decided()])[0].index == 0


def test_a_guard_that_cannot_be_written_stops_the_next_append(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    kept = (tmp_path / "guard").rename(tmp_path / "away")
    (tmp_path / "guard").mkdir()
    assert append(log, [decided()])[0].index == 0, "what is committed is answered"
    with pytest.raises(StoreFull, match="last checkpoint cannot be kept"):
        append(log, [decided()])
    assert log.head().size == 1
    (tmp_path / "guard").rmdir()
    kept.rename(tmp_path / "guard")
    assert append(log, [decided()])[0].index == 1


def test_a_log_opened_without_its_key_does_not_append(tmp_path: Path) -> None:
    new_log(tmp_path).close()
    log = Log.open(tmp_path / "log.db", tmp_path / "guard", signer=None, random=Dice())
    with pytest.raises(KeyUnusable):
        append(log, [decided()])


def test_an_older_database_put_in_place_under_a_running_log_is_noticed(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [decided()])
    with sqlite3.connect(tmp_path / "old.db") as old:
        sqlite_of(log.store).backup(old)
    append(log, [decided()])
    with sqlite3.connect(tmp_path / "old.db") as old:
        old.backup(sqlite_of(log.store))
    with pytest.raises(StoreRolledBack, match="older state"):
        append(log, [decided()])


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE sequencer SET edge = zeroblob(32)",
        "UPDATE sequencer SET edge = zeroblob(32), root = zeroblob(32), size = 2",
    ],
)
def test_nothing_is_signed_on_top_of_what_was_never_signed(tmp_path: Path, tamper: str) -> None:
    log = new_log(tmp_path)
    append(log, [decided()])
    conn = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    conn.execute(tamper)
    conn.close()
    with pytest.raises(CheckFailed):
        append(log, [decided()])


def test_a_served_batch_that_is_interrupted_tells_those_who_waited(tmp_path: Path) -> None:
    gate, locked = threading.Event(), threading.Semaphore(0)
    rounds: list[str] = []

    def interrupt_the_second(step: str) -> None:
        if step == "locked":
            rounds.append(step)
            locked.release()
            gate.wait()
            if len(rounds) == 2:
                raise KeyboardInterrupt

    log = new_log(tmp_path, probe=interrupt_the_second)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(append, log, [decided()])
        locked.acquire()
        others = [threads.submit(append, log, [decided()]) for _ in range(2)]
        while len(log.line) < 2:
            pass
        gate.set()
        assert first.result()[0].index == 0
        faults = {type(o.exception()) for o in others}
    assert faults == {KeyboardInterrupt, Unavailable}
    assert append(log, [decided()])[0].index == 1


def test_the_key_is_the_same_in_every_run() -> None:
    assert log_signer().verifier == log_signer().verifier
    assert "PRIVATE" not in repr(log_signer())
