"""Forgetting by a court's order: values and salts go, and the tree and all its proofs stay.

An entry holds of each value only a salted digest, which stays as it was signed. Without the salt,
128 random bits, nobody can find out by trying what the value was (RFC 9901, 9.3). So what must go
is the row that opens the digest, in the database and in what lies around it on the disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..model.ticket import Ticket
from ..storage.acts import once
from ..storage.engine import Connection
from .order import Order, check_in
from .scrub import remember_to_scrub, scrub
from .store import Log

_ACTION: Final = "log:expunge"
_COUNT: Final = "SELECT count(*) FROM disclosures WHERE idx = ?"


@dataclass(frozen=True, slots=True)
class Expunged:
    """What was forgotten.

    Attributes:
        count: how many values are gone now that were there before.
        traces_gone: nothing of them is left in the database's files either; False where another
            process was reading meanwhile: the next start of any command tries again.
    """

    order: Order
    count: int
    traces_gone: bool = False


def expunge(log: Log, ticket: Ticket, order: Order, at: datetime) -> Expunged:
    """Delete the values and salts of the entries that the order names, once.

    Raises:
        FieldError: the log has no such entry.
        TicketRefused: the ticket is for another action, or was spent.
    """
    remember_to_scrub(log)
    gone = once(log.store, ticket, _ACTION, at, Expunged, lambda conn: _delete(conn, order))
    log.probe("values-deleted")
    return Expunged(gone.order, gone.count, scrub(log))


def _delete(conn: Connection, order: Order) -> Expunged:
    check_in(conn, order)
    count = 0
    for index in order.entries:
        (before,) = conn.execute(_COUNT, (index,)).fetchone()
        if not order.fields:
            conn.execute("DELETE FROM disclosures WHERE idx = ?", (index,))
        for name in order.fields:
            conn.execute("DELETE FROM disclosures WHERE idx = ? AND name = ?", (index, name))
        (after,) = conn.execute(_COUNT, (index,)).fetchone()
        count += before - after
    return Expunged(order, count)
