"""Filters that answer nothing: database and law disagreed about a row. Only the gate imports this.

It holds for every process of the jurisdiction, and across restarts, until an administrator lifts
it: a change moves the counter that tells every process to look again before it answers. The alarm
in the log comes first; if a process dies between the two, the next search like it raises it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..model.errors import FieldError
from ..model.ticket import Ticket
from ..storage import acts
from ..storage.engine import Connection, Store
from ..storage.times import text, time
from . import parse
from .store import count_up

ACTION: Final = "records:lift-quarantine"


@dataclass(frozen=True, slots=True)
class Held:
    """A filter in quarantine.

    Attributes:
        filter: digest of the filter.
        alarm: the entry of the log that says why.
    """

    filter: str
    custodian: str
    alarm: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Lifted:
    """A filter that is used again."""

    filter: str
    alarm: int


def set_aside(store: Store, filter: str, custodian: str, alarm: int, at: datetime) -> None:
    """Answer nothing by ``filter`` from now on. It needs no ticket: it only stops answers."""
    with store.write() as conn:
        if not _held(conn, filter):
            conn.execute(
                "INSERT INTO quarantine (filter, custodian, alarm, at) VALUES (?, ?, ?, ?)",
                (filter, custodian, alarm, text(at)),
            )
            count_up(conn, "version")


def holds(store: Store, filter: str) -> bool:
    """Whether ``filter`` is in quarantine."""
    with store.read() as conn:
        return bool(_held(conn, filter))


def held(store: Store) -> tuple[Held, ...]:
    """Every filter in quarantine, the oldest first."""
    with store.read() as conn:
        return _held(conn)


def lift(store: Store, ticket: Ticket, at: datetime) -> Lifted:
    """Use a filter again. Each page is still decided again by Cedar.

    Raises:
        FieldError: it is not in quarantine, or another custodian's.
    """
    request = ticket.request
    alarm = parse.lifting(request.target, request.reason)

    def act(conn: Connection) -> Lifted:
        for one in _held(conn):
            if (one.alarm, one.custodian) == (alarm, request.custodian):
                conn.execute("DELETE FROM quarantine WHERE filter = ?", (one.filter,))
                count_up(conn, "version")
                return Lifted(one.filter, alarm)
        raise FieldError(
            "target", f"No filter of {request.custodian} is in quarantine by alarm {alarm}; "
            "'cleargate records quarantine DIR' lists them."
        )  # fmt: skip

    return acts.once(store, ticket, ACTION, at, Lifted, act)


def _held(conn: Connection, filter: str = "") -> tuple[Held, ...]:
    rows = conn.execute(
        "SELECT filter, custodian, alarm, at FROM quarantine WHERE ? IN ('', filter)"
        " ORDER BY alarm",
        (filter,),
    )
    return tuple(Held(f, custodian, alarm, time(at)) for f, custodian, alarm, at in rows)
