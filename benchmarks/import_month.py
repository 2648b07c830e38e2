"""Imports the real month and times it beside a bare loader into the same table.

The peer is what one writes in ten lines: the ``csv`` module and ``executemany`` into the very table
and indexes that Cleargate has, in one transaction on the same disk with the same pragmas; it checks
nothing, converts only what SQLite's STRICT tables insist on, and would fail on a second run. Both
run in turn, each time into a fresh store. Figures are medians; the ratio is that of the medians.

    python benchmarks/import_month.py [FILE] [--runs N]

FILE defaults to the published month beside the checkout (22,912 rows).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cleargate.records import write  # noqa: E402
from cleargate.records.catalogue import Type  # noqa: E402
from cleargate.records.sources import plan, source  # noqa: E402
from cleargate.records.store import open_store  # noqa: E402
from cleargate.storage.engine import Store  # noqa: E402
from tests.extracts import POLICE  # noqa: E402
from tests.fakes import NOON, ticket  # noqa: E402

MONTH = ROOT.parent / "shared" / "data" / "incidents_chicago_2024_09_full.csv.gz"
TARGET = 40_000


def cleargate(store: Store, path: Path) -> int:
    """The product's own import."""
    made = ticket("records:import", 1, {"source": "clear-incidents"}, custodian=POLICE)
    return write.import_extract(store, made, path, at=NOON).inserted


def bare(store: Store, path: Path) -> int:
    """The peer: no checks, no staging, no counts, no second run."""
    with gzip.open(path) as packed, io.TextIOWrapper(packed, "utf-8", newline="") as text:
        rows = csv.reader(text)
        header = tuple(next(rows))
        readings = plan(source("clear-incidents"), header).readings
        names = [r.column.name for r in readings]
        casts = [_CASTS[r.column.type] for r in readings]
        places = [r.place for r in readings]
        columns = ", ".join(["custodian", *names, "sealed", "juvenile", "expunged", "leaf"])
        marks = ", ".join("?" * len(names))
        statement = (
            f"INSERT INTO incident ({columns}) VALUES ('{POLICE}', {marks}, 'no', 'no', 'no', 1)"  # noqa: S608
        )
        with store.write() as conn:
            found = conn.executemany(
                statement,
                ([cast(row[p]) for cast, p in zip(casts, places, strict=True)] for row in rows),
            )
            return found.rowcount


def _text(text: str) -> str | None:
    return text or None


def _whole(text: str) -> int | None:
    return int(text) if text else None


def _number(text: str) -> float | None:
    return float(text) if text else None


def _truth(text: str) -> int:
    return int(text == "true")


_CASTS: dict[Type, Callable[[str], str | float | None]] = {
    Type.TEXT: _text,
    Type.DATETIME: _text,
    Type.INTEGER: _whole,
    Type.NUMBER: _number,
    Type.BOOLEAN: _truth,
}


def timed(load: Callable[[Store, Path], int], path: Path) -> tuple[int, float, float]:
    """Rows, seconds and processor seconds of one load into a fresh store."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "records.db", create=True)
        begin, processor = time.perf_counter(), time.process_time()
        rows = load(store, path)
        seconds, processor = time.perf_counter() - begin, time.process_time() - processor
        store.close()
    return rows, seconds, processor


def main() -> int:
    """Run both in turn and print medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=MONTH)
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()
    if not asked.file.is_file():
        print(f"{asked.file} is not there; name an extract in the form of CLEAR.")
        return 0
    seconds: dict[str, list[float]] = {"cleargate": [], "bare loader": []}
    processor: dict[str, list[float]] = {name: [] for name in seconds}
    rows = 0
    for _ in range(asked.runs):
        for name, load in (("cleargate", cleargate), ("bare loader", bare)):
            rows, took, used = timed(load, asked.file)
            seconds[name].append(took)
            processor[name].append(used)
    report(asked.file, rows, seconds, processor)
    return 0


def report(
    file: Path, rows: int, seconds: dict[str, list[float]], processor: dict[str, list[float]]
) -> None:
    """Print medians, the ratio, and the processor's time, which a busy machine disturbs less."""
    medians = {name: statistics.median(took) for name, took in seconds.items()}
    runs = len(seconds["cleargate"])
    print(f"{rows:,} rows of {file.name}, {runs} runs each, fresh store, indexes in place")
    for name, median in medians.items():
        used = statistics.median(processor[name])
        print(
            f"  {name:12}{median:7.3f} s, {rows / median:8,.0f} rows/s"
            f" (best {rows / min(seconds[name]):,.0f}; processor {used:.3f} s)"
        )
    print(f"  ratio       {medians['cleargate'] / medians['bare loader']:7.2f} × the bare loader")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  memory      {memory:7.0f} MB at most, for both")
    met = "met" if rows / medians["cleargate"] >= TARGET else "missed (is the machine busy?)"
    print(f"  target      {TARGET:,} rows/s: {met}")


if __name__ == "__main__":
    raise SystemExit(main())
