"""A once-only right to act, made from an opening decision and its receipt.

No store opens for anything else. What a ticket allows is fixed when it is made: the filter of a
read, the act of a change.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from .decision import Decision
from .errors import TicketRefused
from .receipt import Receipt
from .request import Condition, Request
from .terms import RowFilter


@dataclass(frozen=True, slots=True)
class Masked:
    """A column that a request names and law does not open in every row that is shown."""

    column: str
    mask: str
    rows: Literal["all", "some"]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a permitted read may see.

    Attributes:
        dataset: the data set.
        custodian: whose records.
        law: which rows, and which masks in each.
        today: the custodian's day, for rules that read how old a record is.
        columns: columns of the answer, in its order.
        masked: columns that the request names, closed in all rows or in some.
        where: the user's conditions; each holds only where the mask of its column is open.
        void: conditions on columns that are closed in all rows; they match nothing.
        sort: column, or empty for the key's order.
        after: the last key of the page before, from the opened cursor.
        limit: rows on this page.
        target: the one record that a ``read`` asks for.
        counted: whether the number of all rows shown, page after page, is asked for.
        facets: columns by whose values those rows are to be counted.
        facet_values: values of each that are told, at most.
    """

    dataset: str
    custodian: str
    law: RowFilter
    today: date
    columns: tuple[str, ...]
    masked: tuple[Masked, ...] = ()
    where: tuple[Condition, ...] = ()
    void: tuple[Condition, ...] = ()
    sort: str = ""
    after: tuple[object, ...] = ()
    limit: int = 50
    target: str | None = None
    counted: bool = False
    facets: tuple[str, ...] = ()
    facet_values: int = 50


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to do one act, once. Use ``Ticket.make``; spend it with ``spend``."""

    request: Request
    decision: Decision
    receipt: Receipt
    filter: Filter | None
    _spent: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.decision.outcome.opens:
            raise TicketRefused(f"A decision of {self.decision.outcome} makes no ticket.")
        if self.receipt.versions.book != self.decision.book:
            raise TicketRefused("The law moved after the decision; ask again.")

    @property
    def leaf(self) -> int:
        """Index of the decision's entry; acts are idempotent by it."""
        return self.receipt.index

    def spend(self, action: str) -> None:
        """Use the ticket up for ``action``.

        Raises:
            TicketRefused: it is for another action, or was spent.
        """
        if action != self.request.action:
            raise TicketRefused(f"This ticket is for {self.request.action}, not {action}.")
        if not self._spent.acquire(blocking=False):
            raise TicketRefused("This ticket was spent; a ticket works once.")
