"""What one log entry costs, beside a bare INSERT + COMMIT into the same kind of database.

Both write in turns to the same disk with the same settings (WAL, synchronous=FULL). Allowed: three
times the bare one, with one requester. Also shown, without a peer: batches of waiting threads, a
receipt's check, and a check of the whole log.

    python benchmarks/append.py [--rounds N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from cleargate.log.append import append
from cleargate.log.export import export
from cleargate.log.note import Signer
from cleargate.log.read import entry, receipt
from cleargate.log.receipts import check_receipt
from cleargate.log.store import Log
from cleargate.log.verify import verify
from cleargate.model.leaf import Leaf, seal

ALLOWED = 3.0
THREADS = 64


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


def bare(folder: Path, length: int) -> Callable[[], None]:
    """An INSERT + COMMIT of as many bytes as an entry has, values not counted."""
    conn = sqlite3.connect(folder / "bare.db", isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute("CREATE TABLE entries (idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")
    row = (os.urandom(length),)

    def insert() -> None:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("INSERT INTO entries (bytes) VALUES (?)", row)
        conn.execute("COMMIT")

    return insert


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


def many_requesters(log: Log, rounds: int) -> None:
    """Threads that wait for one another's batches."""

    def work(_: int) -> list[float]:
        return [seconds(lambda: append(log, [decided()])) for _ in range(rounds)]

    with ThreadPoolExecutor(THREADS) as threads:
        start = time.perf_counter()
        waits = sorted(w for found in threads.map(work, range(THREADS)) for w in found)
        rate = len(waits) / (time.perf_counter() - start)
    p99 = waits[int(len(waits) * 0.99)]
    middle = median(waits)
    print(f"{THREADS} requesters: {rate:.0f} entries/s")
    print(f"  wait {middle * 1e3:.1f} ms (median), {p99 * 1e3:.1f} ms (99 of 100)")


def checks(log: Log, folder: Path) -> None:
    """A receipt, and the whole log with and without the values."""
    last, vkey = log.head().size - 1, str(log.verifier)
    paper, raw = receipt(log, last), entry(log, last).leaf.raw
    spent = median(seconds(lambda: check_receipt(paper, raw, vkey)) for _ in range(200))
    print(f"check of a receipt: {spent * 1e6:.0f} µs (allowed: 1000)")
    for name, values in (("with values", True), ("without values", False)):
        out = folder / name
        export(log, out, disclosures=values)
        start = time.process_time()
        report = verify(out, vkey)
        spent = time.process_time() - start
        assert report.ok
        print(f"check of the log {name}: {spent / (last + 1) * 1e6:.1f} µs of CPU for each entry")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1_500)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        log = Log.create(
            folder / "log.db",
            folder / "guard",
            signer=Signer.from_seed("example.gov/benchmark", os.urandom(32)),
            random=os.urandom,
        )
        length = len(seal(decided(), os.urandom)[0].raw)
        ratio = one_requester(log, bare(folder, length), args.rounds)
        many_requesters(log, max(args.rounds // THREADS, 1))
        checks(log, folder)
        log.close()
    raise SystemExit(ratio > ALLOWED)


if __name__ == "__main__":
    main()
