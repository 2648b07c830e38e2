"""Numbers for an operator's monitoring (Prometheus), and the watch over each request that counts.

No label says who asked, for whom, or about what: an address is counted by its template, and what no
template has is ``other``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from litestar.types import HTTPScope, Message, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ..gate.answer import Answer

_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

diag = logging.getLogger("cleargate.diag.requests")


class Metrics:
    """Everything that is counted. Threads may share it; processes are added up by the library."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        kept: Any = {"registry": self.registry}
        self.requests = Counter(
            "cleargate_http_requests", "Requests over HTTP", ["method", "route", "status"], **kept
        )
        self.seconds = Histogram(
            "cleargate_http_seconds", "From a request's head to the end of its answer", ["route"],
            buckets=_SECONDS, **kept,
        )  # fmt: skip
        self.under_way = Gauge(
            "cleargate_http_under_way", "Requests that are being answered",
            multiprocess_mode="livesum", **kept,
        )  # fmt: skip
        self.outcomes = Counter(
            "cleargate_outcomes", "Decisions by their outcome", ["action", "outcome"], **kept
        )
        self.problems = Counter(
            "cleargate_problems", "What went wrong, by its code", ["code"], **kept
        )

    def answered(self, answer: Answer) -> None:
        """Count a decision."""
        self.outcomes.labels(answer.request.action, str(answer.decision.outcome)).inc()


class Watched:
    """One request over HTTP, from its head to the last byte of its answer."""

    def __init__(self, metrics: Metrics, scope: HTTPScope, number: str, send: Send) -> None:
        self._metrics, self._scope, self._number, self._send = metrics, scope, number, send
        self._began, self._status = time.perf_counter(), 0
        metrics.under_way.inc()

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
        await self._send(message)

    def ended(self) -> None:
        """Count it, and tell the operator."""
        took, metrics = time.perf_counter() - self._began, self._metrics
        said: Mapping[str, Any] = self._scope  # what Litestar adds has no type
        route = said.get("path_template") or "other"
        method = self._scope["method"] if self._scope["method"] in _METHODS else "other"
        with suppress(OSError):  # a full disk under the numbers breaks no answer
            metrics.under_way.dec()
            metrics.requests.labels(method, route, str(self._status)).inc()
            metrics.seconds.labels(route).observe(took)
        line = {"request": self._number, "method": method, "route": route,
                "status": self._status, "ms": round(took * 1000, 1)}  # fmt: skip
        diag.info("", extra=line)
