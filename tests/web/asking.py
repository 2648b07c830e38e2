"""A jurisdiction behind a real server on this machine's own address, and those who ask it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import httpx

from cleargate.gate.files import Extract
from cleargate.gate.gate import Gate
from cleargate.log.read import entries
from cleargate.settings import Limits, Serve
from cleargate.web.app import make_app
from cleargate.web.serve import Listening, listening
from tests import extracts
from tests.fakes import Clock
from tests.jurisdiction import POLICE, Jurisdiction

PUBLIC = {"represented": "PUBLIC", "purpose": "PUB", "action": "search", "dataset": "incident"}
"""What anyone may ask."""

CASE = {"represented": "FBI", "purpose": "C", "action": "search", "dataset": "incident",
        "case": "JH-1", "attention": "A. Reed"}  # fmt: skip
"""What a criminal justice agency may ask on a case."""

ICE = {"represented": "ICE-ERO", "purpose": "CIV-IMM", "action": "search", "dataset": "incident"}
"""What city law forbids to answer."""


@dataclass
class Asking:
    """People with their tokens, before a server."""

    here: Jurisdiction
    server: Listening
    client: httpx.Client

    def ask(self, person: str, fields: object) -> httpx.Response:
        """POST a request as ``person``; as nobody for ``""``."""
        return self.client.post("/v1/requests", json=fields, headers=self.headers(person))

    def send(self, person: str, body: bytes, **headers: str) -> httpx.Response:
        """POST any bytes."""
        sent = {"content-type": "application/json"} | self.headers(person)
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/v1/requests", content=body, headers=sent)

    def get(self, person: str, path: str) -> httpx.Response:
        """GET a path as ``person``."""
        return self.client.get(path, headers=self.headers(person))

    def headers(self, person: str) -> dict[str, str]:
        """The credential of ``person``."""
        return {"authorization": f"Bearer {self.here.tokens[person]}"} if person else {}

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return self.here.parts.log.head().size

    def kinds(self, count: int) -> list[str]:
        """The kinds of the newest entries, oldest of them first."""
        return [e.leaf.kind for e in entries(self.here.parts.log, limit=count)][::-1]


@contextmanager
def asking(
    here: Jurisdiction,
    gate: Gate | None = None,
    *,
    serve: Serve | None = None,
    sizes: Limits | None = None,
) -> Iterator[Asking]:
    """A server for ``here``, by its own gate or another one over the same parts."""
    app = make_app(gate or here.gate, serve or Serve(), sizes or Limits())
    with listening(app) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        yield Asking(here, server, client)


def import_robberies(here: Jurisdiction, count: int) -> None:
    """Let a clerk import ``count`` incidents."""
    path = here.folder / "robberies.csv"
    path.write_text(extracts.clear(extracts.robbery(n) for n in range(1, count + 1)))
    asked = {"represented": POLICE, "purpose": "ADM", "action": "records:import",
             "custodian": POLICE, "subject": {"source": "clear-incidents"}}  # fmt: skip
    done = here.gate.answer(here.tokens["clerk"], asked, "cli", Extract(path))
    assert done.opens, done.decision


class Held:
    """A clock that stops the gate's threads, until it lets them go on.

    Attributes:
        reached: set when a thread has asked for the time.
        go_on: set to let them go.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.reached, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> datetime:
        if threading.current_thread().name.startswith("gate"):
            self.reached.set()
            self.go_on.wait()
        return self._clock()

    def gate(self, here: Jurisdiction) -> Gate:
        """A gate over the parts of ``here`` that has this clock."""
        return Gate(replace(here.parts, clock=self))
