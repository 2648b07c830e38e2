"""Whether requests can be answered now: what the last ones met, and a probe that really tries.

The probe takes the log's write lock, puts bytes on its disk and reads law and agencies. It adds no
entry: who looks at a health page would otherwise write the log.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from ..gate.answer import Answer
from ..gate.gate import Gate
from ..log.read import entries
from ..log.store import read_head
from ..model.errors import (
    CheckFailed,
    CleargateError,
    FilterDisagrees,
    KeyUnusable,
    OutOfTime,
    Overloaded,
    PackError,
    StoreFull,
    StoreRolledBack,
    StoreVersion,
    Unavailable,
    VersionMoved,
)
from ..model.words import Outcome
from .metrics import Metrics
from .problems import answer_json

PROBE_BYTES: Final = 65_536
"""More than the pages of one request's entries."""

_AHEAD: Final = timedelta(seconds=5)  # clocks of two machines, and entries that were under way
_FRESH: Final = timedelta(seconds=2)
# These say nothing of the disks; what a quarantine stops is one filter.
_PASSING: Final = (FilterDisagrees, Overloaded, OutOfTime, VersionMoved)
_LASTING: Final = (CheckFailed, StoreRolledBack, StoreVersion, KeyUnusable)  # end with an append


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known: nothing wrong, or since when and why nothing is answered."""

    since: datetime | None = None
    fault: CleargateError | None = None


class Health:
    """What the last requests met. Threads may share it.

    Args:
        gate: whose log, law and agencies are looked at.
        metrics: count what is answered.
    """

    def __init__(self, gate: Gate, metrics: Metrics) -> None:
        self._gate, self.metrics = gate, metrics
        self._standing = Standing()
        self._probed: datetime | None = None
        self._one_probe = asyncio.Lock()

    def answered(self, answer: Answer) -> None:
        """A request was answered. Unless nothing could be decided, its entries are on the disk."""
        self.metrics.answered(answer)
        if answer.decision.outcome is not Outcome.UNAVAILABLE:
            self._well()

    def _well(self) -> None:
        if self._standing.fault is not None:
            self._standing = Standing()

    def met(self, fault: CleargateError) -> None:
        """A request met ``fault``."""
        if isinstance(fault, Unavailable | CheckFailed) and not isinstance(fault, _PASSING):
            since = self._standing.since or self._gate.parts.clock()
            self._standing = Standing(since, fault)

    async def now(self) -> Standing:
        """The standing, by a probe that is at most two seconds old; one runs at a time."""
        async with self._one_probe:
            at = self._gate.parts.clock()
            if self._probed is None or abs(at - self._probed) > _FRESH:
                self._probed = at
                self._learn(await asyncio.to_thread(probe, self._gate))
        return self._standing

    def _learn(self, fault: CleargateError | None) -> None:
        if fault is not None:
            self.met(fault)
        elif not isinstance(self._standing.fault, _LASTING):
            self._well()


def probe(gate: Gate) -> CleargateError | None:
    """What a request would meet now; None when it would be answered."""
    log = gate.parts.log
    try:
        log.signer  # noqa: B018 - says so when the log was opened without its key
        with log.store.write() as conn:
            head = read_head(conn)
        if head.size < log.seen[0]:
            raise StoreRolledBack(f"{log.store.name} was put back to an older state.")
        if log.guard_lags:
            log.guard.keep(head.checkpoint, head.size)
        if log.store.folder is not None:
            _room(log.store.folder)
        gate.cast()
        gate.law.book(head.versions.book)
    except PackError as fault:
        return Unavailable(f"The law in force cannot be read: {fault.sentence}")
    except CleargateError as fault:
        return fault
    return None


def clock(gate: Gate) -> str:
    """What is wrong with this machine's clock; empty when nothing is to be seen.

    Requests are answered all the same. But what is decided before the log's last entry could rest
    on law that is over, and stands in the log as earlier than it was.
    """
    last, now = entries(gate.parts.log, limit=1), gate.parts.clock()
    if not last or now >= last[0].leaf.at - _AHEAD:
        return ""
    return (
        f"The clock of this machine says {now:%Y-%m-%d %H:%M:%S} UTC, before the log's last entry "
        f"of {last[0].leaf.at:%Y-%m-%d %H:%M:%S}; set it right."
    )


def _room(folder: Path) -> None:
    """Put bytes on the disk, in a file without a name."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(bytes(PROBE_BYTES))
            os.fsync(file.fileno())
    except OSError as fault:
        raise StoreFull(f"{folder} cannot be written: {fault.strerror}.") from fault


def routes(health: Health, outside: Callable[[str], str]) -> list[HTTPRouteHandler]:
    """``/healthz``: 200 answering, or 503 with since when and why not."""

    @get("/healthz")
    async def healthz() -> Response[bytes]:
        standing = await health.now()
        if standing.fault is None:
            return answer_json(200, msgspec.json.encode({"status": "answering"}))
        said = {
            "status": "not answering",
            "since": standing.since,
            "code": standing.fault.code,
            "because": outside(standing.fault.sentence),
        }
        return answer_json(503, msgspec.json.encode(said))

    return [healthz]
