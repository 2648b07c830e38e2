"""Appending to the log: the one way in, used by the gate only.

The order is what counts. Whoever has the sequencer row writes entries, hashes *and the signed
checkpoint* in one transaction, and nothing is released before it is committed. An entry that rests
on law or credentials no longer in force is rejected there, so that what stands after a cut-off's
entry was decided after it. Threads of one process are served in batches; processes take turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from ..model.errors import CheckFailed, CleargateError, StoreFull, StoreRolledBack, VersionMoved
from ..model.kinds import REJECTABLE
from ..model.leaf import Disclosure, Leaf, SealedLeaf, seal
from ..model.receipt import Receipt, Versions
from ..storage.engine import Connection
from .merkle import Edge, Node, inclusion_proof, leaf_hash
from .note import Checkpoint
from .store import Head, Log, read_head

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_ENTRY: Final = ("idx", "kind", "at", "bytes")
_DISCLOSURE: Final = ("idx", "name", "salt", "value")
_HASH: Final = ("level", "idx", "hash")
_SEQUENCER: Final = (
    "UPDATE sequencer SET size = ?, root = ?, edge = ?, book = ?, epoch = ?, checkpoint = ? "
    "WHERE one = 1"
)


@dataclass(slots=True, eq=False)
class _Work:
    """One caller's entries: all of them go in, one after another, or none does."""

    entries: list[tuple[SealedLeaf, tuple[Disclosure, ...]]]
    expect: Versions | None
    placed: list[tuple[int, bytes, Versions]] = field(default_factory=list)
    signed: _Signed | None = None
    fault: CleargateError | None = None


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a batch left behind once it was committed: enough to make each entry's receipt."""

    note: str
    size: int
    nodes: Mapping[Node, bytes]


@dataclass(slots=True)
class _Growth:
    """The tree as it grows by a batch, and the rows that are to be written."""

    edge: Edge
    versions: Versions
    nodes: dict[Node, bytes]
    entries: list[tuple[int, str, int, bytes]] = field(default_factory=list)
    disclosures: list[tuple[int, str, str, str]] = field(default_factory=list)
    hashes: list[tuple[int, int, bytes]] = field(default_factory=list)


def append(log: Log, leaves: Sequence[Leaf], *, expect: Versions | None = None) -> list[Receipt]:
    """Log entries and come back when they are on the disk.

    Args:
        log: opened with its key.
        leaves: what happened; all of them are logged, one after another, or none is.
        expect: reject them all unless these are the versions in force. Without it, only a
            ``decided`` or ``answered`` that rests on other versions is rejected; any other entry
            is logged, and names both.

    Returns:
        One receipt for each leaf.

    Raises:
        VersionMoved: law or credentials changed meanwhile; decide anew.
        FieldError: a leaf is not one of ``model.kinds``.
        Unavailable: nothing was logged; the sentence says why.
    """
    log.signer  # noqa: B018 - a log opened to be read says so before anyone waits
    work = _Work([seal(leaf, log.random) for leaf in leaves], expect)
    log.probe("before-lock")
    if leaves:
        log.line.join(work, partial(_serve, log))
    if work.fault is not None:
        raise work.fault
    return _receipts(work)


def _serve(log: Log, batch: list[_Work]) -> None:
    try:
        _commit(log, batch)
    except CleargateError as fault:
        for work in batch:
            work.fault = type(fault)(fault.sentence, **fault.details)


