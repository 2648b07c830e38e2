"""One page of records for one ticket, or all of them. Only the gate imports this module.

The database does all of it: no row is fetched and dropped, and a column that is masked in a row is
not read from it. What may be seen comes with the ticket and by no other way. What a page equals is
promised; how long it takes is not, and the time may tell about rows that are not shown.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..model.errors import TicketRefused
from ..model.request import Condition, RowFacts
from ..model.terms import Const
from ..model.ticket import Filter, Masked, Ticket
from ..model.words import Tri
from ..storage.engine import Connection, Store
from . import names, statement, tally
from .catalogue import FLAGS, Dataset, Type, dataset
from .checks import Value
from .conditions import Comparison
from .facts import notices
from .statement import Statement, days_since
from .tally import Facet

ACTIONS: Final = ("search", "read", "export")


@dataclass(frozen=True, slots=True)
class Closed:
    """What stands in a cell that is masked, whether or not the record holds a value there."""

    mask: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the database took the law to be for rows of these facts: of ``asked``, which are open.

    Attributes:
        asked: masks that hang on the row.
    """

    row: RowFacts
    opened: frozenset[str]
    asked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """What a permitted search found.

    Attributes:
        columns: of each row, in its order.
        rows: values as text, int, float, bool, None for not recorded, or ``Closed``.
        keys: the records' keys in the same order; the log keeps a salted digest over them.
        masked: columns that were named and are closed in all rows or in some.
        void: conditions on columns that are closed in all rows, which therefore matched nothing.
        next_position: where the next page begins; ``()`` when this is the last.
        notices: to be shown with the rows, in the words of those who published them.
        count: how many rows all pages show together, where that was asked for.
        facets: those rows by the values of columns.
        withheld: how many rows that meet the conditions law withholds, where it lets that be told.
        said: each distinct combination of what the law reads of the rows, and what came of it.
    """

    dataset: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    keys: tuple[str, ...]
    masked: tuple[Masked, ...] = ()
    void: tuple[Condition, ...] = ()
    next_position: tuple[Value, ...] = ()
    notices: tuple[str, ...] = ()
    withheld: int | None = None
    count: int | None = None
    facets: tuple[Facet, ...] = ()
    said: tuple[Said, ...] = ()

    @property
    def truncated(self) -> bool:
        """Whether more rows match than this page holds."""
        return bool(self.next_position)


def search(store: Store, ticket: Ticket) -> Page:
    """The page that ``ticket`` gives the right to.

    Raises:
        TicketRefused: it is for another action or was spent, or its filter is not its request's.
    """
    made, found = _spent(ticket)
    with store.read() as conn:
        notice = _notices(conn, made, found)
        if finds_nothing(made):
            return _nothing(made, notice)
        where = names.looked_up(conn, statement.conditions(made))
        asked = statement.statement(made, where, store.dialect)
        rows = conn.execute(asked.sql, asked.values(made, where)).fetchall()
        notice = (*_challenged(conn, made, rows[: made.limit]), *notice)
        page = _page(made, found, asked, rows, notice, _withheld(conn, made, where))
        return _counted(conn, made, where, page) if made.counted or made.facets else page


def whole(store: Store, ticket: Ticket, size: int) -> Generator[Page, None, None]:
    """All that ``ticket`` gives the right to, page by page, as of one moment.

    Each page is a statement of its own, so that none takes longer than a statement may and none
    holds more than a page. The store is read from until the last page was taken, or the iterator
    is closed.

    Args:
        size: rows of a page.

    Raises:
        TicketRefused: as ``search``.
    """
    made, found = _spent(ticket)
    with store.read() as conn:
        notice = _notices(conn, made, found)
        if finds_nothing(made):
            yield _nothing(made, notice)
            return
        where = names.looked_up(conn, statement.conditions(made))
        part = replace(made, limit=size)
        while True:
            asked = statement.statement(part, where, store.dialect)
            rows = conn.execute(asked.sql, asked.values(part, where)).fetchall()
            told = (*_challenged(conn, part, rows[:size]), *notice)
            page = _page(part, found, asked, rows, told, _withheld(conn, part, where))
            yield page
            if not page.truncated:
                return
            part = replace(part, after=page.next_position)


def plan(store: Store, made: Filter) -> list[str]:
    """How the database goes about it. It reads no rows, and tells of how many there are."""
    how = "EXPLAIN QUERY PLAN" if store.dialect == "sqlite" else "EXPLAIN"
    with store.read() as conn:
        where = names.looked_up(conn, statement.conditions(made))
        asked = statement.statement(made, where, store.dialect)
        rows = conn.execute(f"{how} {asked.sql}", asked.values(made, where))
        return [str(row[-1]) for row in rows]


def _spent(ticket: Ticket) -> tuple[Filter, Dataset]:
    request, made = ticket.request, ticket.filter
    if request.action not in ACTIONS:
        raise TicketRefused(f"This ticket is for {request.action}; it opens no records.")
    target = request.target if request.action == "read" else None
    asked = (request.dataset, request.custodian, target)
    if made is None or (made.dataset, made.custodian, made.target) != asked:
        raise TicketRefused("This ticket's filter is not its request's; ask again.")
    if made.law.book != ticket.decision.book:
        raise TicketRefused("This ticket's filter is of another law than its decision; ask again.")
    ticket.spend(request.action)
    return made, dataset(made.dataset)


def _notices(conn: Connection, made: Filter, found: Dataset) -> tuple[str, ...]:
    """The sources' notices, and that a name is no identification where one is sought by name."""
    parts = {p for c in found.columns if c.type is Type.NAME for p in (c.name, *c.of)}
    by_name = any(c.column in parts for c in (*made.where, *made.void))
    return (*([names.NOTICE] if by_name else []), *notices(conn, made.custodian, made.dataset))


