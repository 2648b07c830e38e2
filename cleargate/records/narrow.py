"""Step 5: what an opened request asks of a data set, under the law of its rows.

A pure function of the request, the catalogue and the law's filter. A closed mask takes the column
out of the answer, and out of the search: a condition on it matches nothing, and sorting by it shows
nothing, so that no value can be guessed by asking. Where a mask is open in some rows, conditions
and order reach those rows alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ..model.errors import FieldError
from ..model.request import Condition, Request
from ..model.terms import Const, RowFilter
from ..model.ticket import Filter, Masked
from .catalogue import Column, dataset
from .tally import countable


def narrow(
    request: Request,
    law: RowFilter,
    today: date,
    after: tuple[object, ...] = (),
    facet_values: int = 50,
) -> Filter:
    """The filter for ``request``.

    Args:
        request: with conditions from ``conditions.parse``; no columns means all.
        law: which rows, and which masks in each.
        today: the custodian's day.
        after: the position from the opened cursor.
        facet_values: values of a column that rows are counted by, at most.

    Raises:
        FieldError: the data set, a column or the sort is unknown, or the limit is below 1.
    """
    found = dataset(request.dataset)
    if request.limit < 1:
        raise FieldError("limit", "A page has at least one row; give a limit of 1 or more.")
    asked = tuple(found.column(name) for name in dict.fromkeys(request.columns or found.names))
    named = list(asked)
    if request.sort:
        named.append(found.sorting(request.sort)[0])
    named += [found.column(c.column, "where") for c in request.where]
    named += [countable(found, name) for name in request.facets]
    masked = tuple(_masked(dict.fromkeys(named), law))
    closed = {m.column for m in masked if m.rows == "all"}
    where: list[Condition] = []
    void: list[Condition] = []
    for condition in request.where:
        (void if condition.column in closed else where).append(condition)
    return Filter(
        dataset=found.name,
        custodian=request.custodian,
        law=law,
        today=today,
        columns=tuple(c.name for c in asked),
        masked=masked,
        where=tuple(where),
        void=tuple(void),
        sort=request.sort,
        after=after,
        limit=request.limit,
        target=request.target if request.action == "read" else None,
        counted=request.count,
        facets=tuple(dict.fromkeys(request.facets)),
        facet_values=facet_values,
    )


def _masked(columns: dict[Column, None], law: RowFilter) -> Iterator[Masked]:
    for column in columns:
        if not column.mask:
            continue
        opens = law.masks.get(column.mask)
        if not isinstance(opens, Const):
            yield Masked(column.name, column.mask, "all" if opens is None else "some")
        elif not opens.value:
            yield Masked(column.name, column.mask, "all")
