"""An answer over HTTP beside PostgreSQL with a role per agency, column grants and pgAudit.

Both read one table of two million incidents, on one server that flushes (fsync,
synchronous_commit), on one disk: a page of 50 rows of six columns by type, by an index, in the
order of the key. No rule on rows on either side. Clients stay connected.

- *ours*: ``cleargate serve`` on that database; each answer is decided by law, logged in two flushed
  commits before it is given, and comes with its receipt;
- *the peer*: each client logs in as its agency's own role, which was granted those columns and no
  other; its statement is prepared; pgAudit (session, ``read``) writes each into the server's log,
  which is not flushed for each statement and proved by nothing. Its rows are made into JSON and
  read again, as ours are.

The two take turns, some seconds each. Wanted: 1.0 × the peer's rate, at 1 and at 8 clients.

    python benchmarks/served_postgres.py [--rows 2000000] [--seconds 10] [--rounds 3]

Without pgAudit's library, ``log_statement = all`` of the role stands in for it, and the output says
so.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from os import getloadavg
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from cleargate.storage.postgres import connect
from tests import terminal
from tests.postgres import DURABLE, Server, programs, running
from tests.served import Served, serving
from tests.terminal import County

COLUMNS = ("id", "case_number", "occurred_at", "block", "primary_type", "district")
TYPES = ("ROBBERY", "THEFT", "BATTERY", "BURGLARY", "NARCOTICS", "ASSAULT")
PAGE = 50
FILL = """
INSERT INTO records.incident
  (custodian, id, case_number, occurred_at, block, primary_type, description, district, year,
   updated_at, sealed, juvenile, expunged, leaf)
SELECT $1::text, lpad(n::text, 9, '0'), 'JM' || n, '2025-03-01T01:00:00',
       (n % 900) || 'XX W MAIN ST', ($2::text[])[1 + n % 6], 'STRONG ARM',
       lpad((1 + n % 25)::text, 3, '0'), 2025, '2025-04-01T00:00:00', 'no', 'no', 'no', 1
FROM generate_series(1, $3::bigint) n
"""
ASKED = f"""
SELECT {", ".join(COLUMNS)} FROM records.incident
WHERE custodian = $1 AND primary_type = $2 ORDER BY id LIMIT {PAGE}
"""  # noqa: S608 - names of this file
Asks = Callable[[int], int]
"""Asks once; the number makes each question another. Gives how many rows came."""


def fill(server: Server, rows: int) -> None:
    """The incidents, and statistics of them."""
    with connect(server.admin("bench")) as conn:
        conn.execute("SET maintenance_work_mem = '512MB'")
        conn.execute(FILL.encode(), (terminal.POLICE, list(TYPES), rows))
        conn.execute("VACUUM ANALYZE records.incident")


def agency_role(server: Server, audited: bool) -> None:
    """The peer's role: one agency's, who may read those columns, each statement audited."""
    how = "pgaudit.log = 'read'" if audited else "log_statement = 'all'"
    with connect(server.admin("bench")) as conn:
        if audited:
            conn.execute("CREATE EXTENSION pgaudit")
        for statement in (
            "CREATE ROLE agency_fbi LOGIN",
            "GRANT CONNECT ON DATABASE bench TO agency_fbi",
            "GRANT USAGE ON SCHEMA records TO agency_fbi",
            f"GRANT SELECT (custodian, {', '.join(COLUMNS)}) ON records.incident TO agency_fbi",
            f"ALTER ROLE agency_fbi SET {how}",
        ):
            conn.execute(statement.encode())


def ours(served: Served) -> Asks:
    """One client of the server."""
    host, port = served.url.removeprefix("http://").split(":")
    line = HTTPConnection(host, int(port), timeout=60)
    token = served.county.token("fbi").read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(number: int) -> int:
        fields = {
            "action": "search", "represented": "FBI", "purpose": "C", "case": "26-114",
            "attention": "S. Okoro", "dataset": "incident", "columns": COLUMNS, "limit": PAGE,
            "where": [f"primary_type = {TYPES[number % 6]}"],
        }  # fmt: skip
        line.request("POST", "/v1/requests", json.dumps(fields), headers)
        answer = line.getresponse()
        said = json.loads(answer.read())
        assert answer.status == 200, said
        return len(said["result"]["rows"])

    return ask


def peer(server: Server) -> Asks:
    """One client of the database."""
    conn = connect(server.at("bench", "agency_fbi"))

    def ask(number: int) -> int:
        found = conn.execute(ASKED.encode(), (terminal.POLICE, TYPES[number % 6]), prepare=True)
        return len(json.loads(json.dumps(found.fetchall())))

    return ask


def rate(make: Callable[[], Asks], clients: int, seconds: float) -> float:
    """Answers per second of so many clients, each with its own connection."""
    counts, ready = [0] * clients, threading.Barrier(clients)
    spent = [0.0] * clients

    def work(client: int) -> None:
        ask, number = make(), client
        for first in range(6):  # law is compiled once in each process, statements are prepared
            ask(first)
        ready.wait()
        start = time.perf_counter()
        while (now := time.perf_counter() - start) < seconds:
            assert ask(number) == PAGE
            counts[client] += 1
            number += 1
        spent[client] = now

    with ThreadPoolExecutor(clients) as threads:
        for one in [threads.submit(work, n) for n in range(clients)]:
            one.result()
    return sum(counts) / max(spent)


def audited_lines(server: Server) -> int:
    """How many statements the server's log holds."""
    logs = [server.folder / "log", *(server.folder / "data" / "log").glob("*")]
    return sum(
        path.read_text("utf-8", "replace").count("SELECT id, case_number")
        for path in logs
        if path.is_file()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    audited = (programs().parent / "lib" / "pgaudit.so").exists()
    settings = [*DURABLE, "shared_buffers=1GB", "logging_collector=on", "log_directory=log"]
    if audited:
        settings += ["shared_preload_libraries=pgaudit", "pgaudit.log=none"]
    worst = 9.9
    with running(settings) as server, tempfile.TemporaryDirectory() as name:
        there = (
            "--database", server.at("bench").url, "--database-admin", server.admin("bench").url
        )  # fmt: skip
        county: County = terminal.found(Path(name), *there)
        fill(server, args.rows)
        agency_role(server, audited)
        audit = "pgAudit" if audited else "log_statement = all, for pgAudit is not installed"
        print(f"{args.rows} rows, page of {PAGE}; the peer audits by {audit}")
        print(f"{'answers/s':<12}{'ours':>9}{'peer':>9}{'ratio':>8}")
        with serving(county, 2, diag_requests=False) as served:
            for clients in (1, 8):
                both: tuple[list[float], list[float]] = ([], [])
                for _ in range(args.rounds):
                    both[0].append(rate(lambda: ours(served), clients, args.seconds))
                    both[1].append(rate(lambda: peer(server), clients, args.seconds))
                mine, theirs = map(median, both)
                worst = min(worst, mine / theirs)
                print(f"{clients:>2} clients  {mine:9.1f}{theirs:9.1f}{mine / theirs:8.2f}",
                      flush=True)  # fmt: skip
        print(f"statements in the audit log: {audited_lines(server)}; "
              f"load average {getloadavg()[0]:.1f}")  # fmt: skip
    raise SystemExit(worst < 1.0)


if __name__ == "__main__":
    main()
