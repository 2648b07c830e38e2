"""Step 5: the rows and columns of a permitted read, from the law of its rows."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ..model.errors import FieldError
from ..model.request import Known
from ..model.terms import RowFilter
from ..model.ticket import Filter
from ..records import cursor
from ..records import narrow as records
from .parts import Parts


def narrow(parts: Parts, known: Known, law: RowFilter) -> Filter:
    """What a permitted read of rows may see.

    Args:
        law: which rows, and which masks in each.

    Raises:
        FieldError: a ``read`` that names no record, or a cursor of another search.
    """
    request = known.request
    if request.action == "read" and not request.target:
        raise FieldError("target", f"Name the {request.dataset} to read.")
    bound = cursor.bound_to(known.person.id, request)
    after = cursor.unseal(request.cursor, key=parts.cursor_key(), bound=bound)
    today = known.at.astimezone(ZoneInfo(parts.timezone)).date()
    return records.narrow(request, law, today, after, parts.limits.facet_values)
