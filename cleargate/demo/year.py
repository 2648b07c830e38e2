"""One year in Marlow: incidents, one after another, with those who were in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from .offenses import OFFENSES, Offense
from .people import Flags, People, Person
from .places import (
    AREA_DEGREES,
    AREA_FEET,
    AREAS,
    DIRECTIONS,
    JAIL,
    LOCKUP,
    SOUTH_WEST,
    STREETS,
    Area,
)

# The county's wall clock, as its extracts write it.
BEGIN: Final = datetime(2025, 1, 1)  # noqa: DTZ001
DAYS: Final = 365

RELEASE_WEIGHTS: Final = (40, 30, 10, 12, 8)
RELEASES: Final = (
    "CONDITIONS SET BY COURT",
    "CITATION",
    "NO CHARGES",
    "TIME SERVED",
    "TRANSFERRED",
)
BYSTANDERS: Final = (("WITNESS", 0.22), ("REPORTER", 0.15))

Row = Sequence[object]
"""One row of an extract, in its header's order."""


@dataclass(frozen=True, slots=True)
class _Happening:
    """What several extracts say of one incident."""

    incident: str
    at: datetime
    updated: str
    offense: Offense
    area: Area
    arrested: bool
    domestic: bool
    flags: Flags


class Year:
    """A year of incidents, one after another."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.people = People(rng)
        self.incidents: list[Row] = []
        self.arrests: list[Row] = []
        self.involvements: list[Row] = []
        self._offense_weights = list(accumulate(o.weight for o in OFFENSES))
        self._area_weights = list(accumulate(a.weight for a in AREAS))

    def happen(self, number: int) -> None:
        """One incident, with those who were in it."""
        rng = self._rng
        offense = rng.choices(OFFENSES, cum_weights=self._offense_weights)[0]
        at = self._time(offense)
        case = _Happening(
            incident=str(20_000_001 + number),
            at=at,
            updated=self._later(at, 7 * 24, 60 * 24).isoformat(),
            offense=offense,
            area=rng.choices(AREAS, cum_weights=self._area_weights)[0],
            arrested=rng.random() < offense.arrest,
            domestic=rng.random() < offense.domestic,
            flags=self._flags(),
        )
        self.incidents.append(self._incident(case, f"ML{300_000 + number}"))
        here = self._victims(case)
        self._suspects(case, here)

    def _incident(self, case: _Happening, number: str) -> Row:
        rng, offense, area = self._rng, case.offense, case.area
        x, y, latitude, longitude, location = self._point(area)
        return (
            case.incident, number, f"{case.at.isoformat()}.000", self._block(), offense.iucr,
            offense.primary_type, offense.description,
            rng.choice(offense.places) if rng.random() > 0.005 else "",
            _truth(case.arrested), _truth(case.domestic),
            f"{area.district:02}{area.place[0] + 1:02}", f"{area.district:03}", area.ward,
            self._area_number(area), offense.fbi_code, x, y, case.at.year, f"{case.updated}.000",
            latitude, longitude, location, *case.flags,
        )  # fmt: skip

    def _victims(self, case: _Happening) -> set[str]:
        """Whom it happened to, who saw it, who told it; returns their ids."""
        rng, here = self._rng, set[str]()
        roles = [role for role, share in BYSTANDERS if rng.random() < share]
        if rng.random() < case.offense.victim:
            roles += ["VICTIM"] if rng.random() < 0.93 else ["VICTIM", "VICTIM"]
        for role in roles:
            person = self.people.someone(0.3, here)
            here.add(person.id)
            self._involve(case, role, person)
        return here

    def _suspects(self, case: _Happening, here: set[str]) -> None:
        rng = self._rng
        if case.arrested:
            person = self.people.someone(0.6, here)
            self._involve(case, "ARRESTEE", person)
            self._arrest(case, person)
        elif rng.random() < (0.8 if case.domestic else 0.12):
            self._involve(case, "SUSPECT", self.people.someone(0.35, here))

    def _involve(self, case: _Happening, role: str, person: Person) -> None:
        harmed = role in ("VICTIM", "WITNESS", "REPORTER")
        self.involvements.append(
            (
                f"V{500_001 + len(self.involvements)}", case.incident, role,
                "" if harmed else person.id, person.id if harmed else "",
                person.listed_name if harmed else "", case.updated,
                *_stricter(case.flags, person.flags),
            )
        )  # fmt: skip

    def _arrest(self, case: _Happening, person: Person) -> None:
        rng, offense = self._rng, case.offense
        arrested = self._later(case.at, 0, 36 if rng.random() < 0.7 else 40 * 24)
        booked = self._later(arrested, 1, 6)
        kept = rng.random() < 0.12
        released = "" if kept else self._later(booked, 2, 60).isoformat()
        felony = offense.charge_class == "FELONY"
        self.arrests.append(
            (
                f"A{700_001 + len(self.arrests)}", person.id, case.incident, arrested.isoformat(),
                f"{offense.primary_type} - {offense.description}", offense.charge_class,
                JAIL if felony or kept else LOCKUP, booked.isoformat(), released,
                "" if kept else rng.choices(RELEASES, RELEASE_WEIGHTS)[0], case.updated,
                *_stricter(case.flags, person.flags),
            )
        )  # fmt: skip

    def _time(self, offense: Offense) -> datetime:
        rng = self._rng
        day = rng.randrange(DAYS)
        # More happens in summer: every third winter day's draw is drawn again.
        if not 90 <= day < 300 and rng.random() < 0.33:
            day = rng.randrange(DAYS)
        hour = rng.choices(range(24), offense.hours)[0]
        minute = rng.randrange(60) if rng.random() < 0.6 else rng.choice((0, 0, 15, 30, 45))
        return BEGIN + timedelta(days=day, hours=hour, minutes=minute)

    def _later(self, at: datetime, least: int, most: int) -> datetime:
        """``at`` and a number of minutes between ``least`` and ``most`` hours."""
        return at + timedelta(minutes=self._rng.randrange(least * 60, most * 60))

    def _block(self) -> str:
        rng = self._rng
        return f"{rng.randrange(90):03}XX {rng.choice(DIRECTIONS)} {rng.choice(STREETS)}"

    def _area_number(self, area: Area) -> str:
        """As extracts write it: sometimes padded with a zero, sometimes not there."""
        chance = self._rng.random()
        return "" if chance < 0.004 else f"{area.number:02}" if chance < 0.1 else f"{area.number}"

    def _point(self, area: Area) -> tuple[str, str, str, str, str]:
        """X, y, latitude, longitude and both of these together; blank where no place is known."""
        rng = self._rng
        if rng.random() < 0.02:
            return ("",) * 5
        east, north = (
            place + step
            for place, step in zip(area.place, (rng.random(), rng.random()), strict=True)
        )
        latitude = f"{SOUTH_WEST[0] + north * AREA_DEGREES:.9f}"
        longitude = f"{SOUTH_WEST[1] + east * AREA_DEGREES:.9f}"
        x, y = (
            f"{1_000_000 + int(part * feet)}"
            for part, feet in zip((east, north), AREA_FEET, strict=True)
        )
        return (x, y, latitude, longitude, f"({latitude}, {longitude})")

    def _flags(self) -> Flags:
        chance = self._rng.random()
        if chance < 0.02:
            return ("no", "yes", "no")
        if chance < 0.024:
            return ("yes", "no", "no")
        if chance < 0.025:
            return ("no", "no", "yes")
        if chance < 0.028:
            return ("unknown", "unknown", "no")
        return ("no", "no", "no")


def _stricter(first: Flags, second: Flags) -> Flags:
    """Flags of a row that joins two: what is not open in either is not open in it."""
    sealed, juvenile, expunged = (
        max(pair, key=("no", "unknown", "yes").index) for pair in zip(first, second, strict=True)
    )
    return (sealed, juvenile, expunged)


def _truth(value: bool) -> str:
    return "true" if value else "false"
