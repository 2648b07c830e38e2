"""Decisions of the past in the log's own order, with the facts that they pinned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..model.leaf import Disclosure, SealedLeaf, check_disclosure, read
from .store import Log

FACTS: Final = "facts"
_DECIDED: Final = """
    SELECT e.idx, e.bytes, d.salt, d.value
    FROM entries e LEFT JOIN disclosures d ON d.idx = e.idx AND d.name = ?
    WHERE e.idx >= ? AND e.idx < ? AND e.kind = 'decided'
    ORDER BY e.idx
"""


@dataclass(frozen=True, slots=True)
class PastDecision:
    """One ``decided`` entry.

    Attributes:
        facts: JSON text of what the decision read; None when the entry was expunged.
    """

    index: int
    leaf: SealedLeaf
    facts: str | None


def decisions(log: Log, first: int, stop: int) -> Iterator[PastDecision]:
    """The decisions among the entries from ``first`` up to ``stop``, oldest first.

    Raises:
        CheckFailed: an entry or its facts were changed in the database.
    """
    with log.store.read() as conn:
        for index, raw, salt, value in conn.execute(_DECIDED, (FACTS, first, stop)):
            leaf = read(raw)
            if salt is not None:
                check_disclosure(leaf, Disclosure(FACTS, salt, value))
            yield PastDecision(index, leaf, value)
