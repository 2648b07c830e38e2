"""The server: how many at once, what happens at its end, and what it leaves as it was."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from cleargate.model.errors import BadUse, OutOfTime, Overloaded
from cleargate.settings import Serve
from cleargate.web.app import make_app
from cleargate.web.pool import Pool
from cleargate.web.serve import bound, listening, serve
from tests.jurisdiction import Jurisdiction, found
from tests.web.asking import CASE, Held, asking

# --- the line before the gate ----------------------------------------------------------------


def test_whoever_finds_the_line_full_is_turned_away() -> None:
    go_on = threading.Event()

    async def three() -> list[object]:
        pool = Pool(1, 1, 60)
        async with pool.running():
            first, second = (asyncio.create_task(pool.run(go_on.wait)) for _ in range(2))
            await asyncio.sleep(0)  # both stand in line now
            with pytest.raises(Overloaded):
                await pool.run(go_on.wait)
            go_on.set()
            return [await first, await second, await pool.run(go_on.wait)]

    assert asyncio.run(three()) == [True, True, True]


def test_what_was_begun_goes_on_and_what_was_not_is_never_begun() -> None:
    go_on = threading.Event()
    done: list[object] = []

    async def two() -> list[str]:
        pool = Pool(1, 1, 0.01)
        async with pool.running():
            both = [pool.run(lambda: done.append(go_on.wait())), pool.run(lambda: done.append(2))]
            faults = await asyncio.gather(*both, return_exceptions=True)
            go_on.set()
        assert all(isinstance(f, OutOfTime) for f in faults)
        return [str(f) for f in faults]

    begun, not_begun = asyncio.run(two())
    assert "goes on without you" in begun
    assert "nothing was decided" in not_begun
    assert done == [True]


def test_a_place_is_free_again_when_its_work_failed() -> None:
    def fail() -> None:
        raise BadUse("This failed.")

    async def many() -> None:
        pool = Pool(1, 0, 60)
        async with pool.running():
            for _ in range(3):
                with pytest.raises(BadUse):
                    await pool.run(fail)

    asyncio.run(many())


def test_work_is_refused_before_the_start_and_after_the_end() -> None:
    async def run() -> None:
        pool = Pool(1, 1, 60)
        with pytest.raises(Overloaded):
            await pool.run(list)
        async with pool.running():
            assert await pool.run(list) == []
        with pytest.raises(Overloaded):
            await pool.run(list)

    asyncio.run(run())


# --- the server ------------------------------------------------------------------------------


def test_a_request_too_many_is_told_to_come_again(here: Jurisdiction) -> None:
    held = Held(here.clock)
    few = Serve(workers=1, waiting=0)
    with asking(here, held.gate(here), serve=few) as http, ThreadPoolExecutor() as threads:
        first = threads.submit(http.ask, "fbi", CASE)
        held.reached.wait()
        second = http.ask("fbi", CASE)
        health = http.get("", "/healthz")
        held.go_on.set()
        assert (second.status_code, second.json()["title"]) == (503, "overloaded")
        assert second.headers["retry-after"] == "1"
        assert health.status_code == 200
        assert first.result().status_code == 200


def test_what_came_in_before_the_end_is_answered_and_logged(tmp_path: Path) -> None:
    here = found(tmp_path)
    size, held = here.parts.log.head().size, Held(here.clock)
    with asking(here, held.gate(here)) as http, ThreadPoolExecutor() as threads:
        asked = threads.submit(http.ask, "fbi", CASE)
        held.reached.wait()
        http.server.stop()
        held.go_on.set()
        http.server.join()
        assert asked.result().status_code == 200
        with pytest.raises(httpx.ConnectError):
            http.get("", "/healthz")
    assert here.parts.log.head().size == size + 2


def test_a_server_that_is_stopped_can_be_started_again(here: Jurisdiction) -> None:
    app = make_app(here.gate)
    for _ in range(2):
        with listening(app) as server:
            assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_port_0_takes_a_free_port_and_says_which(here: Jurisdiction) -> None:
    with listening(make_app(here.gate)) as one, listening(make_app(here.gate)) as other:
        assert one.url != other.url
        assert one.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.invalid"])
def test_an_address_that_cannot_be_listened_at_is_named(here: Jurisdiction, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(BadUse, match=f"{host} port {port}"),
            listening(make_app(here.gate), host, port),
        ):
            pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_signals_are_as_before(here: Jurisdiction, number: int) -> None:
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    told: list[str] = []

    def ready(url: str) -> None:
        told.append(url)
        assert httpx.get(f"{url}/healthz").status_code == 200
        signal.raise_signal(number)

    serve(make_app(here.gate), "127.0.0.1", 0, ready=ready)
    assert len(told) == 1
    assert before == {n: signal.getsignal(n) for n in before}


def test_an_answers_body_does_not_wait_until_its_head_is_acknowledged() -> None:
    with (
        bound("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_client_that_sends_too_slowly_is_told_so(here: Jurisdiction) -> None:
    with (
        asking(here, serve=Serve(seconds=1)) as http,
        socket.create_connection(("127.0.0.1", int(http.server.url.rpartition(":")[2]))) as line,
    ):
        line.sendall(
            b"POST /v1/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 9\r\n\r\n{"
        )
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"too-slow" in answer


def test_a_connection_that_comes_in_while_it_stops_is_turned_away(here: Jurisdiction) -> None:
    with listening(make_app(here.gate)) as server:
        server._server._wire.stopping = True
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as line:
            answer = line.recv(4096)
    assert answer.startswith(b"HTTP/1.1 503 ") and b"stopping" in answer
