"""Sources: how an extract's columns become a data set's. Each is a TOML file in ``sources/``.

A source names its data set, its forms of date, the time zone that its times are local to, the
notice that must be shown with its rows, and for each column of the catalogue a header of the
extract, or a table:

* ``from``: the header.
* ``absent``: the text to read in every row where the extract has no such header.
* ``pad``: zeros are put in front, up to this many characters.
* ``prefix``, ``year_of``: for a key that means something only within its extract.

Headers are compared without case, blanks and punctuation: ``Case Number`` is ``case_number``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from ..model.errors import FieldError, ImportRefused
from ..model.fields import near
from . import checks
from .catalogue import CATALOGUE, FLAG_COLUMNS, FLAGS, LABELS, ROW_COLUMNS, Column, Dataset, dataset


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one column comes from. The module's docstring says what each attribute means."""

    header: str
    absent: str | None = None
    pad: int = 0
    prefix: str = ""
    year_of: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One form of extract."""

    name: str
    title: str
    dataset: str
    dates: tuple[str, ...]
    timezone: str
    notice: str
    columns: Mapping[str, Origin]

    def of(self, dataset_name: str) -> Source:
        """This source for one data set; the source ``catalogue`` fits them all.

        Raises:
            FieldError: it reads another data set.
        """
        if self.dataset and dataset_name not in ("", self.dataset):
            raise FieldError(
                "dataset",
                f"The source {self.name} reads {self.dataset}, not {dataset_name}; name that data "
                f"set, or another source.",
            )
        if self.dataset or not dataset_name:
            return self
        names = (c.name for c in (*dataset(dataset_name).stored, *FLAG_COLUMNS))
        columns = {n: Origin(n) for n in names} | {
            c.name: Origin(c.name, absent="") for c in ROW_COLUMNS
        }
        return replace(self, dataset=dataset_name, columns=columns)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one column is read.

    Attributes:
        place: the text's place in a row.
        convert: makes the value of it.
        plain: ``convert`` is the column's own converter and nothing more.
        year_place: the place of an ISO date whose year goes before the text, or None.
    """

    column: Column
    place: int
    convert: checks.Converter
    plain: bool = True
    year_place: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How an extract with one particular header is read into one data set.

    Attributes:
        readings: a reading for each column that the extract has, the flags among them.
        constants: flags that the source states for every row.
        ignored: headers that are not read.
    """

    source: Source
    dataset: Dataset
    readings: tuple[Reading, ...]
    constants: Mapping[str, checks.Value]
    ignored: tuple[str, ...]


def plan(source: Source, header: tuple[str, ...]) -> Plan:
    """How ``source`` reads an extract with this ``header``.

    Raises:
        ImportRefused: columns are missing, named twice, or of no data set.
    """
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        if places.setdefault(_plain(name), place) != place and _plain(name):
            raise ImportRefused(f"The header names the column '{name}' twice; leave one out.")
    source = source if source.dataset else source.of(_dataset_of(places))
    made = dataset(source.dataset)
    missing = [
        o.header for o in source.columns.values()
        if o.absent is None and _plain(o.header) not in places
    ]  # fmt: skip
    if missing:
        raise ImportRefused(_missing(source, missing, places))
    here = {n: o for n, o in source.columns.items() if _plain(o.header) in places}
    read = {_plain(o.header) for o in source.columns.values()}
    return Plan(
        source=source,
        dataset=made,
        readings=tuple(
            _reading(column, here[column.name], source, places)
            for column in (*made.stored, *FLAG_COLUMNS, *ROW_COLUMNS)
            if column.name in here
        ),
        constants={
            n: checks.flag(o.absent or "")
            for n, o in source.columns.items()
            if n not in here and n in FLAGS
        },
        ignored=tuple(h for h in header if _plain(h) not in read),
    )


def source(name: str) -> Source:
    """The source ``name``.

    Raises:
        FieldError: there is none.
    """
    found = sources().get(name)
    if found is None:
        raise FieldError(
            "source",
            f"'{name}' is not a source{near(name, sources())} Use {', '.join(sources())}.",
            known=list(sources()),
        )
    return found


@cache
def sources() -> dict[str, Source]:
    """Every source that the package brings, by name."""
    found = sorted(files(__package__).joinpath("sources").iterdir(), key=lambda f: f.name)
    return {
        name: read(name, f.read_text("utf-8"))
        for f in found
        if (name := f.name.removesuffix(".toml")) != f.name
    }


def read(name: str, text: str) -> Source:
    """The source that the TOML ``text`` describes.

    Raises:
        ValueError: it names a data set, column or form of date that does not exist, leaves out a
            required column, or states anything but a flag for rows without that header.
    """
    table = tomllib.loads(text)
    made = Source(
        name=name,
        title=table["title"],
        dataset=table.get("dataset", ""),
        dates=tuple(table.get("dates", ["iso"])),
        timezone=table.get("timezone", ""),
        notice=table.get("notice", "").strip(),
        columns={column: _origin(value) for column, value in table.get("columns", {}).items()},
    )
    if unknown := set(made.dates) - set(checks.FORMS):
        raise ValueError(f"source {name}: {unknown} is no form of date")
    if made.dataset:
        _check_columns(made, CATALOGUE[made.dataset])
    return made


def _check_columns(source: Source, of: Dataset) -> None:
    of_rows = {c.name for c in (*FLAG_COLUMNS, *ROW_COLUMNS)}
    known = {c.name for c in of.stored} | of_rows
    needed = {c.name for c in of.columns if c.required}
    for name, origin in source.columns.items():
        if name not in known:
            raise ValueError(f"source {source.name}: {of.name} has no column {name}")
        if origin.absent is not None and name not in of_rows:
            raise ValueError(
                f"source {source.name}: only a fact of a row may be absent, not {name}"
            )
        if origin.year_of and source.dates != ("iso",):
            raise ValueError(f"source {source.name}: year_of needs ISO dates only")
    if not needed <= source.columns.keys():
        raise ValueError(f"source {source.name}: leaves out {needed - source.columns.keys()}")


def _origin(value: str | dict[str, Any]) -> Origin:
    if isinstance(value, str):
        return Origin(value)
    return Origin(header=value["from"], **{k: v for k, v in value.items() if k != "from"})


def _plain(header: str) -> str:
    return "".join(ch for ch in header.casefold() if ch.isalnum())


def _reading(column: Column, origin: Origin, source: Source, places: dict[str, int]) -> Reading:
    base = _converter(column, source)
    plain = not (origin.pad or origin.prefix or origin.year_of)

    def convert(text: str) -> checks.Value:
        text = text.strip()
        return base(origin.prefix + text.rjust(origin.pad, "0") if text else "")

    return Reading(
        column=column,
        place=places[_plain(origin.header)],
        convert=base if plain else convert,
        plain=plain and column not in (*FLAG_COLUMNS, *ROW_COLUMNS),
        year_place=places[_plain(origin.year_of)] if origin.year_of else None,
    )


def _converter(column: Column, source: Source) -> checks.Converter:
    if column.name == LABELS:
        return checks.labels
    if column in (*FLAG_COLUMNS, *ROW_COLUMNS) and column.values:
        return checks.flag
    return checks.converter(column, source.dates)


def _dataset_of(places: Mapping[str, int]) -> str:
    fitting = [
        d.name for d in CATALOGUE.values()
        if {_plain(c.name) for c in (*d.stored, *FLAG_COLUMNS)} <= places.keys()
    ]  # fmt: skip
    if len(fitting) != 1:
        raise ImportRefused(
            "The header does not show which data set this is; name one of "
            f"{', '.join(CATALOGUE)}, and every column of it."
        )
    return fitting[0]


def _missing(source: Source, missing: list[str], places: Mapping[str, int]) -> str:
    few = ", ".join(missing[:8]) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
    sentence = f"The header lacks {few}, which the source {source.name} needs"
    for other in sources().values():
        needed = {_plain(o.header) for o in other.columns.values() if o.absent is None}
        if needed and needed <= places.keys():
            return f"{sentence}; it fits the source {other.name}, use that."
    return f"{sentence}; export them too, or use another source."
