"""Step 5 for masks that do not depend on the row: what an opened request may see of a data set.

A pure function of the request, the catalogue and the masks that the decision opened. A closed mask
takes the column out of the answer, and out of the search: a condition on it matches nothing, and
sorting by it shows nothing, so that no value can be guessed by asking.
"""

from __future__ import annotations

from collections.abc import Collection

from ..model.errors import FieldError
from ..model.request import Condition, Request
from ..model.ticket import Filter
from .catalogue import dataset


def narrow(request: Request, opened: Collection[str], after: tuple[object, ...] = ()) -> Filter:
    """The filter for ``request``.

    Args:
        request: with conditions from ``conditions.parse``; no columns means all.
        opened: the masks that the decision opens.
        after: the position from the opened cursor.

    Raises:
        FieldError: the data set, a column or the sort is unknown, or the limit is below 1.
    """
    found = dataset(request.dataset)
    if request.limit < 1:
        raise FieldError("limit", "A page has at least one row; give a limit of 1 or more.")
    asked = tuple(found.column(name) for name in dict.fromkeys(request.columns or found.names))
    closed = {c.name: c.mask for c in found.columns if c.mask and c.mask not in opened}
    named = [c.name for c in asked]
    if request.sort:
        named.append(found.sorting(request.sort)[0].name)
    where: list[Condition] = []
    void: list[Condition] = []
    for condition in request.where:
        name = found.column(condition.column, "where").name
        (void if name in closed else where).append(condition)
        named.append(name)
    return Filter(
        dataset=found.name,
        custodian=request.custodian,
        columns=tuple(c.name for c in asked if c.name not in closed),
        masked=tuple((n, closed[n]) for n in dict.fromkeys(named) if n in closed),
        where=tuple(where),
        void=tuple(void),
        sort=request.sort,
        after=after,
        limit=request.limit,
    )
