"""What the jail itself knows of a booking, for decisions to turn on. Nothing here is an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model.request import FAR, CustodyFacts
from ..model.words import Tri
from ..storage.engine import Store
from ..storage.times import optional_time
from . import bookings, dispositions
from .dispositions import Disposition

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who answers for a booking, and where it is."""

    custodian: str
    facility: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Lodged:
    """A document that is lodged with a booking."""

    document: str
    kind: str
    agency: str
    served_at: datetime | None
    disposition: Disposition


def keeper(store: Store, booking: str) -> Keeper:
    """The custodian and facility of a booking.

    Raises:
        FieldError: there is no such booking.
    """
    with store.read() as conn:
        found = bookings.get(conn, booking)
    return Keeper(found.custodian, found.facility, found.zone.key)


def custody_facts(store: Store, booking: str, at: datetime) -> CustodyFacts:
    """The facts of a booking at ``at`` (UTC).

    Days to the release are rounded up, so that a window of law ("not earlier than 12 days before")
    never opens early.

    Raises:
        FieldError: there is no such booking.
    """
    with store.read() as conn:
        found = bookings.get(conn, booking)
    days = FAR
    if found.release_scheduled is not None:
        days = max(0, -((at - found.release_scheduled) // _DAY))
    return CustodyFacts(
        in_custody=Tri.YES if found.status == bookings.IN_CUSTODY else Tri.NO,
        sentenced=found.sentenced,
        secure=found.secure,
        release_public=found.release_public,
        housed_for_immigration=found.housed_for_immigration,
        victim_or_witness=found.victim_or_witness,
        days_to_release=days,
    )


def lodged(store: Store, booking: str) -> tuple[Lodged, ...]:
    """The documents lodged with a booking, the oldest first.

    Raises:
        FieldError: there is no such booking.
    """
    with store.read() as conn:
        bookings.get(conn, booking)
        rows = conn.execute(
            "SELECT document, kind, agency, served_at, disposition FROM lodged WHERE booking = ?"
            " ORDER BY lodged_at, document",
            (booking,),
        ).fetchall()
    return tuple(
        Lodged(row[0], row[1], row[2], optional_time(row[3]), dispositions.of(row[4]))
        for row in rows
    )
