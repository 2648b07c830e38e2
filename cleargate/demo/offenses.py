"""What is reported in Marlow, how often, when and where (``offenses.csv``).

The codes are those of the Illinois Uniform Crime Reports, which are public; the shares are round
numbers of the order that large cities report.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

HOURS: Final = {
    "day": (4, 2, 2, 1, 1, 2, 3, 5, 7, 8, 9, 9, 11, 9, 9, 10, 10, 10, 9, 8, 7, 6, 5, 5),
    "evening": (7, 5, 4, 3, 2, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 9, 8),
    "night": (12, 10, 9, 8, 6, 4, 3, 3, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11, 11),
}
"""Weights of the 24 hours, from midnight."""

_HOME: Final = ("APARTMENT", "RESIDENCE", "RESIDENCE - PORCH / HALLWAY", "RESIDENCE - YARD")
_SHOP: Final = ("SMALL RETAIL STORE", "DEPARTMENT STORE", "GROCERY FOOD STORE", "DRUG STORE",
                "RESTAURANT", "BANK")  # fmt: skip
PLACES: Final = {
    "home": _HOME,
    "shop": _SHOP,
    "home shop": _HOME + _SHOP,
    "outside": ("STREET", "SIDEWALK", "ALLEY", "PARKING LOT", "GAS STATION", "PARK PROPERTY"),
    "road": ("STREET", "PARKING LOT", "ALLEY", "VEHICLE NON-COMMERCIAL", "DRIVEWAY"),
    "mixed": ("STREET", "APARTMENT", "SIDEWALK", "RESIDENCE", "BAR OR TAVERN", "SCHOOL",
              "COMMERCIAL / BUSINESS OFFICE"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offense:
    """One kind of incident.

    Attributes:
        weight: how often, against the others.
        arrest: share in which someone is arrested.
        domestic: share that is domestic.
        victim: share with a named victim.
    """

    iucr: str
    primary_type: str
    description: str
    fbi_code: str
    weight: int
    arrest: float
    domestic: float
    victim: float
    charge_class: str
    hours: tuple[int, ...]
    places: tuple[str, ...]


def _read(text: str) -> tuple[Offense, ...]:
    return tuple(
        Offense(
            iucr=row["iucr"],
            primary_type=row["primary_type"],
            description=row["description"],
            fbi_code=row["fbi_code"],
            weight=int(row["weight"]),
            arrest=float(row["arrest"]),
            domestic=float(row["domestic"]),
            victim=float(row["victim"]),
            charge_class=row["charge_class"],
            hours=HOURS[row["hours"]],
            places=PLACES[row["places"]],
        )
        for row in csv.DictReader(text.splitlines())
    )


OFFENSES: Final = _read(files(__package__).joinpath("offenses.csv").read_text("utf-8"))
