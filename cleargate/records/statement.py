"""The one statement of a search: custodian, law, conditions, order, place and limit.

It is built once for each *shape* (law, columns, operators, order) and kept as SQL text; values are
always parameters. A pure function: what it makes is run by ``search`` and shown by an explanation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, reduce
from itertools import chain, count
from typing import Any, Final

import sqlalchemy as sa

from ..model.terms import Const, Fact, RowFilter
from ..model.ticket import Filter
from ..model.words import Tri
from ..storage.engine import Dialect
from . import names, point
from .catalogue import FLAGS, LABELS, Column, Dataset, Type, dataset
from .checks import is_label
from .conditions import Comparison, comparisons
from .print import Ago, Place, Printer, Sql
from .store import DIALECTS, as_text, tables

_NO: Final[Sql] = sa.literal_column(f"'{Tri.NO}'", sa.Text())
_BLANK: Final[Sql] = sa.literal_column("' '", sa.Text())


@dataclass(frozen=True, slots=True)
class Shape:
    """All of a statement but its values."""

    dataset: str
    custodian: str
    law: RowFilter
    columns: tuple[str, ...]
    comparisons: tuple[tuple[str, str, int, str], ...]
    sort: str
    after: str


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, and what stands where in its rows: the key, the sort value if there is one, then these.

    Attributes:
        constants: parameters that are the law's, by name; an ``Ago`` is known only on its day.
        columns: those that are open in some row, with the mask that they hang on, if any; the key
            is not among them.
        masks: masks that hang on the row, each open or not.
        facts: what the law reads of a row, after its flags, which stand in one value before them.
    """

    sql: str
    constants: Mapping[str, object]
    columns: tuple[tuple[str, str], ...]
    masks: tuple[str, ...]
    facts: tuple[Fact, ...]

    def values(self, made: Filter, where: list[Comparison]) -> dict[str, object]:
        """Every parameter."""
        constants = {
            n: v.on(made.today) if isinstance(v, Ago) else v for n, v in self.constants.items()
        }
        values = zip(count(), chain.from_iterable(c.values for c in where), strict=False)
        return {
            **constants,
            **{f"v{i}": value for i, value in values},
            **{f"after{i}": value for i, value in enumerate(made.after)},
            "custodian": made.custodian,
            "limit": made.limit + 1,
        }


def conditions(made: Filter) -> list[Comparison]:
    """The user's conditions as SQL makes them, and the one record that a ``read`` is for."""
    found = dataset(made.dataset)
    where = [c for w in made.where for c in comparisons(w, found.column(w.column, "where"))]
    if made.target is not None:
        where.append(Comparison(found.key, "=", (made.target,)))
    return where


def statement(made: Filter, where: list[Comparison], dialect: Dialect) -> Statement:
    """The statement of ``made``, from the few hundred last ones if it is among them."""
    return _statement(shape_of(made, where), dialect)


def shape_of(made: Filter, where: list[Comparison]) -> Shape:
    """All of it but the values."""
    masks = {m.column: m.mask for m in made.masked}
    of_words = {c.words: c.name for c in dataset(made.dataset).columns if c.words}
    return Shape(
        dataset=made.dataset,
        custodian=made.custodian,
        law=made.law,
        columns=made.columns,
        comparisons=tuple(
            (c.column, c.op, len(c.values), masks.get(of_words.get(c.column, c.column), ""))
            for c in where
        ),
        sort=made.sort,
        after=_after(made),
    )


def withholding(made: Filter, where: list[Comparison], dialect: Dialect) -> Statement:
    """The number of rows that are withheld and may be told, of those that meet the conditions."""
    compared = tuple((c.column, c.op, len(c.values), "") for c in where)
    return _withheld(Shape(made.dataset, made.custodian, made.law, (), compared, "", ""), dialect)


def _after(made: Filter) -> str:
    if not made.after:
        return ""
    return "key" if len(made.after) == 1 else "null" if made.after[0] is None else "value"


