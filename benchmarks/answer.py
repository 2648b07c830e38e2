"""An answer over HTTP, beside the bare search and what two entries of the log cost the disk.

A real ``cleargate serve`` in a process of its own, on an invented county; one client that keeps its
connection. Everything is measured in turns, on the same disk:

- *bare search*: the very statement of the request, by ``sqlite3`` on the same file;
- *fsync*: 4 KiB appended to a file and synced, as each of the two commits of the log must;
- *answer*: ``POST /v1/requests`` to the last byte of rows, citations and receipt.

Allowed: bare search + 5 ms + two fsyncs. Medians.

    python benchmarks/answer.py [--rounds N] [--incidents N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from cleargate.demo.law import POLICE
from cleargate.demo.setting import build
from cleargate.gate.gate import Gate
from cleargate.opening import close

PACKS = Path(__file__).parents[1] / "packs"
LAW = ("us-il-cook", "us-il-chicago")
ALLOWED_MS = 5.0
CASE = {"represented": POLICE, "purpose": "C", "case": "JM-2025-0417", "attention": "R. Ames"}
REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "5 incidents by type": {
        "action": "search",
        "where": ["primary_type = ROBBERY"],
        "limit": 5,
    },
    "50 persons by name, sorted": {
        "action": "search",
        "dataset": "person",
        "where": ["surname prefix M"],
        "sort": "surname",
        "limit": 50,
    },
    "500 incidents, all columns": {"action": "search", "limit": 500},
}


def statement(gate: Gate, token: str, asked: Mapping[str, Any]) -> str:
    """The SQL of a request, values and all, as SQLite itself says that it ran it."""
    ran: list[str] = []
    conn = gate.parts.records.connection()
    conn.set_trace_callback(ran.append)
    try:
        answer = gate.answer(token, asked, "api")
    finally:
        conn.set_trace_callback(None)
    assert answer.opens, answer.decision
    (sql,) = (s for s in ran if s.startswith("SELECT") and "LIMIT" in s)
    return sql


def bare_search(path: Path, sql: str) -> Callable[[], int]:
    """The statement alone, its rows fetched."""
    conn = sqlite3.connect(path, isolation_level=None)
    return lambda: len(conn.execute(sql).fetchall())


def synced(path: Path) -> Callable[[], None]:
    """4 KiB to the end of a file and to the disk."""
    file = path.open("ab", buffering=0)
    page = os.urandom(4096)

    def write() -> None:
        file.write(page)
        os.fsync(file.fileno())

    return write


@contextmanager
def served(folder: Path) -> Iterator[http.client.HTTPConnection]:
    """A connection to ``cleargate serve`` in a process of its own."""
    program = "from cleargate.cli import main; main()"
    run = [sys.executable, "-c", program, "serve", str(folder), "--port", "0", "--json"]
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            address = json.loads(process.stdout.readline())["serving"].removeprefix("http://")
            yield http.client.HTTPConnection(address, timeout=30)
        finally:
            process.terminate()


def over_http(
    conn: http.client.HTTPConnection, token: str, asked: Mapping[str, Any]
) -> Callable[[], int]:
    """The request, until its answer is read; gives the number of rows."""
    body = json.dumps(asked)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask() -> int:
        conn.request("POST", "/v1/requests", body, headers)
        answer = conn.getresponse()
        said = answer.read()
        assert answer.status == 200, said
        return said.count(b"\n") or 1

    return ask


def in_turns(rounds: int, *works: Callable[[], object]) -> list[float]:
    """The median of each piece of work, in ms; they run in turns, so that load hits all alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds + 3):
        for spent, work in zip(times, works, strict=True):
            start = time.perf_counter()
            work()
            spent.append((time.perf_counter() - start) * 1e3)
    return [median(spent[3:]) for spent in times]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--incidents", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    args = parser.parse_args()
    over = False
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name) / "county"
        county = build(folder, PACKS, LAW, lambda *_: None, args.incidents)
        token = county.people.tokens["detective"]
        records = county.settings.records_db
        asked = {n: {**CASE, **r} for n, r in REQUESTS.items()}
        sql = {n: statement(county.gate, token, r) for n, r in asked.items()}
        close(county.gate.parts)
        sync = synced(Path(name) / "synced")
        print(f"{'median ms':<30}{'search':>8}{'fsync':>8}{'answer':>8}{'allowed':>9}{'ratio':>7}")
        with served(folder) as conn:
            for n, r in asked.items():
                search, fsync, answer = in_turns(
                    args.rounds, bare_search(records, sql[n]), sync, over_http(conn, token, r)
                )
                allowed = search + 2 * fsync + ALLOWED_MS
                over |= answer > allowed
                print(f"{n:<30}{search:8.2f}{fsync:8.2f}{answer:8.2f}{allowed:9.2f}"
                      f"{answer / allowed:7.2f}")  # fmt: skip
    raise SystemExit(over)


if __name__ == "__main__":
    main()