def _challenged(conn: Connection, made: Filter, shown: list[tuple[Any, ...]]) -> Iterator[str]:
    """Which of the rows that are shown are challenged and not yet settled (28 CFR 20.34)."""
    if not shown:
        return
    marks = ", ".join("?" * len(shown))
    keys = [row[0] for row in shown]
    last = conn.execute(
        f"""
        SELECT record, what FROM rectified
        WHERE custodian = ? AND dataset = ? AND record IN ({marks}) ORDER BY leaf
        """,  # noqa: S608 - only as many marks as there are keys
        (made.custodian, made.dataset, *keys),
    )
    open_ = [key for key, what in dict(last.fetchall()).items() if what == "challenged"]
    if open_:
        yield f"Challenged as not accurate or complete, and not yet settled: {', '.join(open_)}."


def finds_nothing(made: Filter) -> bool:
    """Whether it goes by a column that is closed in all rows; then nothing is asked."""
    closed = {m.column for m in made.masked if m.rows == "all"}
    return bool(made.void) or made.sort.removeprefix("-") in closed


def tells_withheld(made: Filter) -> bool:
    """Whether the number of withheld rows is told: on a first page, where law lets it be. A masked
    column has no say in it, open or not: its values would be told of rows that are withheld.
    """
    told, found = made.law.told, dataset(made.dataset)
    masked = any(found.column(c.column).mask for c in made.where)
    return not (made.after or masked or (isinstance(told, Const) and not told.value))


def _withheld(conn: Connection, made: Filter, where: list[Comparison]) -> int | None:
    if not tells_withheld(made):
        return None
    asked = statement.withholding(made, where, conn.dialect)
    number: int = conn.execute(asked.sql, asked.values(made, where)).fetchone()[0]
    return number


def _counted(conn: Connection, made: Filter, where: list[Comparison], page: Page) -> Page:
    """The page with its numbers, and with what law came to for all that was counted."""
    asked = tally.census(made, where, conn.dialect)
    groups = conn.execute(asked.sql, asked.values(made, where)).fetchall()
    said = (*page.said, *(_said(group[:-1], asked, made) for group in groups))
    return replace(
        page,
        count=sum(group[-1] for group in groups) if made.counted else None,
        facets=tuple(tally.facets(conn, made, where)),
        said=tuple(dict.fromkeys(said)),
    )


def _nothing(made: Filter, notice: tuple[str, ...]) -> Page:
    """What a search finds that goes by a column which is closed in all rows."""
    masks = {m.column: m.mask for m in made.masked}
    return Page(
        made.dataset, made.columns, (), (), made.masked, made.void, notices=notice,
        count=0 if made.counted else None,
        facets=tuple(Facet(n, (), more=False, mask=masks.get(n, "")) for n in made.facets),
    )  # fmt: skip


def _page(
    made: Filter,
    found: Dataset,
    asked: Statement,
    rows: list[tuple[Any, ...]],
    notice: tuple[str, ...],
    withheld: int | None = None,
) -> Page:
    shown, more = rows[: made.limit], len(rows) > made.limit
    head = 2 if made.sort else 1
    return Page(
        dataset=made.dataset,
        columns=made.columns,
        rows=tuple(_cells(row[0], row[head:], made, asked, found) for row in shown),
        keys=tuple(row[0] for row in shown),
        masked=made.masked,
        void=made.void,
        next_position=tuple(reversed(shown[-1][:head])) if more else (),
        notices=notice,
        withheld=withheld,
        said=tuple(dict.fromkeys(_said(row[head:], asked, made) for row in shown)),
    )


def _cells(
    key: str, row: tuple[Any, ...], made: Filter, asked: Statement, found: Dataset
) -> tuple[object, ...]:
    opened = _opened(row, asked)
    closed: dict[str, str] = {m.column: m.mask for m in made.masked if m.rows == "all"}
    cells: dict[str, object] = {found.key: key, **{n: Closed(m) for n, m in closed.items()}}
    for value, (name, mask) in zip(row, asked.columns, strict=False):
        if mask and mask not in opened:
            cells[name] = Closed(mask)
        elif found.column(name).type is Type.BOOLEAN and value is not None:
            cells[name] = bool(value)
        else:
            cells[name] = value
    return tuple(cells[name] for name in made.columns)


def _opened(row: tuple[Any, ...], asked: Statement) -> frozenset[str]:
    bits = row[len(asked.columns) :]
    return frozenset(m for m, bit in zip(asked.masks, bits, strict=False) if bit)


def _said(row: tuple[Any, ...], asked: Statement, made: Filter) -> Said:
    flags, *values = row[len(asked.columns) + len(asked.masks) :]
    read = dict(zip(FLAGS, flags.split() if flags else (Tri.NO,) * len(FLAGS), strict=True))
    for fact, value in zip(asked.facts, values, strict=True):
        read[fact.name.removeprefix("resource.")] = value
    return Said(RowFacts(**dict(_facts(read, made))), _opened(row, asked), frozenset(asked.masks))


def _facts(read: Mapping[str, Any], made: Filter) -> Iterator[tuple[str, Any]]:
    """Each fact as rules read it."""
    for name, value in read.items():
        match name:
            case "origin":
                yield name, value or made.custodian
            case "days_old":
                yield name, value if isinstance(value, int) else days_since(value, made.today)
            case "labels":
                yield name, frozenset((value or "").split())
            case _:
                yield name, Tri(value or "unknown")
