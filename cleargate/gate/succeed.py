"""A log that follows another: its lost places are filled, and the act that declares what is lost.

Two have signed what is lost before anything here is done. The successor's log is where it is
decided and logged: the predecessor's takes no entry any more.
"""

from __future__ import annotations

from typing import Final

from ..log.append import append
from ..model.leaf import Leaf
from ..storage.engine import Store
from .parts import Parts

_BATCH: Final = 500
_NEWEST: Final = (
    ("agencies", "SELECT max(leaf) FROM acts"),
    ("evidence", "SELECT max(leaf) FROM acts"),
    ("records", "SELECT max(leaf) FROM acts"),
    ("custody", "SELECT max(leaf) FROM acts"),
    ("custody", "SELECT max(leaf) FROM duty"),
)


def fill(parts: Parts, size: int, origin: str) -> int:
    """Let the successor be as long as its predecessor was, so that no number names two entries.

    A store may know of entries that were signed after the last checkpoint that is known: they count
    too.

    Args:
        parts: over the successor's log.
        size: of the predecessor's last checkpoint.
        origin: the predecessor's name.

    Returns:
        How many places were filled, each with an entry that says so.
    """
    head = parts.log.head()
    known = (_newest(getattr(parts, store), query) + 1 for store, query in _NEWEST)
    missing = max(0, max(size, *known) - head.size)
    now = head.versions
    lost = Leaf("lost", parts.clock(), now.book, now.epoch, "job", {"origin": origin}, {})
    for begin in range(0, missing, _BATCH):
        append(parts.log, [lost] * min(_BATCH, missing - begin))
    return missing


def _newest(store: Store, query: str) -> int:
    with store.read() as conn:
        (leaf,) = conn.execute(query).fetchone()
    return -1 if leaf is None else int(leaf)
