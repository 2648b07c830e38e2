"""Processes that are really killed while they append, disks that are really full.

After each: what was acknowledged is there, the log verifies against it, and it goes on.
"""

from __future__ import annotations

import signal
from itertools import product
from pathlib import Path

import pytest

from cleargate.log.note import Checkpoint
from tests.fakes import new_log
from tests.faults.appending import VERIFIER, acknowledged, check, start

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


@pytest.mark.parametrize("step", STEPS)
def test_a_process_killed_while_it_appends_loses_nothing(tmp_path: Path, step: str) -> None:
    new_log(tmp_path).close()
    child = start(tmp_path, "--kill-at", step, "--turn", 4)
    receipts, _ = acknowledged(child)
    assert child.returncode == -signal.SIGKILL
    told = 2 + 3 + 1
    assert len(receipts) == told
    # What was killed after its commit is in the log, though nobody was told.
    assert check(tmp_path, receipts) == told + (2 if step in COMMITTED else 0)


def test_threads_killed_in_one_batch_lose_nothing(tmp_path: Path) -> None:
    new_log(tmp_path).close()
    child = start(tmp_path, "--kill-at", "signed", "--turn", 12, "--threads", 8)
    receipts, _ = acknowledged(child)
    assert child.returncode == -signal.SIGKILL
    assert check(tmp_path, receipts) >= len(receipts) > 0


def test_several_processes_keep_one_order(tmp_path: Path) -> None:
    """After an entry that changes the law, none rests on the law before it: verify says so."""
    new_log(tmp_path).close()
    options = ("--count", 30, "--law-every", 7, "--threads", 2)
    children = [start(tmp_path, *options) for _ in range(3)]
    children.append(start(tmp_path, *options, "--kill-at", "before-commit", "--turn", 9))
    told = [acknowledged(child) for child in children]
    assert [child.returncode for child in children] == [0, 0, 0, -signal.SIGKILL]
    receipts = [r for receipts, _ in told for r in receipts]
    assert len({r.index for r in receipts}) == len(receipts)
    # What a thread of the killed process had committed is in the log, though nobody was told.
    in_the_air = 2 * 3
    assert 0 <= check(tmp_path, receipts) - len(receipts) <= in_the_air
    for mine, _ in told:
        by_size = [Checkpoint.open(r.checkpoint, VERIFIER).size for r in mine]
        assert all(r.index < size for r, size in zip(mine, by_size, strict=True))
    roots = {r.tree_size: Checkpoint.open(r.checkpoint, VERIFIER).root for r in receipts}
    assert all(roots[r.tree_size] == Checkpoint.open(r.checkpoint, VERIFIER).root for r in receipts)


def test_a_disk_that_takes_no_more_is_named_and_loses_nothing(tmp_path: Path) -> None:
    new_log(tmp_path).close()
    child = start(tmp_path, "--most-bytes", 150_000, "--count", 1_000)
    receipts, fault = acknowledged(child)
    assert child.returncode == 4
    assert "see that its disk has room" in fault or "free some disk" in fault
    assert check(tmp_path, receipts) == len(receipts) > 0


@pytest.mark.long
@pytest.mark.parametrize(("step", "turn"), list(product(STEPS, range(1, 11))))
def test_a_process_killed_under_load_loses_nothing(tmp_path: Path, step: str, turn: int) -> None:
    new_log(tmp_path).close()
    busy = start(tmp_path, "--count", 40, "--threads", 3, "--law-every", 5)
    child = start(tmp_path, "--kill-at", step, "--turn", turn, "--threads", 4, "--law-every", 3)
    told = [acknowledged(child)[0], acknowledged(busy)[0]]
    assert (child.returncode, busy.returncode) == (-signal.SIGKILL, 0)
    receipts = [r for receipts in told for r in receipts]
    assert check(tmp_path, receipts) >= len(receipts)
