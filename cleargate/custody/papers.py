"""Rows of the papers lodged with a booking, what became of them, and the duties that arose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..model.decision import Decision
from ..model.errors import FieldError
from ..model.ticket import Ticket
from ..model.words import Outcome
from ..storage.engine import Connection
from ..storage.times import optional, text
from . import limits
from .bookings import Booking
from .dispositions import ENDS_THE_PAPER, Disposition, of


def disposition(conn: Connection, booking: str, document: str) -> Disposition | None:
    """What became of a document that is lodged with a booking; None when it is not lodged."""
    row = conn.execute(
        "SELECT disposition FROM lodged WHERE document = ? AND booking = ?", (document, booking)
    ).fetchone()
    return None if row is None else of(row[0])


def must_be_lodged(conn: Connection, booking: str, documents: Iterable[str]) -> None:
    """Refuse a document that is not lodged with the booking.

    Raises:
        FieldError: one is not.
    """
    for document in documents:
        if disposition(conn, booking, document) is None:
            raise FieldError("basis", f"{document} is not lodged with {booking}; lodge it first.")


def must_still_ask(conn: Connection, booking: str, document: str) -> None:
    """Refuse a document that was taken back. One that was declined or ran out is decided anew.

    Raises:
        FieldError: it asks for nothing any more.
    """
    found = disposition(conn, booking, document)
    if found in ENDS_THE_PAPER:
        raise FieldError("basis", f"{document} is {found}; nobody is held on it.")


def lodge(conn: Connection, ticket: Ticket, document: str, at: datetime) -> None:
    """Put a document with the ticket's booking; one that is there stays as it is."""
    kinds = {d.document: d.kind for d in ticket.decision.documents}
    conn.execute(
        "INSERT INTO lodged (document, booking, kind, agency, lodged_at, leaf)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (document, booking) DO NOTHING",
        (
            document,
            ticket.request.target,
            kinds.get(document, ""),
            ticket.request.represented,
            text(at),
            ticket.leaf,
        ),
    )


def dispose(
    conn: Connection,
    booking: str,
    documents: Iterable[str],
    became: Disposition,
    at: datetime,
) -> None:
    """Say what became of documents; ``none recorded`` opens them again."""
    blank = became is Disposition.NONE_RECORDED
    conn.executemany(
        "UPDATE lodged SET disposition = ?, disposed_at = ?, rules = ''"
        " WHERE document = ? AND booking = ?",
        [
            ("" if blank else became, None if blank else text(at), document, booking)
            for document in documents
        ],
    )


def decline(conn: Connection, booking: str, leaf: int, decision: Decision, at: datetime) -> None:
    """Mark the papers that law did not let hold anyone, with the rules; a conflict declines none.

    An older decision, run again, does not undo a newer one.
    """
    conn.executemany(
        "UPDATE lodged SET disposition = ?, disposed_at = ?, rules = ?, leaf = ?"
        " WHERE document = ? AND booking = ? AND leaf < ? AND disposition NOT IN (?, ?, ?, ?)",
        [
            (
                Disposition.DECLINED,
                text(at),
                ", ".join(rule.id for rule in doc.deciding),
                leaf,
                doc.document,
                booking,
                leaf,
                *ENDS_THE_PAPER,
            )
            for doc in decision.documents
            if doc.outcome in (Outcome.REFUSE, Outcome.NO_AUTHORITY)
        ],
    )


def owed(conn: Connection, booking: str, leaf: int) -> frozenset[str]:
    """The rules by which something was owed for a booking, whether done or not.

    Args:
        leaf: an entry whose own duties do not count.
    """
    rules = conn.execute("SELECT rule FROM duty WHERE booking = ? AND leaf <> ?", (booking, leaf))
    return frozenset(rule for (rule,) in rules)


def owe(conn: Connection, leaf: int, decision: Decision, booking: Booking, at: datetime) -> None:
    """Write down the duties of a decision; of one entry, each once."""
    conn.executemany(
        "INSERT INTO duty (booking, name, owed_to, within, arose_at, due_at, rule, leaf)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (leaf, booking, rule) DO NOTHING",
        [
            (
                booking.id,
                duty.name,
                duty.to,
                duty.within,
                text(at),
                optional(limits.due(duty.within, at, booking.zone)),
                duty.rule.id,
                leaf,
            )
            for duty in decision.duties
        ],
    )
