"""Opening a log: its key, its guard, old copies, and databases that were tampered with."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from cleargate.log.append import append
from cleargate.log.guard import SLOT, SYNC_EVERY, Guard
from cleargate.log.note import Checkpoint
from cleargate.log.store import Log
from cleargate.log.succession import Keyring
from cleargate.model.errors import (
    BadUse,
    CheckFailed,
    CleargateError,
    KeyUnusable,
    StoreRolledBack,
    StoreVersion,
    Unavailable,
)
from tests.fakes import Dice, decided, law, log_signer, new_log, open_log


def _checkpoint(size: int) -> str:
    return log_signer().sign(Checkpoint("example.gov/log", size, bytes(32)).text)


def test_an_empty_log_is_signed_too(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    assert Checkpoint.open(log.checkpoint(), log.verifier).size == 0
    assert log.origin == "example.gov/log"


def test_a_log_is_never_made_over_another(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [decided()])
    log.close()
    with pytest.raises(BadUse):
        new_log(tmp_path)
    (tmp_path / "guard").unlink()
    with pytest.raises(BadUse, match="holds a log already"):
        new_log(tmp_path)


def test_a_log_is_opened_where_it_was_left(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [law("one"), decided("one")])
    head = log.head()
    log.close()
    again = open_log(tmp_path)
    assert again.head() == head
    assert append(again, [decided("one")])[0].index == 2


def test_another_logs_key_is_refused(tmp_path: Path) -> None:
    new_log(tmp_path).close()
    for name in ("example.gov/log2", "other.gov/log"):
        with pytest.raises(KeyUnusable, match="not the key of this log"):
            Log.open(
                tmp_path / "log.db", tmp_path / "guard", signer=log_signer(name), random=Dice()
            )


def test_an_old_copy_of_the_database_is_refused(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [decided()] * 3)
    log.close()
    shutil.copy(tmp_path / "log.db", tmp_path / "yesterday.db")
    log = open_log(tmp_path)
    append(log, [decided()])
    log.close()
    shutil.copy(tmp_path / "yesterday.db", tmp_path / "log.db")
    with pytest.raises(StoreRolledBack, match="3 entries, but 4 were signed"):
        open_log(tmp_path)


def test_another_copy_that_went_on_by_itself_is_refused(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    log = new_log(here)
    append(log, [decided()] * 3)
    log.close()
    shutil.copytree(here, there)
    for folder, purpose in ((here, "C"), (there, "J")):
        log = open_log(folder)
        append(log, [decided(purpose=purpose)] * 2)
        log.close()
    shutil.copy(there / "log.db", here / "log.db")
    with pytest.raises(StoreRolledBack, match="another copy"):
        open_log(here)


def test_a_guard_that_lags_is_brought_up_to_date(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [decided()])
    old = (tmp_path / "guard").read_bytes()
    append(log, [decided()] * 2)
    log.close()
    (tmp_path / "guard").write_bytes(old)
    kept = open_log(tmp_path).guard.last(log.keyring)
    assert kept is not None
    assert kept.size == 3


def test_a_missing_guard_is_an_error_unless_the_log_is_empty(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    log.close()
    (tmp_path / "guard").unlink()
    log = open_log(tmp_path)  # as after a crash while it was made
    assert (tmp_path / "guard").is_file()
    append(log, [decided()])
    log.close()
    (tmp_path / "guard").unlink()
    with pytest.raises(StoreRolledBack, match="missing"):
        open_log(tmp_path)


def test_a_lost_guard_is_replaced_by_a_checkpoint_kept_elsewhere(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    kept = append(log, [decided()])[0].checkpoint
    append(log, [decided()])
    log.close()
    (tmp_path / "guard").write_text(kept, "utf-8")
    log = open_log(tmp_path)
    append(log, [decided()] * 2)
    guarded = log.guard.last(log.keyring)
    assert guarded is not None
    assert guarded.size == 4


def test_a_guard_of_another_log_is_an_error(tmp_path: Path) -> None:
    new_log(tmp_path).close()
    other = log_signer("other.gov/log")
    note = other.sign(Checkpoint(other.name, 0, bytes(32)).text)
    (tmp_path / "guard").write_text(note, "utf-8")
    with pytest.raises(StoreRolledBack, match="no checkpoint of the log"):
        open_log(tmp_path)


def test_one_torn_slot_of_the_guard_is_no_loss(tmp_path: Path) -> None:
    guard = Guard(tmp_path / "guard")
    for size in (1, 2, 3):
        guard.keep(_checkpoint(size), size)
    whole = guard.path.read_bytes()
    for start, left in ((0, 2), (SLOT, 3)):
        torn = whole[: start + 40] + bytes(60) + whole[start + 100 :]
        guard.path.write_bytes(torn)
        kept = guard.last(Keyring.of(log_signer().verifier))
        assert kept is not None
        assert kept.size == left


def test_the_guard_never_goes_back(tmp_path: Path) -> None:
    guard = Guard(tmp_path / "guard")
    for size in (5, 9, 3, 9, 7, SYNC_EVERY * 2, 8):
        guard.keep(_checkpoint(size), size)
    kept = guard.last(Keyring.of(log_signer().verifier))
    assert kept is not None
    assert kept.size == SYNC_EVERY * 2


def test_the_guard_is_brought_to_the_disk_when_asked(tmp_path: Path) -> None:
    guard = Guard(tmp_path / "guard")
    guard.keep(_checkpoint(1), 1, sync=True)
    assert guard.last(Keyring.of(log_signer().verifier)) == Checkpoint(
        "example.gov/log", 1, bytes(32)
    )
    assert Guard(tmp_path / "none").last(Keyring.of(log_signer().verifier)) is None
    with pytest.raises(Unavailable):
        Guard(tmp_path).last(Keyring.of(log_signer().verifier))


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE sequencer SET size = size + 1",
        "UPDATE sequencer SET edge = zeroblob(length(edge))",
        "UPDATE sequencer SET edge = x''",
        "UPDATE sequencer SET checkpoint = replace(checkpoint, '3', '2')",
        "DELETE FROM entries WHERE idx = 2",
        "DELETE FROM entries",
        "DELETE FROM sequencer",
    ],
)
def test_a_database_that_was_tampered_with_is_not_continued(tmp_path: Path, tamper: str) -> None:
    log = new_log(tmp_path)
    append(log, [decided()] * 3)
    log.close()
    with sqlite3.connect(tmp_path / "log.db") as conn:
        conn.execute(tamper)
    conn.close()
    with pytest.raises((CheckFailed, StoreVersion)):
        open_log(tmp_path)


@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        (lambda db: db.unlink(), Unavailable),
        (lambda db: db.write_bytes(b"not a database at all" * 400), StoreVersion),
        (lambda db: db.write_bytes(b""), StoreVersion),
    ],
)
def test_what_is_no_log_is_named(
    tmp_path: Path, break_it: Callable[[Path], object], fault: type[CleargateError]
) -> None:
    new_log(tmp_path).close()
    break_it(tmp_path / "log.db")
    with pytest.raises(fault):
        open_log(tmp_path)
