"""What is reported in Marlow, how often, when and where: codes of the Illinois Uniform Crime Reports.

The codes are public; the shares are round numbers of the order that large cities report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DAY: Final = (4, 2, 2, 1, 1, 2, 3, 5, 7, 8, 9, 9, 11, 9, 9, 10, 10, 10, 9, 8, 7, 6, 5, 5)
EVENING: Final = (7, 5, 4, 3, 2, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 9, 8)
NIGHT: Final = (12, 10, 9, 8, 6, 4, 3, 3, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11, 11)
"""Weights of the 24 hours, from midnight."""

HOME: Final = ("APARTMENT", "RESIDENCE", "RESIDENCE - PORCH / HALLWAY", "RESIDENCE - YARD")
OUTSIDE: Final = ("STREET", "SIDEWALK", "ALLEY", "PARKING LOT", "GAS STATION", "PARK PROPERTY")
SHOP: Final = ("SMALL RETAIL STORE", "DEPARTMENT STORE", "GROCERY FOOD STORE", "DRUG STORE",
               "RESTAURANT", "BANK")  # fmt: skip
ROAD: Final = ("STREET", "PARKING LOT", "ALLEY", "VEHICLE NON-COMMERCIAL", "DRIVEWAY")
MIXED: Final = ("STREET", "APARTMENT", "SIDEWALK", "RESIDENCE", "BAR OR TAVERN", "SCHOOL",
                "COMMERCIAL / BUSINESS OFFICE")  # fmt: skip


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


_F, _M, _O = "FELONY", "MISDEMEANOR", "ORDINANCE"

OFFENSES: Final = tuple(
    Offense(*row)
    for row in (
        ("0110", "HOMICIDE", "FIRST DEGREE MURDER", "01A", 3, 0.40, 0.10, 1.0, _F, NIGHT, MIXED),
        ("0281", "CRIMINAL SEXUAL ASSAULT", "NON-AGGRAVATED", "02", 8, 0.05, 0.12, 1.0, _F, NIGHT, HOME),
        ("031A", "ROBBERY", "ARMED - HANDGUN", "03", 22, 0.06, 0.0, 1.0, _F, NIGHT, OUTSIDE),
        ("0320", "ROBBERY", "STRONG ARM - NO WEAPON", "03", 20, 0.10, 0.05, 1.0, _F, EVENING, OUTSIDE),
        ("041A", "BATTERY", "AGGRAVATED - HANDGUN", "04B", 12, 0.10, 0.03, 1.0, _F, NIGHT, OUTSIDE),
        ("0420", "BATTERY", "AGGRAVATED - KNIFE / CUTTING INSTRUMENT", "04B", 8, 0.20, 0.2, 1.0, _F, EVENING, MIXED),
        ("0460", "BATTERY", "SIMPLE", "08B", 120, 0.12, 0.04, 1.0, _M, EVENING, MIXED),
        ("0486", "BATTERY", "DOMESTIC BATTERY SIMPLE", "08B", 145, 0.18, 1.0, 1.0, _M, NIGHT, HOME),
        ("051A", "ASSAULT", "AGGRAVATED - HANDGUN", "04A", 34, 0.15, 0.3, 1.0, _F, EVENING, OUTSIDE),
        ("0560", "ASSAULT", "SIMPLE", "08A", 110, 0.08, 0.27, 1.0, _M, DAY, MIXED),
        ("0610", "BURGLARY", "FORCIBLE ENTRY", "05", 34, 0.07, 0.02, 0.9, _F, NIGHT, HOME + SHOP),
        ("0620", "BURGLARY", "UNLAWFUL ENTRY", "05", 22, 0.04, 0.03, 0.9, _F, DAY, HOME),
        ("0710", "THEFT", "THEFT FROM MOTOR VEHICLE", "06", 40, 0.01, 0.0, 0.9, _M, NIGHT, ROAD),
        ("0810", "THEFT", "OVER $500", "06", 125, 0.02, 0.06, 0.9, _F, DAY, MIXED),
        ("0820", "THEFT", "$500 AND UNDER", "06", 130, 0.03, 0.07, 0.9, _M, DAY, MIXED),
        ("0860", "THEFT", "RETAIL THEFT", "06", 100, 0.27, 0.0, 0.0, _M, DAY, SHOP),
        ("0890", "THEFT", "FROM BUILDING", "06", 34, 0.01, 0.02, 0.9, _M, DAY, HOME),
        ("0910", "MOTOR VEHICLE THEFT", "AUTOMOBILE", "07", 105, 0.04, 0.02, 0.95, _F, NIGHT, ROAD),
        ("1130", "DECEPTIVE PRACTICE", "FRAUD OR CONFIDENCE GAME", "11", 24, 0.02, 0.0, 0.9, _F, DAY, MIXED),
        ("1153", "DECEPTIVE PRACTICE", "FINANCIAL IDENTITY THEFT OVER $300", "11", 24, 0.01, 0.02, 1.0, _F, DAY, HOME),
        ("1310", "CRIMINAL DAMAGE", "TO PROPERTY", "14", 80, 0.06, 0.2, 0.8, _M, EVENING, HOME + SHOP),
        ("1320", "CRIMINAL DAMAGE", "TO VEHICLE", "14", 110, 0.02, 0.08, 0.9, _M, NIGHT, ROAD),
        ("1330", "CRIMINAL TRESPASS", "TO LAND", "26", 22, 0.40, 0.03, 0.1, _M, DAY, SHOP),
        ("143A", "WEAPONS VIOLATION", "UNLAWFUL POSSESSION - HANDGUN", "15", 36, 0.90, 0.0, 0.0, _F, NIGHT, OUTSIDE),
        ("1477", "WEAPONS VIOLATION", "RECKLESS FIREARM DISCHARGE", "15", 16, 0.02, 0.0, 0.1, _F, NIGHT, OUTSIDE),
        ("1811", "NARCOTICS", "POSSESS - CANNABIS 30 GRAMS OR LESS", "18", 5, 0.95, 0.0, 0.0, _M, EVENING, OUTSIDE),
        ("2024", "NARCOTICS", "POSSESS - HEROIN (WHITE)", "18", 10, 1.0, 0.0, 0.0, _F, EVENING, OUTSIDE),
        ("2820", "OTHER OFFENSE", "TELEPHONE THREAT", "08A", 22, 0.02, 0.37, 1.0, _M, DAY, HOME),
        ("3710", "INTERFERENCE WITH PUBLIC OFFICER", "RESIST / OBSTRUCT / DISARM OFFICER", "24", 5, 0.95, 0.0, 0.0, _M, EVENING, OUTSIDE),
        ("4387", "OTHER OFFENSE", "VIOLATE ORDER OF PROTECTION", "26", 20, 0.30, 0.9, 1.0, _M, EVENING, HOME),
        ("502R", "OTHER OFFENSE", "VEHICLE TITLE / REGISTRATION OFFENSE", "26", 8, 0.60, 0.0, 0.0, _O, DAY, ROAD),
    )
)  # fmt: skip
