"""Mixed requests at a fixed rate against ``cleargate serve``, as it is run: errors, times, memory.

Every client sends at times that are set beforehand, whether or not the server keeps up (open loop):
a time counts from when the request should have been sent. Each answer must have the status that its
kind must have; anything else is an error and is printed.

    python benchmarks/load.py [--rate 300] [--minutes 10] [--processes 2] [--postgres]

Wanted: 300 requests/s for 10 minutes on two cores without an error, memory flat.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from os import getloadavg
from pathlib import Path
from statistics import median, quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from cleargate.demo.county import generate
from tests import terminal
from tests.postgres import DURABLE, running
from tests.served import Served, serving
from tests.terminal import County, told

CLIENTS = 24
INCIDENTS = 50_000
TYPES = ("ROBBERY", "THEFT", "BATTERY", "BURGLARY", "NARCOTICS", "ASSAULT")
ON_A_CASE = {"purpose": "C", "case": "26-114", "attention": "S. Okoro"}


@dataclass(frozen=True)
class Kind:
    """One kind of request.

    Attributes:
        share: of all requests.
        status: that its answer must have.
        fields: made anew for each.
    """

    share: int
    person: str
    status: int
    fields: Callable[[random.Random], dict[str, Any]]


def _search(who: str, **more: Any) -> Callable[[random.Random], dict[str, Any]]:
    def fields(dice: random.Random) -> dict[str, Any]:
        where = [f"primary_type = {dice.choice(TYPES)}", f"district = 0{dice.randrange(1, 25):02}"]
        return {"action": "search", "represented": who, "dataset": "incident", "limit": 50,
                "where": where[: dice.randrange(3)], **more}  # fmt: skip

    return fields


KINDS = {
    "own search": Kind(40, "detective", 200, _search(terminal.POLICE, **ON_A_CASE)),
    "agency's search": Kind(20, "fbi", 200, _search("FBI", **ON_A_CASE)),
    "public search": Kind(15, "citizen", 200, _search("PUBLIC", purpose="PUB")),
    "refused": Kind(18, "ice", 403, _search("ICE-ERO", purpose="CIV-IMM")),
    "wrong field": Kind(2, "fbi", 422, lambda _: {"action": "search", "represented": "FBI"}),
    "statistics": Kind(3, "citizen", 200, lambda _: {
        "action": "statistics", "represented": "PUBLIC", "purpose": "PUB", "dataset": "incident"}),
    "no credential": Kind(2, "", 401, _search("FBI", **ON_A_CASE)),
}  # fmt: skip


@dataclass
class Told:
    """What the clients saw."""

    times: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in KINDS})
    errors: Counter[str] = field(default_factory=Counter)
    bytes: int = 0


def client(served: Served, rate: float, until: float, number: int, told: Told) -> None:
    """One client, with its own share of the rate."""
    dice = random.Random(number)
    host, port = served.url.removeprefix("http://").split(":")
    line = HTTPConnection(host, int(port), timeout=60)
    names, shares = list(KINDS), [k.share for k in KINDS.values()]
    tokens = {k.person: served.county.token(k.person).read_text().strip()
              for k in KINDS.values() if k.person}  # fmt: skip
    due = time.perf_counter() + dice.random() / rate
    while due < until:
        time.sleep(max(0.0, due - time.perf_counter()))
        name = dice.choices(names, shares)[0]
        kind = KINDS[name]
        headers = {"Content-Type": "application/json"}
        if kind.person:
            headers["Authorization"] = f"Bearer {tokens[kind.person]}"
        try:
            line.request("POST", "/v1/requests", json.dumps(kind.fields(dice)), headers)
            response = line.getresponse()
            data = response.read()
            if response.status != kind.status:
                told.errors[f"{name}: {response.status} {data[:200]!r}"] += 1
            told.bytes += len(data)
        except (OSError, HTTPException) as fault:
            told.errors[f"{name}: {type(fault).__name__}"] += 1
            line.close()
        told.times[name].append(time.perf_counter() - due)
        due += dice.expovariate(rate)


def memory(pids: list[int]) -> dict[int, int]:
    """Resident and private memory of processes, MiB."""
    found = {}
    for pid in pids:
        text = Path(f"/proc/{pid}/status").read_text()
        found[pid] = int(text.partition("VmRSS:")[2].split()[0]) // 1024
    return found


def load(served: Served, rate: float, seconds: float) -> bool:
    """Send, and print what came of it. Whether it was as wanted."""
    told, start = Told(), time.perf_counter()
    threads = [
        threading.Thread(target=client, args=(served, rate / CLIENTS, start + seconds, n, told))
        for n in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    pids = [served.process.pid, *served.workers()]
    seen = [memory(pids)]
    step = max(seconds / 10, 1.0)
    for part in range(1, 11):
        time.sleep(max(0.0, start + part * step - time.perf_counter()))
        seen.append(memory(pids))
        print(f"  {part * step:5.0f} s  memory MiB {list(seen[-1].values())}", flush=True)
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - start
    every = sorted(t for times in told.times.values() for t in times)
    print(f"{len(every)} requests in {spent:.0f} s: {len(every) / spent:.1f}/s, "
          f"{told.bytes / 1e6:.0f} MB; load average {getloadavg()[0]:.1f}")  # fmt: skip
    for name, times in told.times.items():
        if len(times) > 1:
            cuts = quantiles(times, n=100)
            print(f"  {name:<16} {len(times):7}   median {median(times) * 1e3:7.1f} ms"
                  f"   95 % {cuts[94] * 1e3:7.1f}   99 % {cuts[98] * 1e3:7.1f}")  # fmt: skip
    print(f"errors: {sum(told.errors.values())}")
    for what, count in told.errors.most_common(10):
        print(f"  {count} × {what}")
    grown = [seen[-1][pid] - seen[3][pid] for pid in pids]
    print(f"memory grew from 30 % of the time to its end by {grown} MiB")
    return not told.errors


@contextmanager
def county(place: Path, postgres: bool, incidents: int) -> Iterator[County]:
    """Cook County with invented incidents."""
    with running(DURABLE) if postgres else nullcontext() as server:
        where: tuple[object, ...] = ()
        if server is not None:
            where = ("--database", server.at("load").url,
                     "--database-admin", server.admin("load").url)  # fmt: skip
        made = terminal.found(place, *where)
        files = generate(place / "extracts", 7, incidents)
        told(made.run("records import", "--source", "clear-incidents", files.incidents, by="clerk"))
        yield made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=300)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--incidents", type=int, default=INCIDENTS)
    parser.add_argument("--postgres", action="store_true")
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        county(Path(name), args.postgres, args.incidents) as made,
        serving(made, args.processes, diag_requests=False) as served,
    ):
        engine = "PostgreSQL" if args.postgres else "files"
        print(f"{args.processes} processes on {engine}, {args.incidents} incidents, "
              f"{args.rate:g}/s for {args.minutes:g} min")  # fmt: skip
        ok = load(served, args.rate, args.minutes * 60)
    raise SystemExit(not ok)


if __name__ == "__main__":
    main()
