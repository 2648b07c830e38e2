"""Step 8 for reads of records: one page or the public table, and the entry of what was seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..model.ticket import Ticket
from ..records import cursor, search
from ..records import statistics as public
from .parts import Parts


@dataclass(frozen=True, slots=True)
class Seen:
    """What a read gives back, and what the log keeps of it.

    Attributes:
        keys_digest: SHA-256 over the keys of the rows, hex; it is salted in the log.
    """

    result: Mapping[str, Any]
    rows: int
    columns: tuple[str, ...]
    keys_digest: str


def rows(parts: Parts, ticket: Ticket, person: str) -> Seen:
    """One page of rows, each masked column named with its mask."""
    page = search.search(parts.records, ticket)
    bound = cursor.bound_to(person, ticket.request)
    sealed = cursor.seal(page.next_position, key=parts.cursor_key, random=parts.random, bound=bound)
    result = {
        "dataset": page.dataset,
        "columns": list(page.columns),
        "rows": [list(row) for row in page.rows],
        "masked": [{"column": c, "mask": m.removeprefix("see:")} for c, m in page.masked],
        "conditions_that_match_nothing": [f"{c.column} {c.op}" for c in page.void],
        "next": sealed,
        "notices": list(page.notices),
    }
    digest = hashlib.sha256("\x00".join(page.keys).encode()).hexdigest()
    return Seen(result, len(page.rows), page.columns, digest)


def table(parts: Parts, ticket: Ticket) -> Seen:
    """The one fixed public table."""
    made = public.publish(parts.records, ticket, threshold=parts.limits.statistics_below)
    result = {
        "title": made.title,
        "areas": list(made.areas),
        "months": list(made.months),
        "counts": [list(line) for line in made.counts],
        "threshold": made.threshold,
        "note": made.note,
        "notices": list(made.notices),
    }
    return Seen(result, made.cells, made.months, "")
