"""The log as it is served, under the prefix ``/log`` (C2SP tlog-tiles): checkpoint and tiles, the
notes by which one key followed another, and what witnesses signed.

``cleargate log verify http://host/log`` reads these. Hashes are public. Entries are for auditors:
they say which agency asked what.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ..gate.gate import Gate
from ..log import read, tiles
from ..log.layout import COSIGNED
from ..log.publish import cosigned_files, newest, standings
from ..log.store import Log
from ..model.errors import BadUse, NotEntitled, NotFound
from . import incoming
from .pool import Pool
from .requests import VIA

T = TypeVar("T")

_FOR_EVER: Final = {"cache-control": "public, max-age=31536000, immutable"}
_TEXT: Final = "text/plain"
_BYTES: Final = "application/octet-stream"


def routes(gate: Gate, pool: Pool, cosigned: Path | None = None) -> list[HTTPRouteHandler]:
    """The routes of the log.

    Args:
        gate: whose log is served.
        pool: where the work is done.
        cosigned: the folder of what witnesses signed; None where nobody is asked.
    """
    log = gate.parts.log

    @get("/log/checkpoint")
    async def checkpoint() -> Response[bytes]:
        note = await pool.run(lambda: newest(log, cosigned))
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

    return [checkpoint, hash_tile, entry_tile, *_vouchers(log, pool, cosigned)]


def _vouchers(log: Log, pool: Pool, cosigned: Path | None) -> list[HTTPRouteHandler]:
    """What others than the newest key say of the log."""

    @get("/log/keys/{number:str}")
    async def key(number: FromPath[str]) -> Response[bytes]:
        notes = await pool.run(lambda: dict(read.key_notes(log)))
        if number not in notes:
            raise NotFound("There is no such note; one key follows another from keys/0001 on.")
        return Response(notes[number].encode(), media_type=_TEXT)

    @get("/log/cosigned/{witness:str}")
    async def cosigned_checkpoint(witness: FromPath[str]) -> Response[bytes]:
        notes = await pool.run(lambda: dict(cosigned_files(cosigned)) if cosigned else {})
        if (note := notes.get(f"{COSIGNED}{witness}")) is None:
            raise NotFound("No witness of that key id has signed a checkpoint of this log.")
        return Response(note, media_type=_TEXT)

    @get("/log/witnesses")
    async def witnesses() -> Response[bytes]:
        found = await pool.run(lambda: standings(cosigned) if cosigned else [])
        return Response(msgspec.json.encode(found), media_type="application/json")

    return [key, cosigned_checkpoint, witnesses]


def _or_nothing(work: Callable[[], T]) -> T:
    try:
        return work()
    except BadUse:
        raise _no_tile() from None


def _no_tile() -> NotFound:
    return NotFound("The log has no such tile; its checkpoint says how long it is.")
