"""Step 5: the filter and the visible columns of a permitted read, from the masks that opened."""

from __future__ import annotations

from ..model.actions import ACTIONS, Family
from ..model.decision import Decision
from ..model.errors import FieldError
from ..model.request import Known
from ..model.ticket import Filter
from ..records import cursor
from ..records import narrow as records
from .parts import Parts


def narrow(parts: Parts, known: Known, decision: Decision) -> Filter | None:
    """What a permitted read may see; None for an act that reads no rows.

    Raises:
        FieldError: a ``read`` that names no record, or a cursor of another search.
    """
    request = known.request
    action = ACTIONS[request.action]
    if action.family is not Family.RECORDS or not action.masks:
        return None
    if request.action == "read" and not request.target:
        raise FieldError("target", f"Name the {request.dataset} to read.")
    bound = cursor.bound_to(known.person.id, request)
    after = cursor.unseal(request.cursor, key=parts.cursor_key, bound=bound)
    return records.narrow(request, decision.masks, after)
