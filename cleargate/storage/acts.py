"""A changing act and the log entry that allowed it, in one transaction, once.

The log commits first, in a store of its own; so after a crash the gate meets entries whose act may
or may not have been done, and runs the act again. Each store that changes therefore holds a table
of the entries it has acted on: the second run finds the first one's result and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from ..model.errors import TicketRefused
from ..model.ticket import Ticket
from .engine import Connection, Store
from .times import text

TABLE: Final = """
CREATE TABLE acts (
  leaf INTEGER PRIMARY KEY, action TEXT NOT NULL, at TEXT NOT NULL, result TEXT NOT NULL
) STRICT
"""

T = TypeVar("T")


def once(
    store: Store,
    ticket: Ticket,
    action: str,
    at: datetime,
    result: type[T],
    act: Callable[[Connection], T],
) -> T:
    """Spend ``ticket`` and do ``act`` with its leaf, or give back what that leaf did before.

    Args:
        store: where.
        ticket: the right to do it.
        action: what is done; the ticket must be for it.
        at: when, UTC.
        result: the type that ``act`` returns; it is kept as JSON beside the leaf.
        act: the change, in the open transaction. It must not leave anything outside of it.

    Raises:
        TicketRefused: the ticket is for another action or was spent, or its leaf did something
            else before. Nothing was changed.
    """
    ticket.spend(action)
    with store.write() as conn:
        before = found(conn, ticket.leaf, action, result)
        if before is None:
            value = act(conn)
            record(conn, ticket.leaf, action, at, value)
            return value
    return before


def found(conn: Connection, leaf: int, action: str, result: type[T]) -> T | None:
    """What entry ``leaf`` did before, or None when it has done nothing.

    Raises:
        TicketRefused: it did something else.
    """
    done = conn.execute("SELECT action, result FROM acts WHERE leaf = ?", (leaf,)).fetchone()
    if done is None:
        return None
    if done[0] != action:
        raise TicketRefused(f"Entry {leaf} was used for {done[0]}; it allows nothing more.")
    return msgspec.json.decode(done[1], type=result)


def record(conn: Connection, leaf: int, action: str, at: datetime, value: object) -> None:
    """Write down, in the act's own transaction, that entry ``leaf`` did it, and its result."""
    conn.execute(
        "INSERT INTO acts (leaf, action, at, result) VALUES (?, ?, ?, ?)",
        (leaf, action, text(at), msgspec.json.encode(value).decode()),
    )
