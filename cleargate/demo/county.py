"""The invented county's records, as extract files: the same files for the same seed, always.

Incidents have the columns of Chicago's CLEAR extract, with three flags behind them; persons,
arrests and involvements have the catalogue's. The importer of real extracts imports them. A few
rows are sealed, juveniles' or unknown, and a few values are missing, as in real extracts.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from .year import Row, Year

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

Progress = Callable[[int, int], None]
"""Called with incidents made and incidents in all, now and then."""


@dataclass(frozen=True, slots=True)
class CountyFiles:
    """The extracts: file, the data set that it fills, the source that reads it."""

    incidents: Path
    persons: Path
    arrests: Path
    involvements: Path

    @property
    def imports(self) -> tuple[tuple[str, str, Path], ...]:
        """(data set, source, file), in the order in which they are imported."""
        return (
            ("incident", "clear-incidents", self.incidents),
            ("person", "catalogue", self.persons),
            ("arrest", "catalogue", self.arrests),
            ("involvement", "catalogue", self.involvements),
        )


def generate(
    folder: Path,
    seed: int,
    incidents: int = 20_000,
    progress: Progress = lambda done, total: None,
) -> CountyFiles:
    """Write the county's extracts into ``folder``.

    Args:
        seed: of the dice; the same seed makes the same bytes.
        incidents: how many; the other files follow from it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = Year(Random(seed))
    for number in range(incidents):
        made.happen(number)
        if number % 1000 == 999:
            progress(number + 1, incidents)
    files = CountyFiles(
        incidents=folder / "incidents.csv.gz",
        persons=folder / "persons.csv.gz",
        arrests=folder / "arrests.csv.gz",
        involvements=folder / "involvements.csv.gz",
    )
    _write(files.incidents, INCIDENT_HEADER, made.incidents)
    _write(files.persons, PERSON_HEADER, (p.row for p in made.people.all))
    _write(files.arrests, ARREST_HEADER, made.arrests)
    _write(files.involvements, INVOLVEMENT_HEADER, made.involvements)
    progress(incidents, incidents)
    return files


def _write(path: Path, header: Sequence[str], rows: Iterable[Row]) -> None:
    """A gzip CSV without file name or time in it, so that equal rows are equal bytes."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        out = csv.writer(text, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)
