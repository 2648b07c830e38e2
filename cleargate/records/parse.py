"""The fields of an import, turned into an order, or refused by name.

The gate reads them at step 2 with the same function that ``write`` uses, so what was decided and
logged is what is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..model.errors import FieldError
from ..model.fields import HEX_SHA256, Fields
from ..model.request import Request
from .catalogue import dataset
from .sources import Source, source, sources

IMPORT_FIELDS: Final = ("source", "sha256", "dry_run")


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What an import is to do.

    Attributes:
        source: for one data set, or for whichever the extract's header shows.
        custodian: whose records these become.
        sha256: digest that the extract must have, hex; empty when any may come.
        dry_run: count what would change, and change nothing.
    """

    source: Source
    custodian: str
    sha256: str = ""
    dry_run: bool = False


def imported_dataset(named: str, subject: Mapping[str, str]) -> str:
    """The data set that an import is for, as far as its fields show; the header may show it yet."""
    form = sources().get(subject.get("source", ""))
    return named or (form.dataset if form else "")


def import_order(request: Request) -> ImportOrder:
    """The import that ``request`` asks for.

    Raises:
        FieldError: a field is missing, unknown or malformed, or the source reads another data set.
    """
    fields = Fields(request.subject, IMPORT_FIELDS)
    if request.dataset:
        dataset(request.dataset)
    if not request.custodian:
        raise FieldError("custodian", "'custodian' is missing; name whose records these are.")
    return ImportOrder(
        source=source(fields.required("source")).of(request.dataset),
        custodian=request.custodian,
        sha256=fields.matching("sha256", HEX_SHA256, "64 hexadecimal digits"),
        dry_run=fields.choice("dry_run", ("yes", "no"), default="no") == "yes",
    )
