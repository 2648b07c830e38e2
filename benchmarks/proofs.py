"""What a receipt costs in a long log: its inclusion proof, and its check.

The log is built by bulk load, which no log of the product ever is: entries, nodes and the sequencer
row go in as they would lie there after as many appends, but in a few large transactions. A log
built by appends is measured by the same code first, and its database is compared with that of a
bulk load of the same entries, so that what is measured is what there would be.

    python benchmarks/proofs.py [--entries N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from cleargate.log.append import append
from cleargate.log.merkle import Edge, leaf_hash
from cleargate.log.note import Checkpoint, Signer
from cleargate.log.read import entry, receipt
from cleargate.log.receipts import check_receipt
from cleargate.log.store import Log
from cleargate.model.leaf import Leaf, seal

ALLOWED_MS, ALLOWED_HASHES, ALLOWED_CHECK_MS = 3.0, 24, 1.0
START = datetime(2026, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def leaf(n: int) -> Leaf:
    """A short entry; each is another, by its time."""
    at = START + timedelta(microseconds=n + 1)
    return Leaf("rejected", at, "", 0, "api", {"code": "field", "agency": "FBI"}, {})


def raws(count: int) -> Iterator[tuple[int, bytes]]:
    """Time and bytes of each entry: those of the first, with another time in them."""
    first = seal(leaf(0), os.urandom)[0]
    before, after = first.raw.split(b"2026-01-01T00:00:00.000001Z")
    for n in range(count):
        at = START + timedelta(microseconds=n + 1)
        # As the log writes a time: six digits of the second's fraction, or none.
        text = f"{at:%Y-%m-%dT%H:%M:%S}" + (f".{at.microsecond:06}" if at.microsecond else "")
        yield (at - EPOCH) // timedelta(microseconds=1), before + f"{text}Z".encode() + after


def bulk_load(log: Log, count: int, batch: int = 250_000) -> None:
    """Make an empty log as long as ``count`` appends would."""
    conn = sqlite3.connect(log.store.name, isolation_level=None)
    conn.execute("PRAGMA synchronous=OFF")
    conn.execute("PRAGMA cache_size=-200000")
    edge, entries, hashes = Edge(), [], []
    for n, (at, raw) in enumerate(raws(count)):
        entries.append((n, "rejected", at, raw))
        hashes += edge.add(leaf_hash(raw))
        if len(entries) == batch or n + 1 == count:
            conn.execute("BEGIN IMMEDIATE")
            conn.executemany("INSERT INTO entries (idx, kind, at, bytes) VALUES (?,?,?,?)", entries)
            hashes.sort()
            conn.executemany("INSERT INTO hashes (level, idx, hash) VALUES (?, ?, ?)", hashes)
            root = edge.root()
            note = log.signer.sign(Checkpoint(log.origin, edge.size, root).text)
            conn.execute(
                "UPDATE sequencer SET size = ?, root = ?, edge = ?, checkpoint = ?",
                (edge.size, root, edge.to_bytes(), note),
            )
            conn.execute("COMMIT")
            entries, hashes = [], []
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    log.guard.keep(log.checkpoint(), count, sync=True)
    log.seen = (edge.size, edge.root())


def new_log(folder: Path, signer: Signer) -> Log:
    """An empty log."""
    folder.mkdir()
    return Log.create(folder / "log.db", folder / "guard", signer=signer, random=os.urandom)


def same_as_appended(folder: Path, signer: Signer, count: int = 1_000) -> None:
    """A bulk load gives, row by row, what appends give."""
    loaded, appended = new_log(folder / "loaded", signer), new_log(folder / "appended", signer)
    bulk_load(loaded, count)
    for n in range(0, count, 50):
        append(appended, [leaf(i) for i in range(n, n + 50)])
    for rows in (
        "SELECT * FROM entries ORDER BY idx",
        "SELECT * FROM hashes ORDER BY level, idx",
        "SELECT * FROM sequencer",
    ):
        found = []
        for log in (loaded, appended):
            with log.store.read() as conn:
                found.append(conn.execute(rows).fetchall())
        assert found[0] == found[1], rows
    loaded.close()
    appended.close()


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(log: Log, rounds: int) -> bool:
    """Receipts of entries all over the log; whether all is within what is allowed."""
    size, vkey = log.head().size, str(log.verifier)
    places = [random.randrange(size) for _ in range(rounds)]
    waits = sorted(seconds(lambda n=n: receipt(log, n)) for n in places)  # type: ignore[misc]
    papers = [(receipt(log, n), entry(log, n).leaf.raw) for n in places[:200]]
    checks = sorted(
        seconds(lambda p=p, raw=raw: check_receipt(p, raw, vkey))  # type: ignore[misc]
        for p, raw in papers
    )
    longest = max(len(p.proof) for p, _ in papers)
    middle, last = median(waits) * 1e3, waits[int(len(waits) * 0.99)] * 1e3
    print(f"{size:,} entries, {rounds} receipts of entries all over it")
    print(f"  receipt with its proof  {middle:6.2f} ms (median), {last:.2f} ms (99 of 100)"
          f"   (allowed: {ALLOWED_MS:.0f})")  # fmt: skip
    print(f"  hashes in a proof       {longest:6}      (allowed: {ALLOWED_HASHES})")
    print(f"  check of a receipt      {median(checks) * 1e3:6.2f} ms   "
          f"(allowed: {ALLOWED_CHECK_MS:.0f})")  # fmt: skip
    return middle <= ALLOWED_MS and longest <= ALLOWED_HASHES and checks[100] * 1e3 <= 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2_000)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    args = parser.parse_args()
    signer = Signer.from_seed("example.gov/benchmark", os.urandom(32))
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        same_as_appended(Path(name), signer)
        log = new_log(Path(name) / "long", signer)
        spent = seconds(lambda: bulk_load(log, args.entries))
        size = Path(log.store.name).stat().st_size / 1e9
        print(f"built by bulk load in {spent:.0f} s, {size:.1f} GB")
        good = measure(log, args.rounds)
        log.close()
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
