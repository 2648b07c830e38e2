"""How many rows a search shows, in all and by the values of a column.

It counts the rows that the pages of the same search would show, by the same conditions, law and
masks, and none else: a number tells nothing that the pages would not. A column is counted only in
the rows in which it is open. With the number the database says how many rows there are of each
combination of what law reads of them, so that Cedar decides those again, as after a page.

Counts by the values of a column that names a person would rank people; there are none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from ..model.errors import FieldError
from ..model.terms import Const
from ..model.ticket import Filter
from ..storage.engine import Connection, Dialect
from .catalogue import Column, Dataset, Type, dataset
from .conditions import Comparison
from .print import Printer
from .statement import (
    Shape,
    Statement,
    beside_flags,
    by_index,
    compiled,
    flags,
    hangs_on,
    places_of,
    shape_of,
    shown,
)
from .store import tables

FIELD: Final = "facets"
"""The field of a request that names columns to count by."""

_DAY: Final[tuple[sa.ColumnClause[int], ...]] = (sa.literal_column("1"), sa.literal_column("10"))
"""The characters of a day in a time."""
_NAMES_PEOPLE: Final = frozenset(("see:identity", "see:victim", "see:contact"))


@dataclass(frozen=True, slots=True)
class Facet:
    """How many of the rows have each value of a column.

    Attributes:
        values: each with its number, the most frequent first; None stands for not recorded.
        more: there are more values than are told.
        mask: the mask of the column, where rows in which it is closed are not counted.
    """

    column: str
    values: tuple[tuple[object, int], ...]
    more: bool
    mask: str = ""


def countable(found: Dataset, name: str) -> Column:
    """The column ``name``, by whose values rows can be counted.

    Raises:
        FieldError: there is none, it names people, or it has too many values to be counted by.
    """
    column = found.column(name, FIELD)
    if column.mask in _NAMES_PEOPLE:
        raise FieldError(
            FIELD, f"'{name}' tells who people are, and nobody is counted by that; count by "
            f"another column: {', '.join(_countable(found))}."
        )  # fmt: skip
    if not _few_values(column, found):
        raise FieldError(
            FIELD, f"'{name}' has too many values to count by; use {', '.join(_countable(found))}."
        )  # fmt: skip
    return column


def _countable(found: Dataset) -> Iterator[str]:
    yield from (
        c.name for c in found.columns if _few_values(c, found) and c.mask not in _NAMES_PEOPLE
    )


def _few_values(column: Column, found: Dataset) -> bool:
    """Codes and kinds, which are searched by lists of them; no keys."""
    return column.type is Type.BOOLEAN or ("in" in column.ops and column.name != found.key)


# --- statements -----------------------------------------------------------------------------------


def census(made: Filter, where: list[Comparison], dialect: Dialect) -> Statement:
    """The number of rows of each combination of facts and open masks."""
    return _census(_whole(made, where), dialect)


def facet(made: Filter, where: list[Comparison], column: str, dialect: Dialect) -> Statement:
    """The most frequent values of ``column``, with their numbers."""
    return _facet(_whole(made, where), column, dialect)


def statements(
    made: Filter, where: list[Comparison], dialect: Dialect
) -> Iterator[tuple[str, Statement]]:
    """What is asked of the database beside the page, each with what it is for."""
    if made.counted or made.facets:
        yield "count", census(made, where, dialect)
    for name in open_facets(made):
        yield f"by {name}", facet(made, where, name, dialect)


def open_facets(made: Filter) -> Iterator[str]:
    """The columns to count by that are open in some rows."""
    closed = {m.column for m in made.masked if m.rows == "all"}
    yield from (name for name in made.facets if name not in closed)


def _whole(made: Filter, where: list[Comparison]) -> Shape:
    """All pages of the search: no columns, and from no place on."""
    shape = shape_of(made, where)
    return Shape(
        shape.dataset, shape.custodian, shape.law, (), shape.comparisons, shape.sort, after=""
    )


@lru_cache(maxsize=128)
def _census(shape: Shape, dialect: Dialect) -> Statement:
    _, table, printer = _of(shape, dialect)
    law = shape.law
    masks = tuple(m for m, opens in law.masks.items() if not isinstance(opens, Const))
    facts, read = [flags(printer.places)], beside_flags(law)
    for number, fact in enumerate(read):
        place = printer.places[fact.name]
        value = sa.func.substr(place.value, *_DAY) if place.age else place.value
        facts.append(value.label(f"fact{number}"))
    bits = [printer.sql(law.masks[m]).label(f"open{i}") for i, m in enumerate(masks)]
    rows = sa.select(*bits, *facts).select_from(table).where(*shown(shape, table, printer))
    each = by_index(rows, shape, table).subquery("each")
    query = sa.select(*each.c, sa.func.count()).group_by(*each.c)
    return Statement(*compiled(query, dialect), (), masks, read)


@lru_cache(maxsize=256)
def _facet(shape: Shape, name: str, dialect: Dialect) -> Statement:
    found, table, printer = _of(shape, dialect)
    column, value = found.column(name), table.c[name]
    number = sa.func.count()
    query = sa.select(value, number).where(*shown(shape, table, printer)).group_by(value)
    if mask := hangs_on(column, shape.law):
        query = query.where(printer.sql(shape.law.masks[mask]))
    query = by_index(query, shape, table).order_by(number.desc(), value.asc().nulls_last())
    return Statement(
        *compiled(query.limit(sa.bindparam("limit")), dialect), ((name, mask),), (), ()
    )


def _of(shape: Shape, dialect: Dialect) -> tuple[Dataset, sa.Table, Printer]:
    found, table = dataset(shape.dataset), tables()[shape.dataset]
    return found, table, Printer(places_of(found, table, shape.custodian, dialect), dialect)


# --- what they say --------------------------------------------------------------------------------


def facets(conn: Connection, made: Filter, where: list[Comparison]) -> Iterator[Facet]:
    """The numbers by each column that was asked for; of a closed one, none."""
    asked, masks = set(open_facets(made)), {m.column: m.mask for m in made.masked}
    for name in made.facets:
        values: list[tuple[object, int]] = []
        if name in asked:
            said = facet(made, where, name, conn.dialect)
            limit = {"limit": made.facet_values + 1}
            rows = conn.execute(said.sql, said.values(made, where) | limit).fetchall()
            of_type = dataset(made.dataset).column(name).type
            values = [(_value(value, of_type), number) for value, number in rows]
        told = tuple(values[: made.facet_values])
        yield Facet(name, told, len(values) > made.facet_values, masks.get(name, ""))


def _value(value: Any, of_type: Type) -> object:
    return bool(value) if of_type is Type.BOOLEAN and value is not None else value
