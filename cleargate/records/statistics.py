"""The one public table of record statistics: incidents by community area and month.

Only the gate imports this module; a ticket for ``statistics`` publishes the table once. SQL counts;
here, small counts are replaced before anything leaves.

What is protected: a count below the threshold, zero included, is not published, and neither is any
sum over rows or columns from which it could be found. There is one table and no other, so no second
table shares a margin with it. Rows that are sealed, a juvenile's or expunged, or not known to be
neither, are not counted at all, and an area or month that has only such rows does not appear.

What is not protected: two editions of the table, before and after an import, tell how a published
count moved; a total that somebody else publishes may give a hidden count away; and where the law
lets the public search incidents, whoever pages through them can count them. The counts are of
incidents at block level, without persons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from ..model.errors import FieldError
from ..model.ticket import Ticket
from ..model.words import Tri
from ..storage.engine import Store
from .catalogue import FLAGS
from .facts import notices
from .store import run, tables

ACTION: Final = "statistics"
DATASET: Final = "incident"
THRESHOLD: Final = 10
"""Counts below it are not shown."""

_MONTH: Final[tuple[sa.ColumnClause[int], ...]] = (sa.literal_column("1"), sa.literal_column("7"))
"""The characters of ``2024-09``, in the text: PostgreSQL counts none by a 64-bit number."""


@dataclass(frozen=True, slots=True)
class Table:
    """A fixed table of counts.

    Attributes:
        areas: of the lines.
        months: of the columns, as ``2024-09``.
        counts: a line for each area; None where fewer than ``threshold`` were counted.
        note: what a reader must know of the hidden counts.
    """

    title: str
    areas: tuple[int, ...]
    months: tuple[str, ...]
    counts: tuple[tuple[int | None, ...], ...]
    threshold: int
    note: str
    notices: tuple[str, ...] = ()

    @property
    def cells(self) -> int:
        return len(self.areas) * len(self.months)


def publish(store: Store, ticket: Ticket, *, threshold: int = THRESHOLD) -> Table:
    """The table of the ticket's custodian.

    Raises:
        FieldError: the request names a data set that has no public table.
        TicketRefused: the ticket is for another action, or was spent.
    """
    request = ticket.request
    if request.action == ACTION and request.dataset != DATASET:
        raise FieldError(
            "dataset", f"There is no public table of '{request.dataset}'; ask for {DATASET}."
        )
    ticket.spend(ACTION)
    with store.read() as conn:
        found = {(a, m): n for a, m, n in run(conn, _counting(request.custodian))}
        notice = notices(conn, request.custodian, DATASET)
    areas = tuple(sorted({area for area, _ in found}))
    months = tuple(sorted({month for _, month in found}))
    return Table(
        title="Reported incidents by community area and month",
        areas=areas,
        months=months,
        counts=tuple(
            tuple(_shown(found.get((area, month), 0), threshold) for month in months)
            for area in areas
        ),
        threshold=threshold,
        note=(
            f"Counts below {threshold}, zero included, are shown as 'fewer than {threshold}'. No "
            f"totals are given, since they would tell what was hidden. Incidents without a "
            f"community area are not counted."
        ),
        notices=notice,
    )


def _counting(custodian: str) -> sa.Select[tuple[int, str, int]]:
    table = tables()[DATASET]
    area, month = table.c.community_area, sa.func.substr(table.c.occurred_at, *_MONTH)
    return (
        sa.select(area, month, sa.func.count())
        .where(
            table.c.custodian == custodian,
            area.is_not(None),
            *(table.c[flag] == Tri.NO.value for flag in FLAGS),
        )
        .group_by(area, month)
    )


def _shown(number: int, threshold: int) -> int | None:
    return number if number >= threshold else None
