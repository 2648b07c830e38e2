"""One booking as a row, read in an open transaction, and whose law binds there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ..model.errors import FieldError, TicketRefused
from ..model.ticket import Ticket
from ..model.words import Tri
from ..storage.engine import Connection
from ..storage.times import optional_time, time

IN_CUSTODY: Final = "in custody"
RELEASED: Final = "released"
TRANSFERRED: Final = "transferred"

_COLUMNS: Final = (
    "SELECT b.id, b.facility, f.custodian, f.name, f.timezone, b.name, b.address, b.phone,"
    " b.immigration_status, b.booked_at, b.eligible_at, b.release_scheduled, b.release_public,"
    " b.sentenced, b.secure, b.housed_for_immigration, b.victim_or_witness, b.status, b.ended_at"
    " FROM booking b JOIN facility f ON f.id = b.facility WHERE b.id = ?"
)


@dataclass(frozen=True, slots=True)
class Booking:
    """A person in custody, or who was.

    Attributes:
        eligible_at: when they would otherwise have been released; every hold's clock starts there.
        ended_at: when they were released or transferred.
    """

    id: str
    facility: str
    custodian: str
    facility_name: str
    zone: ZoneInfo
    name: str
    address: str
    phone: str
    immigration_status: str
    booked_at: datetime
    eligible_at: datetime | None
    release_scheduled: datetime | None
    release_public: Tri
    sentenced: Tri
    secure: Tri
    housed_for_immigration: Tri
    victim_or_witness: Tri
    status: str
    ended_at: datetime | None


def find(conn: Connection, id: str) -> Booking | None:
    """The booking ``id``, or None."""
    row = conn.execute(_COLUMNS, (id,)).fetchone()
    if row is None:
        return None
    return Booking(
        id=row[0],
        facility=row[1],
        custodian=row[2],
        facility_name=row[3],
        zone=ZoneInfo(row[4]),
        name=row[5],
        address=row[6],
        phone=row[7],
        immigration_status=row[8],
        booked_at=time(row[9]),
        eligible_at=optional_time(row[10]),
        release_scheduled=optional_time(row[11]),
        release_public=Tri(row[12]),
        sentenced=Tri(row[13]),
        secure=Tri(row[14]),
        housed_for_immigration=Tri(row[15]),
        victim_or_witness=Tri(row[16]),
        status=row[17],
        ended_at=optional_time(row[18]),
    )


def get(conn: Connection, id: str) -> Booking:
    """The booking ``id``.

    Raises:
        FieldError: there is none.
    """
    found = find(conn, id)
    if found is None:
        raise FieldError("target", f"There is no booking '{id}'; look at its number again.")
    return found


def released_leaf(conn: Connection, id: str) -> int | None:
    """The log entry of a booking's release; None while there is none."""
    row = conn.execute("SELECT released_leaf FROM booking WHERE id = ?", (id,)).fetchone()
    return None if row is None else row[0]


def of_ticket(conn: Connection, ticket: Ticket) -> Booking:
    """The booking that a ticket's request names.

    Raises:
        FieldError: there is none.
        TicketRefused: it was decided by another custodian's law than that of the facility.
    """
    found = get(conn, ticket.request.target)
    if found.custodian != ticket.request.custodian:
        raise TicketRefused(
            f"{found.id} is in {found.custodian}'s custody, not {ticket.request.custodian}'s; "
            f"ask {found.custodian}."
        )
    return found


def kept_by_ticket(conn: Connection, ticket: Ticket) -> Booking:
    """``of_ticket``, still in custody.

    Raises:
        FieldError: there is no such booking, or the person has left.
        TicketRefused: as ``of_ticket``.
    """
    found = of_ticket(conn, ticket)
    if found.status != IN_CUSTODY:
        raise FieldError(
            "target", f"{found.id} was {found.status} at {found.ended_at:%Y-%m-%d %H:%MZ}."
        )
    return found
