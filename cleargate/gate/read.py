"""Step 8 for reads of records: one page or the public table, and the entry of what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..model.ticket import Filter, Ticket
from ..records import cursor, search
from ..records import statistics as public
from ..records.tally import Facet
from .explain_filter import closed_by
from .parts import Parts


@dataclass(frozen=True, slots=True)
class Seen:
    """What a read gives back, and what the log keeps of it.

    Attributes:
        columns: those that the law opens in some row.
        keys: of the rows; the log has their salted digest, and the values while they are kept: so
            that whoever received a record can be told when it is corrected or sealed.
        said: what the database took the law to be, to be decided again.
    """

    result: Mapping[str, Any]
    rows: int
    columns: tuple[str, ...]
    keys: tuple[str, ...] = ()
    said: tuple[search.Said, ...] = ()


def rows(parts: Parts, ticket: Ticket, person: str) -> Seen:
    """One page of rows. A masked cell is ``{"masked": mask}`` and nothing else ever is."""
    page = search.search(parts.records, ticket)
    bound = cursor.bound_to(person, ticket.request)
    key = parts.cursor_key()
    sealed = cursor.seal(page.next_position, key=key, random=parts.random, bound=bound)
    result = {
        **about(page, ticket.filter),
        "rows": [[_cell(value) for value in row] for row in page.rows],
        "count": page.count,
        "facets": [_facet(f, ticket.filter) for f in page.facets],
        "next": sealed,
    }
    return Seen(result, len(page.rows), shown(page), page.keys, page.said)


def about(page: search.Page, made: Filter | None) -> dict[str, Any]:
    """What goes with rows: which columns, and what law closed."""
    return {
        "dataset": page.dataset,
        "columns": list(page.columns),
        "masked": [
            {"column": m.column, "mask": m.mask.removeprefix("see:"), "rows": m.rows}
            for m in page.masked
        ],
        "conditions_that_match_nothing": [f"{c.column} {c.op}" for c in page.void],
        "only_where_open": _partly(made),
        "withheld": page.withheld,
        "notices": list(page.notices),
    }


def shown(page: search.Page) -> tuple[str, ...]:
    """The columns that law opens in some row."""
    closed = {m.column for m in page.masked if m.rows == "all"}
    named = dict.fromkeys((*page.columns, *(f.column for f in page.facets)))
    return tuple(c for c in named if c not in closed)


def _facet(facet: Facet, made: Filter | None) -> dict[str, Any]:
    """The numbers by one column; of a masked one, what closes it is cited."""
    said: dict[str, Any] = {
        "column": facet.column,
        "values": [list(each) for each in facet.values],
        "more": facet.more,
    }
    if facet.mask and made is not None:
        said["masked"] = facet.mask.removeprefix("see:")
        said["rows"] = next(m.rows for m in made.masked if m.column == facet.column)
        said["by"] = closed_by(facet.mask, made.law)
    return said


def _partly(made: Filter | None) -> list[str]:
    """Conditions and order that reach only the rows in which their column is open."""
    if made is None:
        return []
    some = {m.column for m in made.masked if m.rows == "some"}
    sort = made.sort.removeprefix("-")
    found = [f"{c.column} {c.op}" for c in made.where if c.column in some]
    found += [f"count by {name}" for name in made.facets if name in some]
    return [*found, f"sort by {sort}"] if sort in some else found


def _cell(value: object) -> object:
    if isinstance(value, search.Closed):
        return {"masked": value.mask.removeprefix("see:")}
    return value


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
    return Seen(result, made.cells, made.months)
