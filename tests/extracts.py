"""Small extracts, and a records store that tests fill and ask through real tickets."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from cleargate.law.terms import Terms
from cleargate.model.request import Request, RowFacts
from cleargate.model.terms import Fact, FactType, RowFilter
from cleargate.records import conditions, search, write
from cleargate.records.catalogue import CATALOGUE, FLAGS, ROW_COLUMNS, dataset
from cleargate.records.narrow import narrow
from cleargate.records.store import open_store, tables
from cleargate.storage.engine import Store
from cleargate.storage.place import Place
from tests.fakes import NOON, receipt, ticket_of

POLICE = "MARLOW-PD"

CLEAR = (
    "ID", "Case Number", "Date", "Block", "IUCR", "Primary Type", "Description",
    "Location Description", "Arrest", "Domestic", "Beat", "District", "Ward", "Community Area",
    "FBI Code", "X Coordinate", "Y Coordinate", "Year", "Updated On", "Latitude", "Longitude",
    "Location",
)  # fmt: skip

_ROBBERY = {
    "ID": "1",
    "Case Number": "ML100",
    "Date": "2025-03-01T21:15:00.000",
    "Block": "012XX N ALDER ST",
    "IUCR": "031A",
    "Primary Type": "ROBBERY",
    "Description": "ARMED - HANDGUN",
    "Location Description": "SIDEWALK",
    "Arrest": "false",
    "Domestic": "false",
    "Beat": "0301",
    "District": "003",
    "Ward": "4",
    "Community Area": "11",
    "FBI Code": "03",
    "X Coordinate": "1001000",
    "Y Coordinate": "1002000",
    "Year": "2025",
    "Updated On": "2025-03-10T10:00:00.000",
    "Latitude": "43.21",
    "Longitude": "-87.25",
    "Location": "(43.21, -87.25)",
}


def robbery(number: int | str = 1, **changes: str) -> dict[str, str]:
    """One row of a CLEAR extract; underscores in the names of ``changes`` stand for blanks."""
    row = _ROBBERY | {"ID": str(number), "Case Number": f"ML{number}"}
    return row | {name.replace("_", " "): value for name, value in changes.items()}


def clear(rows: Iterable[dict[str, str]], also: Sequence[str] = ()) -> str:
    """A CLEAR extract as text; ``also`` names further columns."""
    header = (*CLEAR, *also)
    return text(header, ([row.get(name, "") for name in header] for row in rows))


def catalogued(name: str, rows: Iterable[dict[str, str]]) -> str:
    """An extract with the catalogue's own columns; flags are ``no`` where a row says nothing, and
    further facts of a row are columns where some row says one.
    """
    rows = list(rows)
    also = (c.name for c in ROW_COLUMNS if any(c.name in row for row in rows))
    header = (*(c.name for c in dataset(name).stored), *FLAGS, *also)
    blank = dict.fromkeys(header, "") | dict.fromkeys(FLAGS, "no")
    return text(header, ((blank | row).values() for row in rows))


def text(header: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


def law_of(opened: Collection[str] = ()) -> RowFilter:
    """A law that shows plain rows, with the masks ``opened`` in all of them."""
    terms = Terms()
    flags = tuple(Fact(f"resource.{name}", FactType.TEXT) for name in FLAGS)
    return RowFilter(
        book=receipt(0).versions.book,
        condition=terms.all(terms.one_of(f, ("no",)) for f in flags),
        masks=dict.fromkeys(opened, terms.true),
        told=terms.false,
        facts=flags,
        example=RowFacts(),
    )


class Records:
    """A store of records, and a counter of log entries: each act has a ticket of its own."""

    def __init__(self, folder: Path, place: Place | None = None) -> None:
        self.folder = folder
        self.store: Store = open_store(place or folder / "records.db", create=True)
        self.leaf = 0

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def file(self, content: str | bytes, name: str = "extract.csv") -> Path:
        """A file with this content; packed when its name ends in ``.gz``."""
        raw = content.encode() if isinstance(content, str) else content
        path = self.folder / name
        path.write_bytes(gzip.compress(raw, 1) if name.endswith(".gz") else raw)
        return path

    def take(
        self,
        content: str | bytes | Path,
        source: str = "clear-incidents",
        *,
        custodian: str = POLICE,
        of: str = "",
        subject: dict[str, str] | None = None,
        **options: Any,
    ) -> write.ImportResult:
        """Import an extract with a fresh ticket."""
        path = content if isinstance(content, Path) else self.file(content)
        request = Request(
            action="records:import",
            represented=custodian,
            purpose="ADM",
            custodian=custodian,
            dataset=of,
            subject={"source": source} | (subject or {}),
        )
        self.leaf += 1
        made = ticket_of(request, self.leaf)
        return write.import_extract(self.store, made, path, at=NOON, **options)

    def ask(
        self,
        *where: str,
        of: str = "incident",
        opened: Collection[str] = (),
        law: RowFilter | None = None,
        after: tuple[object, ...] = (),
        action: str = "search",
        facet_values: int = 50,
        **fields: Any,
    ) -> search.Page:
        """One page for a fresh ticket, under ``law`` or with the masks ``opened`` in plain rows."""
        request = Request(
            action=action,
            represented=POLICE,
            purpose="C",
            custodian=fields.pop("custodian", POLICE),
            dataset=of,
            where=conditions.parse(where, dataset(of)),
            **fields,
        )
        self.leaf += 1
        law = law or law_of(opened)
        made = ticket_of(request, self.leaf, narrow(request, law, NOON.date(), after, facet_values))
        return search.search(self.store, made)

    def rows(self, of: str = "incident") -> list[dict[str, Any]]:
        """Everything that the table holds, shown to nobody but the test."""
        assert of in CATALOGUE
        names = tables()[of].c.keys()
        query = f"SELECT {', '.join(names)} FROM {of} ORDER BY custodian, {dataset(of).key}"
        with self.store.read() as conn:
            return [dict(zip(names, row, strict=True)) for row in conn.execute(query)]