def _commit(log: Log, batch: list[_Work]) -> None:
    """The steps of an append; tests kill the process at each probe."""
    _catch_up(log)
    with log.store.write() as conn:
        log.probe("locked")
        head = take(log, conn)
        before = Edge.from_bytes(head.size, head.edge)
        growth = _Growth(before, head.versions, before.nodes())
        for work in batch:
            _place(work, growth)
        log.probe("checked")
        if not growth.entries:
            return
        conn.load("entries", _ENTRY, growth.entries)
        conn.load("disclosures", _DISCLOSURE, growth.disclosures)
        log.probe("entries-written")
        conn.load("hashes", _HASH, growth.hashes)
        log.probe("hashes-written")
        size, root, now = growth.edge.size, growth.edge.root(), growth.versions
        note = log.signer.sign(Checkpoint(log.origin, size, root).text)
        log.probe("signed")
        edge = growth.edge.to_bytes()
        conn.execute(_SEQUENCER, (size, root, edge, now.book, now.epoch, note))
        log.probe("before-commit")
    log.probe("committed")
    log.seen = (size, root)
    _keep_outside(log, note, size)
    log.probe("guard-written")
    # Left siblings of new leaves are peaks of the old tree and right ones are new, so that every
    # proof is made without reading the database: by the thread that waits for it, while this one
    # goes on with the next batch (made here, once for each caller, they took a fifth of the time).
    new = {(level, index): node for level, index, node in growth.hashes}
    signed = _Signed(note, size, growth.nodes | new)
    for work in batch:
        work.signed = signed
    log.probe("released")


def take(log: Log, conn: Connection) -> Head:
    """The sequencer row, once it is clear that it goes on from what this process knows."""
    head = read_head(conn)
    log.follow(conn, head)
    size, root = log.seen
    if head.size < size or (head.size == size and head.root != root):
        raise StoreRolledBack(
            f"{log.store.name} was put back to an older state while the log was open; restore its "
            "newest copy and start again."
        )
    if Edge.from_bytes(head.size, head.edge).root() != head.root:
        raise CheckFailed(
            f"{log.store.name} was changed by something else than this program; restore its newest "
            "copy."
        )
    if (head.size, head.root) != log.seen:  # another process appended: sign on only what was signed
        signed = Checkpoint.open(head.checkpoint, log.verifier)
        if (signed.size, signed.root) != (head.size, head.root):
            raise CheckFailed(
                f"{log.store.name} holds entries that were never signed; restore its newest copy."
            )
    return head


def _place(work: _Work, growth: _Growth) -> None:
    """Give a caller's entries their places, or the caller its fault."""
    try:
        fitting, now = _fit(work, growth.versions)
    except VersionMoved as fault:
        work.fault = fault
        return
    growth.versions = now
    for leaf, disclosures in fitting:
        index, digest = growth.edge.size, leaf_hash(leaf.raw)
        growth.entries.append((index, leaf.kind, (leaf.at - _EPOCH) // _MICROSECOND, leaf.raw))
        growth.disclosures += [(index, d.name, d.salt, d.value) for d in disclosures]
        growth.hashes += growth.edge.add(digest)
        work.placed.append((index, digest, leaf.in_force))


def _fit(
    work: _Work, now: Versions
) -> tuple[list[tuple[SealedLeaf, tuple[Disclosure, ...]]], Versions]:
    """The entries as they are to be written from ``now`` on, and the versions after them."""
    if work.expect is not None and work.expect != now:
        raise _moved(now)
    fitting = []
    for leaf, disclosures in work.entries:
        if leaf.under != now:
            if leaf.kind in REJECTABLE:
                raise _moved(now)
            leaf = leaf.stamped(now)
        fitting.append((leaf, disclosures))
        now = leaf.after(now)
    return fitting, now


def _moved(now: Versions) -> VersionMoved:
    return VersionMoved(
        "The law or the credentials changed after the decision; decide anew.",
        book=now.book,
        epoch=now.epoch,
    )


def _receipts(work: _Work) -> list[Receipt]:
    signed = work.signed
    if signed is None:
        return []

    def read(level: int, index: int) -> bytes:
        return signed.nodes[level, index]

    return [
        Receipt(
            index, digest, signed.note, inclusion_proof(index, signed.size, read), signed.size,
            versions,
        )
        for index, digest, versions in work.placed
    ]  # fmt: skip


def _keep_outside(log: Log, note: str, size: int) -> None:
    """Tell the guard. It may lag by one batch: the commit stands, and the next append is loud."""
    try:
        log.guard.keep(note, size)
        log.guard_lags = False
    except StoreFull:
        log.guard_lags = True


def _catch_up(log: Log) -> None:
    if log.guard_lags:
        head = log.head()
        log.guard.keep(head.checkpoint, head.size)
        log.guard_lags = False
