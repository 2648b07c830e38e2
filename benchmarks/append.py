"""What one log entry costs, beside a bare INSERT + COMMIT into the same kind of database.

Both write in turns to the same disk with the same settings (WAL, synchronous=FULL). Allowed: three
times the bare one, with one requester. With 64 requesters that wait for one another's batches the
log must take twice as many entries as 64 writers with a bare INSERT + COMMIT each. Two kinds of
such writers are shown: those that contend for SQLite's lock, which is what a program without the
log's line does, and those that a lock of the process lets in one after another, which is the best
that single commits can get. Also shown, without a peer: several processes, and a receipt's check.

    python benchmarks/append.py [--rounds N] [--seconds S] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from cleargate.log.append import append
from cleargate.log.note import Signer
from cleargate.log.read import entry, receipt
from cleargate.log.receipts import check_receipt
from cleargate.log.store import Log
from cleargate.model.leaf import Leaf, seal

ALLOWED = 3.0
THREADS = 64
BLOCKS = 3
RATIO, RATE, P99_MS = 2.0, 2_000, 70


def decided() -> Leaf:
    """An entry as the gate writes it, of ordinary length."""
    return Leaf(
        kind="decided",
        at=datetime.now(UTC),
        book="",
        epoch=0,
        via="api",
        clear={
            "action": "search",
            "basis": [{"kind": "administrative-warrant", "verified": True}],
            "custodian": "POLICE",
            "dataset": "incident",
            "masks": ["see:identity", "see:contact"],
            "outcome": "refuse",
            "purpose": "CIV-IMM",
            "represented": "ICE-ERO",
            "requester_agency": "FBI",
            "rules": ["us-il/trust-act-5", "us-il-cook/no-access", "us-il-chicago/no-access"],
            "unreviewed": True,
        },
        salted={
            "attention": "Det. A. Example",
            "case": "RD-2026-123456",
            "documents": [{"id": "E-7K2M9", "sha256": "0" * 64}],
            "facts": {"requester": {"kind": "law-enforcement"}, "represented": {"kind": "other"}},
            "person": "P-104",
            "reason": "robbery investigation",
            "search": {"where": [["name", "sounds like", "Example"]]},
        },
    )


def bare(folder: Path, row: bytes) -> Callable[[], None]:
    """An INSERT + COMMIT of as many bytes as an entry has, values not counted."""
    conn = sqlite3.connect(folder / "bare.db", isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("CREATE TABLE entries (idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")
    conn.close()
    return inserts(folder, row)


def inserts(folder: Path, row: bytes) -> Callable[[], None]:
    """The same on a connection of its own, in whatever thread calls it."""
    conn = sqlite3.connect(
        folder / "bare.db", isolation_level=None, timeout=60, check_same_thread=False
    )
    conn.execute("PRAGMA synchronous=FULL")

    def insert() -> None:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("INSERT INTO entries (bytes) VALUES (?)", (row,))
        conn.execute("COMMIT")

    return insert


def signer() -> Signer:
    """The key of the measured log."""
    return Signer.from_seed("example.gov/benchmark", bytes(32))


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def one_requester(log: Log, insert: Callable[[], None], rounds: int) -> float:
    """Both in turns; the ratio of the medians."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        leaf = decided()
        times[0].append(seconds(insert))
        times[1].append(seconds(lambda leaf=leaf: append(log, [leaf])))  # type: ignore[misc]
    base, ours = median(times[0]), median(times[1])
    ratio = ours / base
    print(f"one requester, {rounds} rounds, medians")
    print(f"  bare INSERT + COMMIT   {base * 1e6:7.0f} µs")
    print(f"  append                 {ours * 1e6:7.0f} µs")
    print(f"  ratio                  {ratio:7.2f}     (allowed: {ALLOWED:.1f})")
    return ratio


Requester = Callable[[], Callable[[], object]]


def for_a_while(length: float, requester: Requester, count: int = THREADS) -> list[float]:
    """The waits of threads that each do the same again and again for ``length`` seconds."""
    end = time.perf_counter() + length

    def work(_: int) -> list[float]:
        once, waits = requester(), []
        while time.perf_counter() < end:
            waits.append(seconds(once))
        return waits

    with ThreadPoolExecutor(count) as threads:
        return [w for found in threads.map(work, range(count)) for w in found]


