"""Who is in custody, on which papers, until when, and what is due. Only the gate imports this."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ..storage.engine import Connection, Store
from ..storage.times import optional_time, time
from . import dispositions
from .bookings import IN_CUSTODY
from .held import Due, Held, Hold, Incident, Paper

_BOOKINGS: Final = (
    "SELECT b.id, f.name, f.timezone, b.name, b.born, b.charges, b.booked_at, b.eligible_at,"
    " b.release_scheduled, b.status, b.ended_at"
    " FROM booking b JOIN facility f ON f.id = b.facility WHERE f.custodian = ?"
)
_HOLDS: Final = (
    "SELECT h.booking, h.document, h.from_at, h.until_at, h.limit_text, h.rule, h.cite, h.leaf,"
    " h.ended_at, h.ended_how FROM hold h JOIN booking b ON b.id = h.booking"
    " JOIN facility f ON f.id = b.facility WHERE f.custodian = ?"
)
_LODGED: Final = (
    "SELECT l.booking, l.document, l.kind, l.agency, l.lodged_at, l.served_at, l.disposition,"
    " l.disposed_at, l.rules, l.leaf FROM lodged l JOIN booking b ON b.id = l.booking"
    " JOIN facility f ON f.id = b.facility WHERE f.custodian = ?"
)
_DUTIES: Final = (
    "SELECT d.booking, d.name, d.owed_to, d.within, d.arose_at, d.due_at, d.done_at, d.rule,"
    " d.leaf FROM duty d JOIN booking b ON b.id = d.booking"
    " JOIN facility f ON f.id = b.facility WHERE f.custodian = ?"
)
_INCIDENTS: Final = (
    "SELECT i.booking, i.what, i.since, i.rule, i.leaf FROM incident i"
    " JOIN booking b ON b.id = i.booking JOIN facility f ON f.id = b.facility"
    " WHERE f.custodian = ? AND i.closed_at IS NULL"
)


def in_custody(store: Store, custodian: str) -> list[Held]:
    """Everyone in the custody of ``custodian``, the longest first."""
    with store.read() as conn:
        rows = conn.execute(
            _BOOKINGS + " AND b.status = ? ORDER BY b.booked_at, b.id", (custodian, IN_CUSTODY)
        )
        found = {row[0]: _held(row) for row in rows}
        _hang_on(conn, found, " AND b.status = ?", (custodian, IN_CUSTODY))
    return list(found.values())


def one(store: Store, custodian: str, booking: str) -> Held | None:
    """The booking ``booking``, if it is or was in the custody of ``custodian``."""
    with store.read() as conn:
        rows = conn.execute(_BOOKINGS + " AND b.id = ?", (custodian, booking))
        found = {row[0]: _held(row) for row in rows}
        _hang_on(conn, found, " AND b.id = ?", (custodian, booking))
    return found.get(booking)


def facilities(store: Store, custodian: str) -> dict[str, str]:
    """Where ``custodian`` holds people: id → name."""
    with store.read() as conn:
        rows = conn.execute(
            "SELECT id, name FROM facility WHERE custodian = ? ORDER BY name, id", (custodian,)
        ).fetchall()
    return {row[0]: row[1] for row in rows}


def _hang_on(conn: Connection, found: dict[str, Held], which: str, given: Iterable[Any]) -> None:
    given = tuple(given)
    for b, document, since, until, limit, rule, cite, leaf, ended, how in conn.execute(
        _HOLDS + which + " ORDER BY h.from_at", given
    ):
        hold = Hold(document, time(since), optional_time(until), limit, rule, cite, leaf,
                    optional_time(ended), how)  # fmt: skip
        found[b].holds.append(hold)
    for b, document, kind, agency, at, served, became, then, rules, leaf in conn.execute(
        _LODGED + which + " ORDER BY l.lodged_at", given
    ):
        paper = Paper(document, kind, agency, time(at), optional_time(served),
                      dispositions.of(became), optional_time(then), rules, leaf)  # fmt: skip
        found[b].papers.append(paper)
    for b, name, to, within, arose, due, done, rule, leaf in conn.execute(
        _DUTIES + which + " ORDER BY d.arose_at", given
    ):
        duty = Due(name, to, within, time(arose), optional_time(due), optional_time(done), rule,
                   leaf)  # fmt: skip
        found[b].duties.append(duty)
    for b, what, since, rule, leaf in conn.execute(_INCIDENTS + which, given):
        found[b].incidents.append(Incident(what, time(since), rule, leaf))


def _held(row: Any) -> Held:
    return Held(row[0], row[1], row[2], row[3], row[4], row[5], time(row[6]),
                optional_time(row[7]), optional_time(row[8]), row[9],
                optional_time(row[10]))  # fmt: skip
