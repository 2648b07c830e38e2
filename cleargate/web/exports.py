"""Exports over HTTP: all of a permitted search as a file, logged before its first byte leaves.

The file is written here first, without a name, and streamed when its answer is in the log: a
reader that is slow keeps no worker and no store waiting.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from litestar import Response, post
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from ..gate.answer import Answer
from ..gate.export import to_file
from ..gate.gate import Gate
from ..model.errors import StoreFull
from ..model.request import Person
from ..records.sheets import SUFFIXES
from . import incoming
from .health import Health
from .incoming import AnyRequest, Limits
from .pool import Pool
from .problems import answer_json
from .requests import STATUS, VIA, encoded, fields_of, watched

_CHUNK: Final = 262_144
_OFFERED: Final = list(SUFFIXES.values())
_SUFFIX: Final = {kind: suffix for suffix, kind in SUFFIXES.items()}


class Exports:
    """Writes exports, each to an unnamed file.

    Args:
        gate: answers.
        health: what the last requests met.
        scratch: the folder whose disk they lie on; None for the system's own.
    """

    def __init__(self, gate: Gate, health: Health, scratch: Path | None) -> None:
        self._gate, self._health, self._scratch = gate, health, scratch

    def made(
        self, person: Person, raw: Mapping[str, Any], via: str, kind: str
    ) -> tuple[Answer, Response[Any] | None]:
        """The answer, and the file as a response where it opens."""
        try:
            file = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115 - closed when it is sent
        except OSError as fault:
            raise StoreFull(f"No export can be written: {fault.strerror}.") from fault
        try:
            answer = watched(
                self._health, lambda: to_file(self._gate, person, raw, via, file, kind)
            )
        except BaseException:
            file.close()
            raise
        if not answer.opens:
            file.close()
            return answer, None
        return answer, _stream(file, kind, answer)


def routes(
    gate: Gate, pool: Pool, exports: Exports, limits: Limits, outside: Callable[[str], str]
) -> list[HTTPRouteHandler]:
    """``/v1/exports``."""

    @post("/v1/exports", status_code=200)
    async def export(request: AnyRequest) -> Response[Any]:
        kind = request.accept.best_match(_OFFERED, default=_OFFERED[0])
        if request.headers.get("accept") and not request.accept.best_match(_OFFERED):
            raise HTTPException(status_code=406, detail=f"Accept {' or '.join(_OFFERED)}.")
        token, body = incoming.token(request), await incoming.body(request, limits)

        def work() -> Response[Any]:
            person = gate.authenticate(token, VIA)
            raw = fields_of(gate, person, body, exporting=True)
            answer, file = exports.made(person, raw, VIA, str(kind))
            if file is not None:
                return file
            return answer_json(STATUS[answer.decision.outcome], encoded(answer, outside))

        return await pool.run(work)

    return [export]


def _stream(file: IO[bytes], kind: str, answer: Answer) -> Response[Any]:
    size = file.seek(0, 2)
    name = f"{answer.request.dataset}-{answer.decided.index}{_SUFFIX[kind]}"
    headers = {
        "content-length": str(size),
        "content-disposition": f'attachment; filename="{name}"',
        "cleargate-leaf": str(answer.decided.index),
    }
    return Stream(_chunks(file), media_type=kind, headers=headers, status_code=200)


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