def many_requesters(log: Log, folder: Path, row: bytes, length: float) -> bool:
    """64 requesters and their peers, in turns; whether all is within what is allowed."""
    turn = threading.Lock()

    def contending() -> Callable[[], object]:
        return inserts(folder, row)

    def in_turn() -> Callable[[], object]:
        insert = inserts(folder, row)

        def one() -> None:
            with turn:
                insert()

        return one

    def appending() -> Callable[[], object]:
        return lambda: append(log, [decided()])

    peers = {"bare, contending": contending, "bare, one by one": in_turn, "append": appending}
    waits: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(BLOCKS):
        for name, requester in peers.items():
            waits[name] += for_a_while(length / BLOCKS, requester)
    print(f"{THREADS} requesters, {length:.0f} s each, in {BLOCKS} turns")
    rates = {name: len(found) / length for name, found in waits.items()}
    for name, found in waits.items():
        found.sort()
        p99 = found[int(len(found) * 0.99)] * 1e3
        print(f"  {name:18} {rates[name]:7.0f} entries/s, wait {median(found) * 1e3:6.1f} ms "
              f"(median), {p99:7.1f} ms (99 of 100)")  # fmt: skip
    ratio = rates["append"] / rates["bare, contending"]
    p99 = waits["append"][int(len(waits["append"]) * 0.99)] * 1e3
    turns = rates["append"] / rates["bare, one by one"]
    print(f"  ratio {ratio:.1f}, one by one {turns:.1f}")
    print(f"  (allowed: at least {RATIO:.0f}, {RATE} entries/s; 99 of 100 within {P99_MS} ms)")
    return ratio >= RATIO and rates["append"] >= RATE and p99 <= P99_MS


def several_processes(folder: Path, count: int, length: float) -> None:
    """The same requesters, spread over processes that share the log."""
    command = [sys.executable, __file__, "--as-child", str(folder), "--seconds", str(length)]
    children = [
        subprocess.Popen([*command, "--threads", str(THREADS // count)], stdout=subprocess.PIPE)
        for _ in range(count)
    ]
    waits = sorted(w for child in children for w in json.loads(child.communicate()[0] or b"[]"))
    p99 = waits[int(len(waits) * 0.99)] * 1e3
    print(f"{THREADS} requesters in {count} processes: {len(waits) / length:.0f} entries/s, wait "
          f"{median(waits) * 1e3:.1f} ms (median), {p99:.1f} ms (99 of 100)")  # fmt: skip


def child(folder: Path, threads: int, length: float) -> None:
    """One of several processes: the waits of its requesters, as JSON."""
    log = Log.open(folder / "log.db", folder / "guard", signer=signer(), random=os.urandom)
    print(json.dumps(for_a_while(length, lambda: lambda: append(log, [decided()]), threads)))


def checks(log: Log) -> None:
    """A receipt; ``verify.py`` measures the check of a whole log."""
    last, vkey = log.head().size - 1, str(log.verifier)
    paper, raw = receipt(log, last), entry(log, last).leaf.raw
    spent = median(seconds(lambda: check_receipt(paper, raw, vkey)) for _ in range(200))
    print(f"check of a receipt: {spent * 1e6:.0f} µs (allowed: 1000)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1_500)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--as-child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=THREADS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.as_child:
        child(args.as_child, args.threads, args.seconds)
        return
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        log = Log.create(folder / "log.db", folder / "guard", signer=signer(), random=os.urandom)
        row = os.urandom(len(seal(decided(), os.urandom)[0].raw))
        ratio = one_requester(log, bare(folder, row), args.rounds)
        good = many_requesters(log, folder, row, args.seconds)
        for count in (2, 4):
            several_processes(folder, count, args.seconds / BLOCKS)
        checks(log)
        log.close()
    raise SystemExit(ratio > ALLOWED or not good)


if __name__ == "__main__":
    main()
