"""Several processes behind one port: under load, ended, killed, and hostile clients among them."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cleargate.commands.session import reading
from cleargate.log.read import Entry, entries
from cleargate.log.receipts import check_proof, receipt_from_json
from tests import terminal
from tests.postgres import DURABLE, Server, running
from tests.served import Served, serving, set_serve
from tests.terminal import County, extract, told

FBI = {"represented": "FBI", "purpose": "C", "action": "search", "dataset": "incident",
       "case": "26-114", "attention": "S. Okoro"}  # fmt: skip

_ROUNDS = 1_000
"""Rounds of some twenty answers each, after which what was waited for will not come."""


@pytest.fixture(scope="module")
def durable() -> Iterator[Server]:
    """A server that flushes: one that does not is refused after its crash, as rolled back."""
    with running(DURABLE) as started:
        yield started


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> County:
    """A jurisdiction with forty incidents, on each engine."""
    where: tuple[object, ...] = ()
    if request.param == "postgres":
        server: Server = request.getfixturevalue("durable")
        database = server.at("served")
        where = ("--database", database.url, "--database-admin", server.admin("served").url)
    county = terminal.found(tmp_path_factory.mktemp("served"), *where)
    told(county.run("records import", "--source", "clear-incidents",
                    extract(county.place / "x.csv", 40), by="clerk"))  # fmt: skip
    return county


@pytest.fixture
def county(made: County) -> Iterator[County]:
    """The same, with its settings put back."""
    path = made.folder / "cleargate.toml"
    before = path.read_text()
    yield made
    path.write_text(before)


def logged(county: County, since: int) -> list[Entry]:
    """The entries from ``since`` on, oldest first."""
    with reading(county.folder) as (_, gate):
        size = gate.parts.log.head().size
        return entries(gate.parts.log, limit=size - since)[::-1] if size > since else []


def size(county: County) -> int:
    with reading(county.folder) as (_, gate):
        return gate.parts.log.head().size


class Askers:
    """Four clients that ask until they are told to stop.

    Attributes:
        answered: every answer that came.
        broken: what a connection that broke said.
        enough: set when each of them was answered some times.
    """

    def __init__(self, served: Served, each: int = 5) -> None:
        self.served, self.each = served, each
        self.answered: list[httpx.Response] = []
        self.broken: list[Exception] = []
        self.enough, self.stop = threading.Event(), threading.Event()
        self._lock = threading.Lock()

    def ask(self, person: str) -> None:
        with self.served.client(person) as client:
            while not self.stop.is_set():
                try:
                    answer = client.post("/v1/requests", json=FBI)
                except httpx.TransportError as fault:
                    self.broken.append(fault)
                    if isinstance(fault, httpx.ConnectError):
                        return
                    continue
                with self._lock:
                    self.answered.append(answer)
                    if len(self.answered) >= 4 * self.each:
                        self.enough.set()

    def again(self) -> None:
        """Wait for more answers."""
        with self._lock:
            self.enough.clear()
            self.each = len(self.answered) // 4 + 5
        assert self.enough.wait(60)

    def until(self, status: int) -> None:
        """Wait for an answer of this status."""
        for _ in range(_ROUNDS):
            seen = len(self.answered)
            self.again()
            if status in {a.status_code for a in self.answered[seen:]}:
                return
        pytest.fail(f"{len(self.answered)} answers, none {status}: {self.answered[-1].text}")


@contextmanager
def asking(served: Served) -> Iterator[Askers]:
    askers = Askers(served)
    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(askers.ask, "fbi") for _ in range(4)]
        try:
            assert askers.enough.wait(60), served.lines[-5:]
            yield askers
        finally:
            askers.stop.set()
        for one in done:
            one.result()


def opened(answers: list[httpx.Response]) -> list[dict[str, Any]]:
    """Those that were answered; who was turned away was told so, and nothing was decided."""
    answers = [a for a in answers if "overloaded" not in a.text]
    assert [a.text for a in answers if a.status_code != 200] == []
    return [a.json() for a in answers]


@pytest.mark.parametrize("processes", [1, 2])
def test_ended_under_load_what_was_answered_is_logged_and_nothing_else(
    county: County, processes: int
) -> None:
    before = size(county)
    with serving(county, processes) as served:
        with asking(served) as askers:
            code = served.stop()
        assert code == 0
    assert [line for line in served.lines if line["level"] == "error"] == []
    answers = opened(askers.answered)
    found = logged(county, before)
    decided = {e.index for e in found if e.leaf.kind == "decided"}
    closed = {e.leaf.clear["decision"] for e in found if e.leaf.kind == "answered"}
    assert decided == closed == {a["leaf"] for a in answers}


def test_every_process_answers_and_each_receipt_is_of_the_one_log(county: County) -> None:
    with serving(county, 2) as served:
        with asking(served) as askers:
            pass
        for _ in range(100):  # connections of their own, which either may accept
            last = httpx.get(f"{served.url}/openapi.json").headers["x-request-id"]
        served.line(request=last)
    numbers = {a.headers["x-request-id"] for a in askers.answered}
    assert len(numbers) == len(askers.answered)
    said = [line for line in served.lines if line.get("request") in numbers]
    assert {line["route"] for line in said} == {"/v1/requests"}
    assert len({line["process"] for line in served.lines}) == 2
    key = county.vkey.read_text().strip()
    for answer in opened(askers.answered):
        check_proof(receipt_from_json(httpx.Response(200, json=answer["receipt"]).text), key)


def test_a_killed_process_is_replaced_and_what_was_answered_is_logged(county: County) -> None:
    before = size(county)
    with serving(county, 2) as served, asking(served) as askers:
        killed = served.workers()[0]
        os.kill(killed, signal.SIGKILL)
        assert served.line(code="worker-ended")["worker"] == killed
        askers.again()
        metrics = httpx.get(f"{served.admin}/metrics").text
    assert "cleargate_http_requests_total" in metrics
    opened(askers.answered)
    found = logged(county, before)
    closed = {e.leaf.clear["decision"] for e in found if e.leaf.kind in ("answered", "failed")}
    answered = {a.json()["leaf"] for a in askers.answered}
    assert answered <= closed


def test_a_database_that_is_gone_is_said_and_found_again(
    county: County, request: pytest.FixtureRequest
) -> None:
    if list((county.folder / "data").glob("*.db")):
        pytest.skip("files do not go and come back")
    server: Server = request.getfixturevalue("durable")
    with serving(county, 2) as served, asking(served) as askers:
        server.stop()
        served.line(level="error", of="web")
        health = httpx.get(f"{served.admin}/healthz", timeout=30).json()
        assert health["status"] == "not answering" and "served" in health["because"]
        assert httpx.get(f"{served.url}/healthz", timeout=30).status_code == 503
        server.start()
        askers.until(200)
        assert httpx.get(f"{served.admin}/healthz", timeout=30).json()["status"] == "answering"
    assert {a.status_code for a in askers.answered} == {200, 503}
    assert askers.broken == []


def test_processes_end_when_their_supervisor_is_killed(county: County) -> None:
    with serving(county, 2) as served:
        workers = served.workers()
        assert len(workers) == 2
        served.process.kill()
        served.process.wait()
        ends = [os.pidfd_open(pid) for pid in workers if Path(f"/proc/{pid}").exists()]
        for end in ends:
            _wait(end)


def _wait(end: int) -> None:
    """Until the process of a pidfd has ended."""
    import select

    assert select.select([end], [], [], 60)[0]
    os.close(end)


def test_a_jurisdiction_that_cannot_be_opened_says_so_once_and_ends(
    county: County, tmp_path: Path
) -> None:
    key = county.folder / "private" / "log.key"
    away = key.rename(tmp_path / "log.key")
    try:
        result = county.run("serve", "--port", "0", "--processes", "2")
    finally:
        away.rename(key)
    assert result.exit_code == 4 and "log.key" in result.stderr


# --- hostile clients -------------------------------------------------------------------------


def line_to(served: Served) -> socket.socket:
    port = int(served.url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def everything(line: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    got = b""
    while part := line.recv(65_536):
        got += part
    return got


HEAD = b"POST /v1/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def hurried(made: County) -> Iterator[Served]:
    """A server that waits one second for anything."""
    path = made.folder / "cleargate.toml"
    before = path.read_text()
    with serving(made, 1, seconds=1, connections=8) as served:
        yield served
    path.write_text(before)


def test_a_head_that_never_ends_is_told_so_and_cut_off(hurried: Served) -> None:
    with line_to(hurried) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        assert everything(line).startswith(b"HTTP/1.1 408 ")


def test_a_connection_without_a_word_is_closed(hurried: Served) -> None:
    with line_to(hurried) as line:
        assert everything(line) == b""


def test_a_body_that_goes_on_after_its_answer_is_cut_off(hurried: Served) -> None:
    with line_to(hurried) as line:
        line.sendall(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n1")
        answer = line.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 404 ")
        line.sendall(b"2")
        everything(line)


def test_a_body_without_end_is_refused_at_the_limit(hurried: Served) -> None:
    with line_to(hurried) as line:
        line.sendall(HEAD + b"Content-Length: 99999999\r\n\r\n" + b"x" * 70_000)
        assert everything(line).startswith(b"HTTP/1.1 413 ")


def test_what_is_no_http_gets_one_sentence(hurried: Served) -> None:
    with line_to(hurried) as line:
        line.sendall(b"\x16\x03\x01 this is TLS\r\n\r\n")
        answer = everything(line)
    assert answer.startswith(b"HTTP/1.1 400 ") and b"problem+json" in answer


def test_a_half_closed_connection_costs_nothing(hurried: Served) -> None:
    with line_to(hurried) as line:
        line.sendall(HEAD + b"Content-Length: 10\r\n\r\n{")
        line.shutdown(socket.SHUT_WR)
        everything(line)
    assert httpx.get(f"{hurried.url}/healthz").status_code == 200


def test_more_connections_than_there_may_be_are_told_so(hurried: Served) -> None:
    lines = [line_to(hurried) for _ in range(9)]
    try:
        answer = everything(lines[-1])
        assert answer.startswith(b"HTTP/1.1 503 ") and b"serve.connections" in answer
    finally:
        for line in lines:
            line.close()


def test_a_full_line_and_a_dead_worker_do_not_hide_the_operators_page(hurried: Served) -> None:
    health = httpx.get(f"{hurried.admin}/healthz")
    assert health.json()["status"] == "answering"
    metrics = httpx.get(f"{hurried.admin}/metrics").text
    assert "cleargate_log_entries_total" in metrics and "cleargate_answering 1.0" in metrics
    assert httpx.get(f"{hurried.url}/metrics").status_code == 404


def test_a_line_of_diag_names_no_person_agency_or_record(hurried: Served) -> None:
    with hurried.client("fbi") as client:
        answer = client.post("/v1/requests", json={**FBI, "where": ["case_number = JM000007"]})
    line = hurried.line(request=answer.headers["x-request-id"])
    assert set(line) == {"at", "level", "of", "process", "request", "method", "route", "status",
                         "ms"}  # fmt: skip


def test_set_serve_is_read(county: County) -> None:
    set_serve(county, seconds=7)
    assert "seconds = 7\n" in (county.folder / "cleargate.toml").read_text()
