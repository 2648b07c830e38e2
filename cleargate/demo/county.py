"""The invented county's records, as extract files: the same files for the same seed, always.

Incidents have the columns of Chicago's CLEAR extract, with three flags behind them; persons, arrests
and involvements have the catalogue's. They are imported by the importer that real extracts use. A
few rows are sealed, juveniles' or unknown, and a few values are missing, as in real extracts.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Final

from . import names, places
from .offenses import OFFENSES, Offense
from .places import AREAS, Area

BEGIN: Final = datetime(2025, 1, 1)  # noqa: DTZ001 — the county's wall clock, as its extracts write it
DAYS: Final = 365
ADULT_BORN_BEFORE: Final = "2008-01-01"

FLAGS: Final = ("sealed", "juvenile", "expunged")
INCIDENT_HEADER: Final = (
    "ID", "Case Number", "Date", "Block", "IUCR", "Primary Type", "Description",
    "Location Description", "Arrest", "Domestic", "Beat", "District", "Ward", "Community Area",
    "FBI Code", "X Coordinate", "Y Coordinate", "Year", "Updated On", "Latitude", "Longitude",
    "Location", "Sealed", "Juvenile", "Expunged",
)  # fmt: skip
PERSON_HEADER: Final = (
    "id", "surname", "given_names", "birth_date", "address", "phone", "citizenship",
    "birth_country", "immigration_status", "updated_at", *FLAGS,
)  # fmt: skip
ARREST_HEADER: Final = (
    "id", "person_id", "incident_id", "arrested_at", "charge", "charge_class", "facility",
    "booked_at", "released_at", "release_kind", "updated_at", *FLAGS,
)  # fmt: skip
INVOLVEMENT_HEADER: Final = (
    "id", "incident_id", "role", "person_id", "victim_id", "victim_name", "updated_at", *FLAGS,
)  # fmt: skip