@lru_cache(maxsize=512)
def _statement(shape: Shape, dialect: Dialect) -> Statement:
    found, table = dataset(shape.dataset), tables()[shape.dataset]
    places = places_of(found, table, shape.custodian, dialect)
    printer, law = Printer(places, dialect), shape.law
    asked = [found.column(name) for name in shape.columns]
    open_ = (c for c in asked if c.name != found.key and not _closed(c, law))
    columns = [(c, hangs_on(c, law)) for c in open_]
    masks = tuple(dict.fromkeys(mask for _, mask in columns if mask))
    where = list(shown(shape, table, printer))
    selected: list[Sql] = [
        sa.case((printer.sql(law.masks[mask]), value)).label(column.name) if mask else value
        for column, mask in columns
        for value in (_expression(column, table),)
    ]
    selected += [printer.sql(law.masks[m]).label(f"open{i}") for i, m in enumerate(masks)]
    read = beside_flags(law)
    selected += [
        flags(places),
        *(places[f.name].value.label(f"fact{i}") for i, f in enumerate(read)),
    ]
    query = _ordered(shape, found, table, selected, where)
    query = query.where(*where).limit(sa.bindparam("limit"))
    query = by_index(query, shape, table)
    return Statement(
        *compiled(query, dialect), tuple((c.name, mask) for c, mask in columns), masks, read
    )


def by_index(query: sa.Select[Any], shape: Shape, table: sa.Table) -> sa.Select[Any]:
    """The query, with the index that SQLite is to take where it would choose a worse one."""
    index = _index(shape, dataset(shape.dataset))
    return query.with_hint(table, f"INDEXED BY {index}", "sqlite") if index else query


def _index(shape: Shape, found: Dataset) -> str:
    """The index of a condition on a name or a point, which SQLite passes by for the key's order.

    A column that is looked up by its values leads to fewer rows than a point's band.
    """
    named = {op: name for name, op, _, _ in shape.comparisons if op in _MADE}
    looked_up = any(
        op in ("=", "in") and name in found.names and found.column(name).index
        for name, op, _, _ in shape.comparisons
    )
    name = named.get("alike") or ("" if looked_up else named.get("within", ""))
    return f"{shape.dataset}_{name}" if name and found.column(name).index else ""


def flags(places: Mapping[str, Place]) -> Sql:
    """The flags of a row, NULL for one that has none. Nearly all rows have none, and a text that is
    not made is a text that need not be read: three of them made a page a quarter slower (m).
    """
    first, *rest = (places[f"resource.{flag}"].value for flag in FLAGS)
    plain = sa.and_(*(value == _NO for value in (first, *rest)))
    said = reduce(lambda so_far, value: so_far + _BLANK + value, rest, first)
    return sa.case((plain, sa.null()), else_=said).label("flags")


def beside_flags(law: RowFilter) -> tuple[Fact, ...]:
    """What else the law reads of a row."""
    return tuple(f for f in law.facts if f.name.removeprefix("resource.") not in FLAGS)


@lru_cache(maxsize=64)
def _withheld(shape: Shape, dialect: Dialect) -> Statement:
    found, table = dataset(shape.dataset), tables()[shape.dataset]
    printer = Printer(places_of(found, table, shape.custodian, dialect), dialect)
    query = sa.select(sa.func.count()).select_from(table)
    query = query.where(*_where(shape, table, printer), printer.sql(shape.law.told))
    return Statement(*compiled(query, dialect), (), (), ())


def compiled(query: sa.Select[Any], dialect: Dialect) -> tuple[str, dict[str, object]]:
    """The SQL, and the parameters in it that have a value already."""
    made = query.compile(dialect=DIALECTS[dialect])
    return str(made), {n: _plain(v) for n, v in made.params.items() if v is not None}


def _plain(value: object) -> object:
    return str(value) if isinstance(value, str) else value


def places_of(
    found: Dataset, table: sa.Table, custodian: str, dialect: Dialect
) -> dict[str, Place]:
    """Where each fact of a row stands."""
    within = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    happened = Place(sa.literal(0))
    if found.happened:
        blank = None if found.column(found.happened).required else 0
        happened = Place(table.c[found.happened], null=blank, age=True)

    def labelled(text: str) -> Sql:
        if not is_label(text):
            return sa.false()
        return within(sa.func.coalesce(table.c[LABELS], ""), f" {text} ") > 0

    return {
        **{f"resource.{flag}": Place(table.c[flag]) for flag in FLAGS},
        "resource.victim_registered": Place(table.c.victim_registered, null="unknown"),
        "resource.origin": Place(table.c.origin, null=custodian),
        "resource.days_old": happened,
        "resource.labels": Place(table.c[LABELS], holds=labelled),
    }


