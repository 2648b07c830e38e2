"""Holds whose limit has come: ended, written down as incidents, and given to whoever is paged.

No request asks for this. Nothing may keep anyone longer than a limit says, so it needs no ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from ..custody import bookings
from ..custody import sweep as custody
from ..custody.holds import Incident
from ..log.append import append
from ..log.read import entries as read_entries
from ..model.errors import Unavailable
from ..model.leaf import Leaf
from . import entries
from .parts import Parts

_LOOK_BACK: Final = timedelta(days=30)  # how old an incident may be that a dead log did not take
_PAGE: Final = 500


class Sweep:
    """Ends the holds of one jurisdiction whose limit has come. One thread at a time.

    The database ends a hold first: a log that takes no entry does not make it last. What the log
    did not take then is logged by a later sweep, of this process or of the next.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._all_logged = False

    def __call__(self) -> tuple[Sequence[Incident], Unavailable | None]:
        """End every hold past its limit.

        Returns:
            The incidents that were found now, for paging, each once; and why they could not be
            logged, where that is so.

        Raises:
            Unavailable: the holds could not be looked at.
        """
        parts = self._parts
        now = parts.clock()
        found = custody.sweep(parts.custody, now)
        try:
            missing = () if self._all_logged else self._unlogged(now)
            if missing or found:
                append(parts.log, [_entry(parts, incident) for incident in (*missing, *found)])
        except Unavailable as fault:
            self._all_logged = False
            return found, fault
        self._all_logged = True
        return found, None

    def _unlogged(self, now: datetime) -> Sequence[Incident]:
        """Incidents without an entry; those younger than a ticket may be on their way there."""
        parts = self._parts
        seen = custody.incidents(parts.custody, now - _LOOK_BACK, now - parts.limits.ticket)
        if not seen:
            return ()
        logged: set[int] = set()
        before: int | None = None
        since = min(i.seen_at for i in seen)
        while page := read_entries(
            parts.log, kinds=("incident",), since=since, before=before, limit=_PAGE
        ):
            logged |= {e.leaf.clear["decision"] for e in page}
            before = page[-1].index
        return tuple(i for i in seen if i.leaf not in logged)


def _entry(parts: Parts, incident: Incident) -> Leaf:
    with parts.custody.read() as conn:
        facility = bookings.get(conn, incident.booking).facility
    clear = {
        "facility": facility,
        "what": incident.what,
        "rules": [incident.rule],
        "decision": incident.leaf,
    }
    salted = {"booking": incident.booking, "person": "", "receiver": ""}
    versions = parts.log.versions()
    return entries.entry("incident", parts.clock(), versions, "job", clear, salted)
