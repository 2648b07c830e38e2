"""Answers about one person in custody. Only the gate imports this; each answer takes a ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ..model.errors import TicketRefused
from ..model.ticket import Ticket
from ..storage.engine import Store
from ..storage.times import optional
from . import bookings
from .bookings import Booking

Answer = dict[str, str | None]


def answer(store: Store, ticket: Ticket) -> Answer:
    """What the ticket's action asks about its booking, and nothing beside it.

    Times are UTC text; None, or an empty text, where nothing is recorded.

    Raises:
        FieldError: there is no such booking.
        TicketRefused: the action reads nothing here, the ticket was spent, or the booking is in
            another custodian's custody.
    """
    read = _READERS.get(ticket.request.action)
    if read is None:
        raise TicketRefused(f"{ticket.request.action} is not a question about a booking.")
    ticket.spend(ticket.request.action)
    with store.read() as conn:
        booking = bookings.of_ticket(conn, ticket)
    return {"booking": booking.id, **read(booking)}


def _release_date(booking: Booking) -> Answer:
    left = booking.ended_at if booking.status == bookings.RELEASED else None
    return {
        "release_scheduled": optional(booking.release_scheduled),
        "released_at": optional(left),
    }


def _custody_status(booking: Booking) -> Answer:
    return {
        "status": booking.status,
        "facility": booking.facility_name,
        "booked_at": optional(booking.booked_at),
        "ended_at": optional(booking.ended_at),
    }


def _contact_info(booking: Booking) -> Answer:
    return {"address": booking.address, "phone": booking.phone}


def _immigration_status(booking: Booking) -> Answer:
    return {"immigration_status": booking.immigration_status}


_READERS: Final[Mapping[str, Callable[[Booking], Answer]]] = {
    "release_date": _release_date,
    "custody_status": _custody_status,
    "contact_info": _contact_info,
    "immigration_status": _immigration_status,
}
