"""Reads documents as a custodian sees them: with its own verification, or as unverified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..model.errors import FieldError
from ..model.evidence import Document
from ..model.ids import as_typed
from ..model.words import Tri
from ..storage.engine import Connection, Store
from ..storage.times import optional_time, time

_DOCUMENT: Final = (
    "SELECT d.id, d.kind, d.form, d.issued_by, d.criminal, d.complete, d.served, d.probable_cause,"
    " d.asks, d.finds, d.finds_not, d.accepts, d.agency, d.target,"
    " CASE WHEN d.sha256 = '' THEN coalesce(v.sha256, '') ELSE d.sha256 END, d.expires,"
    " v.verified_by, v.verified_at, d.withdrawn_at, d.title, d.added_by, d.added_at"
    " FROM document d LEFT JOIN verification v ON v.document = d.id AND v.custodian = ?"
    " WHERE d.id = ?"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A document with who brought it and when."""

    document: Document
    added_by: str
    added_at: datetime


def documents(store: Store, ids: Iterable[str], *, custodian: str) -> tuple[Document, ...]:
    """The documents of a request's basis, in its order, each once.

    A verification counts for the custodian whose person made it: what another custodian looked at
    is presented here as unverified.

    Raises:
        FieldError: one of them is not there.
    """
    asked = dict.fromkeys(as_typed(id) for id in ids)
    with store.read() as conn:
        return tuple(entry(conn, id, custodian).document for id in asked)


def show(store: Store, id: str, *, custodian: str) -> Entry:
    """One document as ``custodian`` sees it.

    Raises:
        FieldError: it is not there.
    """
    with store.read() as conn:
        return entry(conn, as_typed(id), custodian)


def entry(conn: Connection, id: str, custodian: str) -> Entry:
    """``show`` in an open transaction."""
    row = conn.execute(_DOCUMENT, (custodian, id)).fetchone()
    if row is None:
        # No close match is offered: the ids of others' papers are not for guessing.
        raise FieldError("basis", f"There is no evidence '{id}'; give the id it got when added.")
    return Entry(_document(row), row[20], time(row[21]))


def _document(row: tuple[str, ...]) -> Document:
    return Document(
        id=row[0],
        kind=row[1],
        form=row[2],
        issued_by=row[3],
        criminal=Tri(row[4]),
        complete=Tri(row[5]),
        served=Tri(row[6]),
        probable_cause=Tri(row[7]),
        asks=frozenset(row[8].split()),
        finds=frozenset(row[9].split()),
        finds_not=frozenset(row[10].split()),
        accepts=frozenset(row[11].split()),
        agency=row[12],
        target=row[13],
        sha256=row[14],
        expires=optional_time(row[15]),
        verified_by=row[16] or "",
        verified_at=optional_time(row[17]),
        withdrawn_at=optional_time(row[18]),
        title=row[19],
    )
