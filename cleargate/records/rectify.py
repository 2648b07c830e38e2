"""Corrects, seals and expunges one record for one ticket. Only the gate imports this module.

What a record loses it loses in one transaction with the entry that allowed it, once. A later
extract does not undo it: a corrected record is newer than what was exported before, a seal stays
shut, and an expunged record takes nothing back (``staging``).

Law: 28 CFR 20.34 (the person it is about may challenge a record and have it corrected) and
20.21(g) (whoever received it is told).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from ..model.errors import FieldError
from ..model.ticket import Ticket
from ..model.words import Tri
from ..storage import acts
from ..storage.engine import Connection, Store
from ..storage.times import text
from . import checks, names
from .catalogue import ROW_COLUMNS, Dataset, Type, dataset
from .parse import Correction, Sealing, correction, sealing
from .spelling import spelled
from .store import run, tables

CORRECT: Final = "records:correct"
SEAL: Final = "records:seal"


@dataclass(frozen=True, slots=True)
class Rectified:
    """What was done to one record.

    Attributes:
        what: ``challenged``, ``upheld``, ``corrected``, ``sealed`` or ``expunged``.
        columns: those whose values changed, or are gone.
    """

    custodian: str
    dataset: str
    key: str
    what: str
    columns: tuple[str, ...] = ()


def correct(store: Store, ticket: Ticket, at: datetime) -> Rectified:
    """Note a challenge, or settle it: the record is upheld as it stands, or corrected.

    Raises:
        TicketRefused: the ticket is for another action, or was spent.
        FieldError: there is no such record, or nothing of it was challenged.
    """
    order = correction(ticket.request)

    def act(conn: Connection) -> Rectified:
        found = dataset(order.dataset)
        row = _row(conn, found, order.custodian, order.key)
        new: dict[str, checks.Value] = {}
        if order.what == "corrected":
            new = {n: v for n, v in order.changes.items() if row[n] != v}
            _check_blanks(found, row | new)
            _write(conn, found, order, new, text(at), ticket.leaf)
        elif order.what == "upheld" and not _challenged(conn, order):
            raise FieldError("what", f"Nothing of {order.key} is challenged; nothing was upheld.")
        return _noted(conn, order, tuple(new), ticket.leaf, at)

    return acts.once(store, ticket, CORRECT, at, Rectified, act)


def seal(store: Store, ticket: Ticket, at: datetime) -> Rectified:
    """Seal a record, or expunge it: then no value of it is left but its key.

    Raises:
        TicketRefused: the ticket is for another action, or was spent.
        FieldError: there is no such record.
    """
    order = sealing(ticket.request)

    def act(conn: Connection) -> Rectified:
        found = dataset(order.dataset)
        row = _row(conn, found, order.custodian, order.key)
        new: dict[str, Any] = {"sealed": Tri.YES.value}
        gone: tuple[str, ...] = ()
        if order.what == "expunged":
            new = {"expunged": Tri.YES.value, **_emptied(found)}
            gone = tuple(c.name for c in found.stored if row[c.name] is not None and c.name in new)
        _update(conn, found, order, new, ticket.leaf)
        if order.what == "expunged":
            for spelling in {row[s] for s in _surnames(found)} - {None}:
                names.forget(conn, spelling)
        return _noted(conn, order, gone, ticket.leaf, at)

    return acts.once(store, ticket, SEAL, at, Rectified, act)


def _row(conn: Connection, found: Dataset, custodian: str, key: str) -> dict[str, Any]:
    """The record, which is there whatever may be seen of it."""
    table = tables()[found.name]
    query = sa.select(table).where(table.c.custodian == custodian, table.c[found.key] == key)
    row = run(conn, query).fetchone()
    if row is None or row[table.c.keys().index("expunged")] == Tri.YES.value:
        raise FieldError("target", f"There is no record '{key}' in {found.name}; see its number.")
    return dict(zip(table.c.keys(), row, strict=True))


def _check_blanks(found: Dataset, row: dict[str, Any]) -> None:
    """What an import would reject, no correction writes either."""
    for column in found.stored:
        when = column.blank_when
        if when and row[column.name] is not None and row[when.column] in when.values:
            raise FieldError(
                "changes",
                f"{column.name} must be blank where {when.column} is {row[when.column]}.",
            )


def _write(
    conn: Connection,
    found: Dataset,
    order: Correction,
    new: dict[str, checks.Value],
    now: str,
    leaf: int,
) -> None:
    beside: dict[str, Any] = dict(new)
    for name, value in new.items():
        column = found.column(name)
        if column.words:
            beside[column.words] = checks.words(value)
        if column.spelling:
            beside[column.spelling] = spelled(value)
    if found.newer_by and found.newer_by not in new:
        # So that an extract from before the correction does not bring the error back.
        beside[found.newer_by] = now[:19]
    _update(conn, found, order, beside, leaf)
    for column in found.columns:
        if column.type is Type.NAME:
            parts = [found.column(p) for p in column.of]
            surname, given = (beside.get(p.spelling) for p in parts)
            names.learn(conn, [surname], [given])


def _update(
    conn: Connection, found: Dataset, order: Correction | Sealing, new: dict[str, Any], leaf: int
) -> None:
    table = tables()[found.name]
    run(
        conn,
        sa.update(table)
        .where(table.c.custodian == order.custodian, table.c[found.key] == order.key)
        .values(**new, leaf=leaf),
    )


def _emptied(found: Dataset) -> dict[str, Any]:
    """Every column but the key and those that a row cannot be without, of which times lose all."""
    made: dict[str, Any] = {c.name: None for c in ROW_COLUMNS}
    for column in found.stored:
        if column.name == found.key:
            continue
        empty: checks.Value = None
        if column.required:
            empty = "0001-01-01T00:00:00" if column.type is Type.DATETIME else "EXPUNGED"
        made[column.name] = empty
        made |= dict.fromkeys(filter(None, (column.words, column.spelling)))
    return made


def _surnames(found: Dataset) -> list[str]:
    return [found.column(c.of[0]).spelling for c in found.columns if c.type is Type.NAME]


def _challenged(conn: Connection, order: Correction) -> bool:
    row = conn.execute(
        """
        SELECT what FROM rectified WHERE custodian = ? AND dataset = ? AND record = ?
        ORDER BY leaf DESC
        """,
        (order.custodian, order.dataset, order.key),
    ).fetchone()
    return row is not None and row[0] == "challenged"


def _noted(
    conn: Connection,
    order: Correction | Sealing,
    columns: tuple[str, ...],
    leaf: int,
    at: datetime,
) -> Rectified:
    conn.execute(
        """
        INSERT INTO rectified (custodian, dataset, record, leaf, at, what, columns)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        (order.custodian, order.dataset, order.key, leaf, text(at), order.what, " ".join(columns)),
    )
    return Rectified(order.custodian, order.dataset, order.key, order.what, columns)
