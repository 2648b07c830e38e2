"""One page of records for one ticket. Only the gate imports this module.

The database does all of it: custodian, row flags, conditions, order, place and limit are one
statement, and no row is fetched and dropped. A masked column is not selected, and a row that is
sealed, a juvenile's or expunged, or not known to be neither, is returned to nobody: rules that let
some see such rows need the compiled filter. What a page equals is promised; how long it takes is
not, and the time may tell about rows that are not shown.

A statement is built with SQLAlchemy once for each *shape* (columns, operators, order) and kept as
SQL text; values are always parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, Final

import sqlalchemy as sa

from ..model.errors import TicketRefused
from ..model.request import Condition
from ..model.ticket import Filter, Ticket
from ..model.words import Tri
from ..storage.engine import Dialect, Store
from .catalogue import FLAGS, Column, Dataset, Type, dataset
from .checks import Value
from .conditions import Comparison, comparisons
from .facts import notices
from .store import DIALECTS, as_text, tables

ACTIONS: Final = ("search", "read", "export")


@dataclass(frozen=True, slots=True)
class Page:
    """What a permitted search found.

    Attributes:
        columns: of each row, in its order.
        rows: values as text, int, float, bool, or None for not recorded.
        keys: the records' keys in the same order; the log keeps a salted digest over them.
        masked: columns that were asked for and are closed, each with its mask.
        void: conditions on closed columns, which therefore matched nothing.
        next_position: where the next page begins; ``()`` when this is the last.
        notices: to be shown with the rows, in the words of those who published them.
    """

    dataset: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    keys: tuple[str, ...]
    masked: tuple[tuple[str, str], ...] = ()
    void: tuple[Condition, ...] = ()
    next_position: tuple[Value, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def truncated(self) -> bool:
        """Whether more rows match than this page holds."""
        return bool(self.next_position)


@dataclass(frozen=True, slots=True)
class _Shape:
    """All of a statement but its values."""

    dataset: str
    columns: tuple[str, ...]
    comparisons: tuple[tuple[str, str, int], ...]
    sort: str
    after: str


def search(store: Store, ticket: Ticket) -> Page:
    """The page that ``ticket`` gives the right to.

    Raises:
        TicketRefused: it is for another action or was spent, or its filter is not its request's.
    """
    made, found = _spent(ticket)
    if made.void or _sorted_by_closed(made, found):
        with store.read() as conn:
            return _page(made, found, [], notices(conn, made.custodian, made.dataset))
    where = [*_conditions(made, found), *_target(ticket, found)]
    shape = _Shape(
        dataset=found.name,
        columns=made.columns,
        comparisons=tuple((c.column, c.op, len(c.values)) for c in where),
        sort=made.sort,
        after=_after(made),
    )
    with store.read() as conn:
        sql, constants = _statement(shape, conn.dialect)
        rows = conn.execute(sql, constants | _values(made, where)).fetchall()
        return _page(made, found, rows, notices(conn, made.custodian, made.dataset))


def _spent(ticket: Ticket) -> tuple[Filter, Dataset]:
    request, made = ticket.request, ticket.filter
    if request.action not in ACTIONS:
        raise TicketRefused(f"This ticket is for {request.action}; it opens no records.")
    if made is None or (made.dataset, made.custodian) != (request.dataset, request.custodian):
        raise TicketRefused("This ticket's filter is not its request's; ask again.")
    ticket.spend(request.action)
    return made, dataset(made.dataset)


def _sorted_by_closed(made: Filter, found: Dataset) -> bool:
    if not made.sort:
        return False
    column, _ = found.sorting(made.sort)
    return column.name in dict(made.masked)


def _conditions(made: Filter, found: Dataset) -> Iterator[Comparison]:
    for condition in made.where:
        yield from comparisons(condition, found.column(condition.column, "where"))


def _target(ticket: Ticket, found: Dataset) -> Iterator[Comparison]:
    """A ticket for one record opens that record, whatever its conditions say."""
    if ticket.request.action == "read":
        yield Comparison(found.key, "=", (ticket.request.target,))


def _after(made: Filter) -> str:
    if not made.after:
        return ""
    return "key" if len(made.after) == 1 else "null" if made.after[0] is None else "value"


def _values(made: Filter, where: list[Comparison]) -> dict[str, object]:
    values = zip(count(), (v for c in where for v in c.values), strict=False)
    return {
        **{f"v{i}": value for i, value in values},
        **{f"after{i}": value for i, value in enumerate(made.after)},
        "custodian": made.custodian,
        "limit": made.limit + 1,
    }


@lru_cache(maxsize=512)
def _statement(shape: _Shape, dialect: Dialect) -> tuple[str, dict[str, object]]:
    """The SQL of ``shape`` and its constants.

    It selects the key, the sort column if there is one, and the visible columns.
    """
    found, table = dataset(shape.dataset), tables()[shape.dataset]
    key = table.c[found.key]
    numbers = count()
    conditions = [
        table.c.custodian == sa.bindparam("custodian"),
        *(table.c[flag] == Tri.NO.value for flag in FLAGS),
        *(_comparison(table.c[name], op, n, numbers) for name, op, n in shape.comparisons),
    ]
    selected = [_expression(found.column(name), table) for name in shape.columns]
    if not shape.sort:
        if shape.after:
            conditions.append(key > sa.bindparam("after0"))
        query = sa.select(key, *selected).order_by(key)
    else:
        column, down = found.sorting(shape.sort)
        by = table.c[column.name]
        if shape.after:
            conditions.append(_beyond(by, key, down, shape.after, column.required))
        order = (by.desc(), key.desc()) if down else (by.asc(), key.asc())
        if not column.required:
            order = (order[0].nulls_last(), order[1])
        query = sa.select(key, by, *selected).order_by(*order)
    query = query.where(*conditions).limit(sa.bindparam("limit"))
    compiled = query.compile(dialect=DIALECTS[dialect])
    return str(compiled), {n: v for n, v in compiled.params.items() if v is not None}


def _comparison(
    column: sa.Column[Any], op: str, size: int, numbers: Iterator[int]
) -> sa.ColumnElement[bool]:
    values = [sa.bindparam(f"v{next(numbers)}", type_=column.type) for _ in range(size)]
    if op == "in":
        return column.in_(values)
    if op == "like":
        return column.like(values[0])
    return column.bool_op(op)(values[0])


def _beyond(
    by: sa.Column[Any], key: sa.Column[Any], down: bool, after: str, required: bool
) -> sa.ColumnElement[bool]:
    """Rows behind the position. Rows without a sort value come last, in either direction."""
    value = sa.bindparam("after0", type_=by.type)
    last = sa.bindparam("after1", type_=key.type)
    op = "<" if down else ">"
    if required:
        # One comparison of pairs, which the index on (custodian, column, key) answers directly.
        return sa.tuple_(by, key).bool_op(op)(sa.tuple_(value, last))
    behind_key = key.bool_op(op)(last)
    if after == "null":
        return sa.and_(by.is_(None), behind_key)
    return sa.or_(by.bool_op(op)(value), sa.and_(by == value, behind_key), by.is_(None))


def _expression(column: Column, table: sa.Table) -> sa.ColumnElement[Any]:
    if column.type is not Type.POINT:
        return table.c[column.name]
    latitude, longitude = (as_text(table.c[part]) for part in column.of)
    return (latitude + ", " + longitude).label(column.name)


def _page(
    made: Filter, found: Dataset, rows: list[tuple[Any, ...]], notice: tuple[str, ...]
) -> Page:
    shown, more = rows[: made.limit], len(rows) > made.limit
    head = 2 if made.sort else 1
    truths = [i for i, n in enumerate(made.columns) if found.column(n).type is Type.BOOLEAN]
    return Page(
        dataset=made.dataset,
        columns=made.columns,
        rows=tuple(_with_truths(row[head:], truths) for row in shown),
        keys=tuple(row[0] for row in shown),
        masked=made.masked,
        void=made.void,
        next_position=tuple(reversed(shown[-1][:head])) if more else (),
        notices=notice,
    )


def _with_truths(row: tuple[Any, ...], truths: list[int]) -> tuple[object, ...]:
    values = list(row)
    for i in truths:
        if values[i] is not None:
            values[i] = bool(values[i])
    return tuple(values)
