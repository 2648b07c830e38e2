"""Reading the log: entries with what opens them, receipts, proofs, and tiles as they are served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from ..model.errors import BadUse
from ..model.leaf import Disclosure, SealedLeaf, open_disclosure, read
from ..model.receipt import Receipt
from ..storage.engine import Connection, Dialect
from .merkle import consistency_proof, inclusion_proof, leaf_hash
from .store import Log, entry_bytes, read_head, read_node
from .tiles import WIDTH, bundle, width

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAMED_AGENCIES: Final = ("requester_agency", "represented", "agency")

_ONE: Final = "SELECT bytes FROM entries WHERE idx = ?"
_OPENS: Final = "SELECT name, salt, value FROM disclosures WHERE idx = ? ORDER BY name"
_LISTED: Final = """
    SELECT idx, bytes FROM entries
    WHERE idx < ? AND at >= ?
      AND (? = '' OR ? LIKE '%,' || kind || ',%')
      AND (? = '' OR {} > 0)
    ORDER BY idx DESC
"""
_HOLDS: Final[dict[Dialect, str]] = {  # bytes have no function that both know
    "sqlite": "instr(bytes, ?)",
    "postgresql": "position(? IN bytes)",
}
_HASHES: Final = "SELECT hash FROM hashes WHERE level = ? AND idx BETWEEN ? AND ? ORDER BY idx"
_NOTES: Final = "SELECT number, note FROM succession ORDER BY number"
_ENTRIES: Final = "SELECT bytes FROM entries WHERE idx BETWEEN ? AND ? ORDER BY idx"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log, opened.

    Attributes:
        index: its place, from 0.
        leaf: what the log says in the clear.
        values: salted values by name, each checked against its digest.
        expunged: names of salted fields whose values were deleted.
    """

    index: int
    leaf: SealedLeaf
    values: dict[str, Any]
    expunged: frozenset[str]


def entry(log: Log, index: int) -> Entry:
    """One entry with its values.

    Raises:
        BadUse: there is no such entry.
        CheckFailed: the entry or a value was changed in the database.
    """
    with log.store.read() as conn:
        return _entry(conn, index, _raw(conn, index))


def raw(log: Log, index: int) -> bytes:
    """The canonical bytes of one entry: what its receipt is for.

    Raises:
        BadUse: there is no such entry.
        CheckFailed: it was changed in the database.
    """
    with log.store.read() as conn:
        return _raw(conn, index)


def entries(
    log: Log,
    *,
    kinds: Sequence[str] = (),
    agency: str = "",
    since: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Entries, newest first.

    Args:
        log: the log.
        kinds: only these kinds; all when empty.
        agency: only entries that name it as requester's, represented, or the agency concerned.
        since: only entries from this time on.
        before: only entries with a smaller index, for the next page.
        limit: how many at most.
    """
    found: list[Entry] = []
    with log.store.read() as conn:
        for index, raw in _listed(conn, kinds, agency, since, before):
            if len(found) == limit:
                break
            leaf = read(entry_bytes(raw))
            if not agency or agency in map(leaf.clear.get, _NAMED_AGENCIES):
                found.append(_entry(conn, index, raw))
    return found


def receipt(log: Log, index: int) -> Receipt:
    """A receipt for an entry, against the newest checkpoint.

    Raises:
        BadUse: there is no such entry.
    """
    with log.store.read() as conn:
        raw, head = _raw(conn, index), read_head(conn)
        proof = inclusion_proof(index, head.size, read_node(conn))
    return Receipt(index, leaf_hash(raw), head.checkpoint, proof, head.size, read(raw).in_force)


def consistency(log: Log, old: int) -> tuple[str, tuple[bytes, ...]]:
    """The newest checkpoint, and proof that it goes on from the log's first ``old`` entries.

    Raises:
        BadUse: the log never was that long.
    """
    with log.store.read() as conn:
        head = read_head(conn)
        if not 0 < old <= head.size:
            raise BadUse(f"Give a size from 1 to {head.size}, not {old}.")
        return head.checkpoint, consistency_proof(old, head.size, read_node(conn))


def hash_tile(log: Log, level: int, n: int, wide: int = WIDTH) -> bytes:
    """The hashes of a tile, ``wide`` × 32 bytes (C2SP tlog-tiles).

    Raises:
        BadUse: the log has no such tile.
    """
    with log.store.read() as conn:
        _check_tile(conn, level, n, wide)
        rows = conn.execute(_HASHES, (8 * level, n * WIDTH, n * WIDTH + wide - 1))
        return b"".join(row[0] for row in rows)


def entry_tile(log: Log, n: int, wide: int = WIDTH) -> bytes:
    """A bundle of ``wide`` entries (C2SP tlog-tiles).

    Raises:
        BadUse: the log has no such tile.
    """
    with log.store.read() as conn:
        _check_tile(conn, 0, n, wide)
        rows = conn.execute(_ENTRIES, (n * WIDTH, n * WIDTH + wide - 1))
        return bundle(entry_bytes(row[0]) for row in rows)


def key_notes(log: Log) -> Iterator[tuple[str, str]]:
    """The notes by which one key followed another, by number of four digits; 0000 is the log's
    predecessor.
    """
    with log.store.read() as conn:
        for number, note in conn.execute(_NOTES):
            yield f"{number:04}", note


def _listed(
    conn: Connection,
    kinds: Sequence[str],
    agency: str,
    since: datetime | None,
    before: int | None,
) -> Iterator[tuple[int, bytes]]:
    start = -(2**63) if since is None else (since - _EPOCH) // timedelta(microseconds=1)
    named = f",{','.join(kinds)}," if kinds else ""
    end = 2**63 - 1 if before is None else before
    # The text of the agency somewhere in the entry is a first sieve; the caller looks closely.
    text = msgspec.json.encode(agency)
    listed = _LISTED.format(_HOLDS[conn.dialect])
    return iter(conn.execute(listed, (end, start, named, named, agency, text)))


def _entry(conn: Connection, index: int, raw: bytes) -> Entry:
    leaf = read(raw)
    opens = [Disclosure(*row) for row in conn.execute(_OPENS, (index,))]
    values = {d.name: open_disclosure(leaf, d) for d in opens}
    return Entry(index, leaf, values, frozenset(leaf.sealed.keys() - values.keys()))


def _raw(conn: Connection, index: int) -> bytes:
    row = conn.execute(_ONE, (index,)).fetchone() if 0 <= index < 2**63 else None
    if row is None:
        size = read_head(conn).size
        span = f"its entries are 0 to {size - 1}" if size else "it has no entries yet"
        raise BadUse(f"The log has no entry {index}; {span}.")
    return entry_bytes(row[0])


def _check_tile(conn: Connection, level: int, n: int, wide: int) -> None:
    size = read_head(conn).size
    if not (0 <= level < 8 and 0 <= n < 2**50 and 0 < wide <= width(size, level, n)):
        raise BadUse(f"The log has no tile {n} of level {level} with {wide} hashes.")
