"""Marlow County: 25 areas of one city, five districts, its streets and its place on the map.

The map puts it into the middle of Lake Michigan, where nobody lives: no invented block can be taken
for a real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CITY: Final = "Marlow"
COUNTY: Final = "Marlow County"
SOUTH_WEST: Final = (43.20, -87.30)
"""Latitude and longitude of the city's corner."""
AREA_DEGREES: Final = 0.02
AREA_FEET: Final = (5320, 7290)
"""About how wide and high an area is: feet east and north for ``AREA_DEGREES``."""
GRID: Final = 5


@dataclass(frozen=True, slots=True)
class Area:
    """One community area.

    Attributes:
        number: from 1, west to east and south to north.
        weight: how much happens there, against the others.
    """

    number: int
    name: str
    weight: int

    @property
    def place(self) -> tuple[int, int]:
        """Column and row on the grid, from the south-west corner."""
        row, column = divmod(self.number - 1, GRID)
        return column, row

    @property
    def district(self) -> int:
        return self.place[1] + 1

    @property
    def ward(self) -> int:
        return (self.number - 1) // 3 + 1


AREAS: Final = tuple(
    Area(number, name, weight)
    for number, (name, weight) in enumerate(
        (
            ("Southgate", 30), ("Old Mill", 55), ("Cooper's Yard", 70), ("Tannery", 60),
            ("East Quay", 45), ("Brickfields", 80), ("Market Cross", 120), ("Court Square", 150),
            ("Harbor Row", 110), ("Lantern Point", 50), ("Weaver's End", 90), ("St. Odile", 75),
            ("Union Depot", 140), ("College Green", 85), ("Gasworks", 65), ("Linden Park", 40),
            ("Northbridge", 70), ("Fairground", 95), ("Kilns", 60), ("Shipley Basin", 35),
            ("Orchard Hill", 15), ("Reservoir", 12), ("Upper Marlow", 25), ("Ferry Landing", 30),
            ("Heron Marsh", 6),
        ),
        start=1,
    )
)  # fmt: skip

STREETS: Final = (
    "ALDER ST", "ANVIL ST", "BASIN AVE", "BEACON ST", "BIRCH AVE", "BREWERY ST",
    "CANAL AVE", "CHANDLER ST", "CHAPEL AVE", "CINDER ST", "COPPER AVE", "CORDWAINER ST",
    "CRANE AVE", "DRAY ST", "ELDER AVE", "FOUNDRY ST", "GRANARY AVE", "HAWTHORN ST",
    "HEARTH AVE", "HERON ST", "JUNIPER AVE", "KEEL ST", "LAMPLIGHT AVE", "LARCH ST",
    "LOCK AVE", "MALT ST", "MERIDIAN AVE", "MILLRACE ST", "OSIER AVE", "OSPREY ST",
    "PACKET AVE", "PLOVER ST", "QUARRY AVE", "QUAY ST", "ROPEWALK AVE", "ROWAN ST",
    "SADDLER AVE", "SAWMILL ST", "SEXTON AVE", "SLATE ST", "SPINDLE AVE", "STAVE ST",
    "TALLOW AVE", "THIMBLE ST", "TIMBER AVE", "TURNSTILE ST", "VALE AVE", "WHARF ST",
    "WILLOW AVE", "YARROW ST",
)  # fmt: skip
DIRECTIONS: Final = ("N", "S", "E", "W")

JAIL: Final = "MARLOW COUNTY JAIL"
LOCKUP: Final = "MARLOW POLICE LOCKUP"
