"""Holds whose limit has come: ended, written down as incidents, and given to whoever is paged.

No request asks for this. Nothing may keep anyone longer than a limit says, so it needs no ticket.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..custody import bookings
from ..custody.holds import Incident
from ..custody.sweep import sweep as end_holds
from ..log.append import append
from ..model.leaf import Leaf
from . import entries
from .parts import Parts


def sweep(parts: Parts) -> Sequence[Incident]:
    """End every hold past its limit; each is logged once as ``incident`` and returned for paging.

    The database ends the hold first: a log that takes no entry does not make it last.
    """
    found = end_holds(parts.custody, parts.clock())
    if found:
        append(parts.log, [_entry(parts, incident) for incident in found])
    return found


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
