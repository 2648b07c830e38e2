"""The fields of an import, a correction and a seal, turned into an order, or refused by name.

The gate reads them at step 2 with the same function that ``write`` uses, so what was decided and
logged is what is imported, corrected or sealed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..model.errors import FieldError
from ..model.fields import HEX_SHA256, Fields
from ..model.request import Request
from . import checks
from .catalogue import Dataset, dataset
from .own_source import own
from .sources import Source, source, sources

CORRECTIONS: Final = ("challenged", "upheld", "corrected")
SEALINGS: Final = ("sealed", "expunged")
IMPORT_FIELDS: Final = ("source", "form", "sha256", "dry_run", "resume")


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What an import is to do.

    Attributes:
        source: for one data set, or for whichever the extract's header shows.
        custodian: whose records these become.
        sha256: digest that the extract must have, hex; empty when any may come.
        dry_run: count what would change, and change nothing.
        resume: pass over a file that was imported whole before.
    """

    source: Source
    custodian: str
    sha256: str = ""
    dry_run: bool = False
    resume: bool = False


def imported_dataset(named: str, subject: Mapping[str, str]) -> str:
    """The data set that an import is for, as far as its fields show; the header may show it yet."""
    form = sources().get(subject.get("source", ""))
    if form is None and "form" in subject:
        form = own(subject.get("source", ""), subject["form"])
    return named or (form.dataset if form else "")


def import_order(request: Request) -> ImportOrder:
    """The import that ``request`` asks for.

    Raises:
        FieldError: a field is missing, unknown or malformed, or the source reads another data set.
    """
    # A form is a text of many lines, which is read by itself; the others are of one.
    form = request.subject.get("form", "")
    fields = Fields({n: v for n, v in request.subject.items() if n != "form"}, IMPORT_FIELDS)
    if request.dataset:
        dataset(request.dataset)
    if not request.custodian:
        raise FieldError("custodian", "'custodian' is missing; name whose records these are.")
    name = fields.required("source")
    return ImportOrder(
        source=(own(name, form) if form else source(name)).of(request.dataset),
        custodian=request.custodian,
        sha256=fields.matching("sha256", HEX_SHA256, "64 hexadecimal digits"),
        dry_run=fields.choice("dry_run", ("yes", "no"), default="no") == "yes",
        resume=fields.choice("resume", ("yes", "no"), default="no") == "yes",
    )


@dataclass(frozen=True, slots=True)
class Correction:
    """What becomes of a record that is challenged.

    Attributes:
        what: ``challenged``; then ``upheld``, or ``corrected``.
        changes: column → its new value, in the catalogue's own form.
    """

    custodian: str
    dataset: str
    key: str
    what: str
    changes: Mapping[str, checks.Value]


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is ordered of a record: ``sealed`` or ``expunged``."""

    custodian: str
    dataset: str
    key: str
    what: str


def correction(request: Request) -> Correction:
    """The correction that ``request`` asks for.

    Raises:
        FieldError: a field is missing, unknown or malformed.
    """
    fields = Fields(request.subject, ("what", "changes"))
    found, key = _record(request)
    what = fields.choice("what", CORRECTIONS)
    given = fields.text("changes", longest=20_000)
    if bool(given) != (what == "corrected"):
        raise FieldError(
            "changes", "Give the new values, as column = value, where a record is corrected; else "
            "none."
        )  # fmt: skip
    return Correction(request.custodian, found.name, key, what, _changes(found, given))


def sealing(request: Request) -> Sealing:
    """The seal that ``request`` asks for.

    Raises:
        FieldError: a field is missing, unknown or malformed, or no order is named.
    """
    fields = Fields(request.subject, ("what",))
    found, key = _record(request)
    if not request.basis:
        raise FieldError("basis", "Name the court's order that this rests on, with --basis.")
    return Sealing(request.custodian, found.name, key, fields.choice("what", SEALINGS))


def _record(request: Request) -> tuple[Dataset, str]:
    if not request.dataset:
        raise FieldError("dataset", "Name the data set that the record is in.")
    if not request.target:
        raise FieldError("target", "Name the record by its number.")
    return dataset(request.dataset), request.target


def _changes(found: Dataset, text: str) -> dict[str, checks.Value]:
    try:
        said = json.loads(text or "{}")
        if not isinstance(said, dict):
            raise ValueError
    except ValueError:
        raise FieldError("changes", "'changes' is no JSON object of columns and texts.") from None
    made: dict[str, checks.Value] = {}
    for name, value in said.items():
        column = found.column(name, "changes")
        if column.made or name == found.key:
            raise FieldError("changes", f"{name} cannot be corrected; correct what it is made of.")
        try:
            made[name] = checks.converter(column)(str(value))
        except ValueError as fault:
            raise FieldError("changes", f"'{value}' {fault}, so it cannot be {name}.") from None
    return made
