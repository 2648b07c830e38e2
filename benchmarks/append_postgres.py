"""What log entries cost in PostgreSQL, beside a bare INSERT + COMMIT into the same server.

On a server of its own, that flushes (fsync, synchronous_commit); both write in turns. Shown: one
requester, threads that wait for one another's batches, and batches of one caller.
Wanted: 3,000 entries/s sustained in batches.

    python benchmarks/append_postgres.py [--rounds N] [--seconds N]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.append import decided, seconds
from cleargate.log.append import append
from cleargate.log.note import Signer
from cleargate.log.store import Log
from cleargate.model.leaf import seal
from cleargate.storage.postgres import connect
from cleargate.storage.postgres_init import prepare
from tests.postgres import DURABLE, SCHEMAS, Server, running

WANTED = 3_000
THREADS = 64
BATCH = 200


def one_requester(server: Server, log: Log, rounds: int) -> None:
    """Both in turns, medians."""
    length = len(seal(decided(), os.urandom)[0].raw)
    with connect(server.admin("whole")) as conn:
        conn.execute("CREATE TABLE bare (idx BIGSERIAL PRIMARY KEY, bytes BYTEA NOT NULL)")
        row = (os.urandom(length),)

        def insert() -> None:
            conn.execute("BEGIN")
            conn.execute("INSERT INTO bare (bytes) VALUES ($1)", row)
            conn.execute("COMMIT")

        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            leaf = decided()
            times[0].append(seconds(insert))
            times[1].append(seconds(lambda leaf=leaf: append(log, [leaf])))  # type: ignore[misc]
    bare, ours = map(median, times)
    print(f"one requester, {rounds} rounds, medians")
    print(f"  bare INSERT + COMMIT   {bare * 1e6:7.0f} µs")
    print(f"  append                 {ours * 1e6:7.0f} µs")
    print(f"  ratio                  {ours / bare:7.2f}")


def threads(log: Log, rounds: int) -> None:
    """Threads that wait for one another's batches."""

    def work(_: int) -> None:
        for _ in range(rounds):
            append(log, [decided()])

    with ThreadPoolExecutor(THREADS) as pool:
        spent = seconds(lambda: list(pool.map(work, range(THREADS))))
    print(f"{THREADS} requesters: {THREADS * rounds / spent:.0f} entries/s")


def batches(log: Log, length: float) -> float:
    """One caller's batches, for some seconds."""
    count, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < length:
        append(log, [decided()] * BATCH)
        count += BATCH
    print(f"batches of {BATCH} for {spent:.0f} s: {count / spent:.0f} entries/s (wanted: {WANTED})")
    return count / spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    args = parser.parse_args()
    with running(DURABLE) as server, tempfile.TemporaryDirectory() as name:
        whole = server.at("whole")
        prepare(whole, SCHEMAS, admin=server.admin("whole"))
        signer = Signer.from_seed("example.gov/benchmark", os.urandom(32))
        log = Log.create(whole, Path(name) / "guard", signer=signer, random=os.urandom)
        one_requester(server, log, args.rounds)
        threads(log, max(args.rounds // THREADS, 4))
        rate = batches(log, args.seconds)
        log.close()
    raise SystemExit(rate < WANTED)


if __name__ == "__main__":
    main()
