"""The fields of custody's acts, turned into values or refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ..model.errors import FieldError
from ..model.fields import Fields
from ..model.words import Tri
from .dispositions import Disposition

BOOKING_ID: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")
_BORN: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

BOOK_FIELDS: Final = ("facility", "name", "born", "address", "phone", "immigration_status",
                      "charges", "booked_at", "release_scheduled", "release_public", "sentenced",
                      "secure", "housed_for_immigration", "victim_or_witness")  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewBooking:
    """Whom ``book`` takes in, where, and what is known of them then; empty texts are not known."""

    id: str
    facility: str
    name: str
    born: str
    address: str
    phone: str
    immigration_status: str
    charges: str
    booked_at: datetime | None
    release_scheduled: datetime | None
    release_public: Tri
    sentenced: Tri
    secure: Tri
    housed_for_immigration: Tri
    victim_or_witness: Tri


def booking(target: str, subject: Mapping[str, str]) -> NewBooking:
    """The booking that ``book`` describes; ``target`` is the jail's own number, or empty.

    Raises:
        FieldError: a field is missing, unknown or malformed.
    """
    if target and not BOOKING_ID.fullmatch(target):
        raise FieldError("target", f"'{target}' is not a booking number; write it like B-26-3318.")
    fields = Fields(subject, BOOK_FIELDS)
    return NewBooking(
        id=target,
        facility=fields.required("facility", longest=64),
        name=fields.required("name"),
        born=_day(fields, "born"),
        address=fields.text("address"),
        phone=fields.text("phone", longest=40),
        immigration_status=fields.text("immigration_status"),
        charges=fields.text("charges", longest=2000),
        booked_at=fields.time("booked_at"),
        release_scheduled=fields.time("release_scheduled"),
        release_public=fields.tri("release_public"),
        sentenced=fields.tri("sentenced"),
        secure=fields.tri("secure"),
        housed_for_immigration=fields.tri("housed_for_immigration"),
        victim_or_witness=fields.tri("victim_or_witness"),
    )


def lodging(subject: Mapping[str, str]) -> str:
    """The document that ``lodge`` replaces by the new one; empty when none."""
    return Fields(subject, ("supersedes",)).text("supersedes", longest=64)


def holding(subject: Mapping[str, str]) -> datetime | None:
    """When the person of ``hold`` would otherwise have been released; None for now."""
    return Fields(subject, ("otherwise_released",)).time("otherwise_released")


def withdrawal(subject: Mapping[str, str]) -> Disposition:
    """Why ``withdraw`` ends a document: the agency took it back, or it is about someone else."""
    either = (Disposition.WITHDRAWN, Disposition.NOT_THE_SAME_PERSON)
    fields = Fields(subject, ("disposition",))
    return Disposition(fields.choice("disposition", either, default=Disposition.WITHDRAWN))


def schedule(subject: Mapping[str, str]) -> tuple[datetime, Tri | None]:
    """When ``schedule-release`` sets the release, and whether that is public; None: as before."""
    fields = Fields(subject, ("release_scheduled", "release_public"))
    at = fields.time("release_scheduled")
    if at is None:
        raise FieldError("release_scheduled", "'release_scheduled' is missing; give it.")
    public = fields.tri("release_public") if subject.get("release_public", "").strip() else None
    return at, public


def nothing(subject: Mapping[str, str]) -> None:
    """For acts that have no further fields."""
    Fields(subject, ())


def _day(fields: Fields, name: str) -> str:
    value = fields.matching(name, _BORN, "1991-04-23")
    try:
        return value and date.fromisoformat(value).isoformat()
    except ValueError:
        raise FieldError(
            name, f"'{name}' is not a day of the calendar; write 1991-04-23."
        ) from None
