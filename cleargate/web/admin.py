"""The operator's own listener: metrics, and health with its reasons in full. This machine only.

It is a listener of its own, so that no proxy in front of the API can show it by mistake, and it
answers while every worker is busy. Whoever can log in to this machine can read it; it names no
person, agency or record.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..gate.gate import Gate
from ..model.errors import BadUse
from .health import clock, probe

HOST: Final = "127.0.0.1"
Numbers = Callable[[], CollectorRegistry]
Health = Callable[[], Mapping[str, Any]]
"""``status`` and, where it is not ``answering``, why, in an operator's words."""


@contextmanager
def listening(
    port: int, registry: Callable[[], CollectorRegistry], health: Health
) -> Iterator[str]:
    """Answer ``/metrics`` and ``/healthz`` for as long as the block runs; nothing at port 0.

    Args:
        port: 0 for none.
        registry: the numbers as they are now.
        health: asked anew for each look.

    Raises:
        BadUse: the port cannot be listened at.
    """
    if not port:
        yield ""
        return

    class Handler(_Handler):
        def pages(self) -> Mapping[str, Callable[[], tuple[int, str, bytes]]]:
            return {
                "/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest(registry())),
                "/healthz": lambda: _health(health()),
            }

    try:
        server = ThreadingHTTPServer((HOST, port), Handler)
    except (OSError, OverflowError) as fault:
        raise BadUse(
            f"Nothing can listen at {HOST} port {port} ({fault}); choose another serve.admin_port."
        ) from fault
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="admin", daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _health(said: Mapping[str, Any]) -> tuple[int, str, bytes]:
    status = 200 if said["status"] == "answering" else 503
    return status, "application/json", msgspec.json.encode(said)


class _Handler(BaseHTTPRequestHandler):
    server_version, sys_version, timeout = "cleargate", "", 5

    def pages(self) -> Mapping[str, Callable[[], tuple[int, str, bytes]]]:
        return {}

    def do_GET(self) -> None:
        page = self.pages().get(self.path.partition("?")[0])
        status, kind, body = page() if page else (404, "text/plain", b"/metrics or /healthz\n")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def of_all(shared: str) -> CollectorRegistry:
    """The numbers of all processes that write them into the folder ``shared``."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=shared)  # type: ignore[no-untyped-call]
    return registry


def forget(shared: str, pid: int) -> None:
    """Count what a process that ended had under way no more; what it has done still counts."""
    multiprocess.mark_process_dead(pid, path=shared)  # type: ignore[no-untyped-call]


def with_log(registry: CollectorRegistry, gate: Gate, workers: int) -> CollectorRegistry:
    """The same numbers, and those that are looked up now."""
    whole = CollectorRegistry()
    whole.register(_Of(registry))
    whole.register(_Now(gate, workers))
    return whole


class _Of(Collector):
    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        return iter(self._registry.collect())


class _Now(Collector):
    def __init__(self, gate: Gate, workers: int) -> None:
        self._gate, self._workers = gate, workers

    def collect(self) -> Iterator[Metric]:
        fault = probe(self._gate)
        yield GaugeMetricFamily(
            "cleargate_answering", "Whether requests are answered", fault is None
        )
        yield GaugeMetricFamily("cleargate_processes", "Processes that answer", self._workers)
        if fault is None:
            size = self._gate.parts.log.head().size
            back = bool(clock(self._gate))
            yield GaugeMetricFamily("cleargate_clock_back", "Clock before the last entry", back)
            yield CounterMetricFamily("cleargate_log_entries", "Entries of the log", size)


def health(gate: Gate, workers: int) -> Mapping[str, Any]:
    """Whether requests are answered; if not, why, with the folders and what to do."""
    fault = probe(gate)
    if fault is None and workers:
        wrong = clock(gate)
        said = {"status": "answering", "processes": workers}
        return said | ({"clock": wrong} if wrong else {})
    why = (
        {"code": fault.code, "because": fault.sentence}
        if fault
        else {"code": "workers", "because": "No process answers; see what they said on stderr."}
    )
    return {"status": "not answering", "processes": workers, **why}
