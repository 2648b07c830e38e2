"""The log as it is served: checkpoint and tiles, under the prefix ``/log`` (C2SP tlog-tiles).

``cleargate log verify http://host/log`` reads these. Hashes are public. Entries are for auditors:
they say which agency asked what.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ..gate.gate import Gate
from ..log import read, tiles
from ..model.errors import BadUse, NotEntitled, NotFound
from . import incoming
from .pool import Pool
from .requests import VIA

T = TypeVar("T")

_FOR_EVER: Final = {"cache-control": "public, max-age=31536000, immutable"}
_TEXT: Final = "text/plain"
_BYTES: Final = "application/octet-stream"


def routes(gate: Gate, pool: Pool) -> list[HTTPRouteHandler]:
    """The routes of the log."""
    log = gate.parts.log

    @get("/log/checkpoint")
    async def checkpoint() -> Response[bytes]:
        note = await pool.run(log.checkpoint)
        return Response(note.encode(), media_type=_TEXT)

    @get("/log/tile/{level:str}/{n:path}")
    async def hash_tile(level: FromPath[str], n: FromPath[str]) -> Response[bytes]:
        found = tiles.parse(f"tile/{level}{n}")
        if found is None or found[0] is None:
            raise _no_tile()
        where = (found[0], found[1], found[2])
        data = await pool.run(lambda: _or_nothing(lambda: read.hash_tile(log, *where)))
        return Response(data, media_type=_BYTES, headers=_FOR_EVER)

    @get("/log/tile/entries/{n:path}")
    async def entry_tile(request: Request[Any, Any, Any], n: FromPath[str]) -> Response[bytes]:
        token, found = incoming.token(request), tiles.parse(f"tile/entries{n}")

        def work() -> bytes:
            if gate.authenticate(token, VIA).role != "auditor":
                raise NotEntitled("Entries are for auditors; checkpoint and hashes are public.")
            if found is None:
                raise _no_tile()
            return _or_nothing(lambda: read.entry_tile(log, found[1], found[2]))

        return Response(await pool.run(work), media_type=_BYTES)

    return [checkpoint, hash_tile, entry_tile]


def _or_nothing(work: Callable[[], T]) -> T:
    try:
        return work()
    except BadUse:
        raise _no_tile() from None


def _no_tile() -> NotFound:
    return NotFound("The log has no such tile; its checkpoint says how long it is.")