def _closed(column: Column, law: RowFilter) -> bool:
    if not column.mask:
        return False
    opens = law.masks.get(column.mask)
    return opens is None or (isinstance(opens, Const) and not opens.value)


def hangs_on(column: Column, law: RowFilter) -> str:
    """The mask of the column, where it is open in some rows only."""
    opens = law.masks.get(column.mask)
    return "" if opens is None or isinstance(opens, Const) else column.mask


def shown(shape: Shape, table: sa.Table, printer: Printer) -> Iterator[sa.ColumnElement[bool]]:
    """What every row of the search meets: the user's conditions, the law, and an order that its
    column's mask lets be seen.
    """
    yield from _where(shape, table, printer)
    yield printer.sql(shape.law.condition)
    if shape.sort:
        column, _ = dataset(shape.dataset).sorting(shape.sort)
        if mask := hangs_on(column, shape.law):
            yield printer.sql(shape.law.masks[mask])


def _where(shape: Shape, table: sa.Table, printer: Printer) -> Iterator[sa.ColumnElement[bool]]:
    """The custodian, and the user's conditions, each tied to the mask of its column."""
    numbers = count()
    yield table.c.custodian == sa.bindparam("custodian")
    for name, op, size, mask in shape.comparisons:
        if op in _MADE:
            column = dataset(shape.dataset).column(name)
            yield _MADE[op](column, table, _bound(size, numbers), printer.dialect)
        else:
            yield _comparison(table.c[name], op, size, numbers)
        if mask:
            yield printer.sql(shape.law.masks[mask])


def _ordered(
    shape: Shape,
    found: Dataset,
    table: sa.Table,
    selected: list[Sql],
    where: list[Sql],
) -> sa.Select[Any]:
    """The select in its order, from its place on."""
    key = table.c[found.key]
    if not shape.sort:
        if shape.after:
            where.append(key > sa.bindparam("after0"))
        return sa.select(key, *selected).order_by(key)
    column, down = found.sorting(shape.sort)
    by = table.c[column.name]
    if shape.after:
        where.append(_beyond(by, key, down, shape.after, column.required))
    order = (by.desc(), key.desc()) if down else (by.asc(), key.asc())
    if not column.required:
        order = (order[0].nulls_last(), order[1])
    return sa.select(key, by.label("sorted_by"), *selected).order_by(*order)


def _bound(size: int, numbers: Iterator[int], type_: Any = None) -> list[sa.BindParameter[Any]]:
    return [sa.bindparam(f"v{next(numbers)}", type_=type_) for _ in range(size)]


def _within(
    column: Column, table: sa.Table, bound: list[sa.BindParameter[Any]], dialect: Dialect
) -> sa.ColumnElement[bool]:
    latitude, longitude = (table.c[part] for part in column.of)
    return point.within(latitude, longitude, bound)


def _alike(
    column: Column, table: sa.Table, bound: list[sa.BindParameter[Any]], dialect: Dialect
) -> sa.ColumnElement[bool]:
    surname, given = (table.c[f"{part}__spelled"] for part in column.of)
    return names.condition(surname, given, bound, dialect)


_MADE: Final = {"within": _within, "alike": _alike}
"""Operators on a column that is made of two."""


def _comparison(
    column: sa.Column[Any], op: str, size: int, numbers: Iterator[int]
) -> sa.ColumnElement[bool]:
    values = _bound(size, numbers, column.type)
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


def _expression(column: Column, table: sa.Table) -> Sql:
    if not column.made:
        return table.c[column.name]
    if column.type is Type.NAME:
        surname, given = (table.c[part] for part in column.of)
        both = surname + ", " + given
        return sa.func.coalesce(both, surname, given).label(column.name)
    latitude, longitude = (as_text(table.c[part]) for part in column.of)
    return (latitude + ", " + longitude).label(column.name)


def days_since(day: str | None, today: date) -> int:
    """How many whole days ago the ISO day or time ``day`` was; 0 where it is not known."""
    return (today - date.fromisoformat(day[:10])).days if day else 0
