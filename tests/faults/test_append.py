"""Processes that are really killed while they append, disks that are really full.

After each: what was acknowledged is there, the log verifies against it, and it goes on.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from cleargate.log.append import append
from cleargate.log.export import export
from cleargate.log.note import Checkpoint
from cleargate.log.read import entry
from cleargate.log.receipts import check_receipt, receipt_from_json, receipt_to_json
from cleargate.log.verify import verify
from cleargate.model.receipt import Receipt
from tests.fakes import decided, log_signer, new_log, open_log

ROOT = Path(__file__).parents[2]
VERIFIER = log_signer().verifier

STEPS = (
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
)
COMMITTED = STEPS[STEPS.index("committed") :]


def _start(folder: Path, *options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.append_child", str(folder), *map(str, options)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _acknowledged(child: subprocess.Popen[str]) -> tuple[list[Receipt], str]:
    out, err = child.communicate()
    # A line that the kill cut short was not acknowledged.
    return [receipt_from_json(line) for line in out.splitlines() if line.endswith("}")], err


def _check(folder: Path, receipts: list[Receipt]) -> int:
    """The log is whole and holds what was acknowledged; it can be appended to. Gives its size."""
    log = open_log(folder)
    for receipt in receipts:
        check_receipt(receipt, entry(log, receipt.index).leaf.raw, str(VERIFIER))
    size = log.head().size
    (more,) = append(log, [decided(log.versions().book, log.versions().epoch)])
    assert more.index == size
    export(log, folder / "out")
    log.close()
    since = folder / "since.json"
    if receipts:
        since.write_text(receipt_to_json(max(receipts, key=lambda r: r.tree_size)), "utf-8")
    report = verify(folder / "out", str(VERIFIER), since=since if receipts else None)
    assert report.findings == []
    return size


@pytest.mark.parametrize("step", STEPS)
def test_a_process_killed_while_it_appends_loses_nothing(tmp_path: Path, step: str) -> None:
    new_log(tmp_path).close()
    child = _start(tmp_path, "--kill-at", step, "--turn", 4)
    receipts, _ = _acknowledged(child)
    assert child.returncode == -signal.SIGKILL
    acknowledged = 2 + 3 + 1
    assert len(receipts) == acknowledged
    # What was killed after its commit is in the log, though nobody was told.
    assert _check(tmp_path, receipts) == acknowledged + (2 if step in COMMITTED else 0)


def test_threads_killed_in_one_batch_lose_nothing(tmp_path: Path) -> None:
    new_log(tmp_path).close()
    child = _start(tmp_path, "--kill-at", "signed", "--turn", 12, "--threads", 8)
    receipts, _ = _acknowledged(child)
    assert child.returncode == -signal.SIGKILL
    assert _check(tmp_path, receipts) >= len(receipts) > 0


def test_several_processes_keep_one_order(tmp_path: Path) -> None:
    """After an entry that changes the law, none rests on the law before it: verify says so."""
    new_log(tmp_path).close()
    options = ("--count", 30, "--law-every", 7, "--threads", 2)
    children = [_start(tmp_path, *options) for _ in range(3)]
    children.append(_start(tmp_path, *options, "--kill-at", "before-commit", "--turn", 9))
    told = [_acknowledged(child) for child in children]
    assert [child.returncode for child in children] == [0, 0, 0, -signal.SIGKILL]
    receipts = [r for receipts, _ in told for r in receipts]
    assert len({r.index for r in receipts}) == len(receipts)
    # What a thread of the killed process had committed is in the log, though nobody was told.
    in_the_air = 2 * 3
    assert 0 <= _check(tmp_path, receipts) - len(receipts) <= in_the_air
    for mine, _ in told:
        by_size = [Checkpoint.open(r.checkpoint, VERIFIER).size for r in mine]
        assert all(r.index < size for r, size in zip(mine, by_size, strict=True))
    roots = {r.tree_size: Checkpoint.open(r.checkpoint, VERIFIER).root for r in receipts}
    assert all(roots[r.tree_size] == Checkpoint.open(r.checkpoint, VERIFIER).root for r in receipts)


def test_a_disk_that_takes_no_more_is_named_and_loses_nothing(tmp_path: Path) -> None:
    new_log(tmp_path).close()
    child = _start(tmp_path, "--most-bytes", 150_000, "--count", 1_000)
    receipts, fault = _acknowledged(child)
    assert child.returncode == 4
    assert "check the disk" in fault or "free some disk" in fault
    assert _check(tmp_path, receipts) == len(receipts) > 0


@pytest.mark.long
@pytest.mark.parametrize(("step", "turn"), list(product(STEPS, range(1, 11))))
def test_a_process_killed_under_load_loses_nothing(tmp_path: Path, step: str, turn: int) -> None:
    new_log(tmp_path).close()
    busy = _start(tmp_path, "--count", 40, "--threads", 3, "--law-every", 5)
    child = _start(tmp_path, "--kill-at", step, "--turn", turn, "--threads", 4, "--law-every", 3)
    told = [_acknowledged(child)[0], _acknowledged(busy)[0]]
    assert (child.returncode, busy.returncode) == (-signal.SIGKILL, 0)
    receipts = [r for receipts in told for r in receipts]
    assert _check(tmp_path, receipts) >= len(receipts)
