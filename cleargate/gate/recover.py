"""What was decided and neither answered nor done when a process ended: finished, or reported.

The log commits before an act, and the act in a store of its own; so a kill between the two leaves a
decision without a second entry. Where the store holds the act under that entry it was done, and
that is logged now; where it does not, nothing was done, and ``failed`` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ..custody import bookings
from ..log.append import append
from ..log.order import Order
from ..log.read import Entry, entries
from ..model.leaf import Leaf
from ..model.words import Outcome
from ..storage.engine import Store
from .entries import entry, expunged
from .parts import Parts

INTERRUPTED: Final = "interrupted"
_PAGE: Final = 500
_KINDS: Final = ("decided", "answered", "done", "failed")
_CUSTODY: Final[Mapping[str, str]] = {
    "book": "booked",
    "lodge": "lodged",
    "hold": "held",
    "serve-copy": "served",
    "withdraw": "disposition",
    "transfer": "transferred",
    "sentence": "sentenced",
    "schedule-release": "eligible",
}


@dataclass(frozen=True, slots=True)
class Recovered:
    """What start-up found.

    Attributes:
        finished: entries of decisions whose act had been done and is now logged.
        reported: entries of decisions after which nothing was done.
        settled: every entry before this index is accounted for; start there next time.
    """

    finished: tuple[int, ...]
    reported: tuple[int, ...]
    settled: int


def recover(parts: Parts, since: int) -> Recovered:
    """Account for every opening decision from entry ``since`` on.

    A decision younger than a ticket's life may still be acted on by another process: it is left.
    """
    now = parts.clock()
    size = parts.log.head().size
    pending = unspent(parts, since)
    old = [e for e in pending if now - e.leaf.at > parts.limits.ticket]
    young = [e.index for e in pending if now - e.leaf.at <= parts.limits.ticket]
    finished: list[int] = []
    reported: list[int] = []
    for decided in old:
        result = _was_done(parts, decided)
        leaves = [_failed(decided, parts)] if result is None else _finish(parts, decided, result)
        append(parts.log, leaves)
        (reported if result is None else finished).append(decided.index)
    return Recovered(tuple(finished), tuple(reported), min(young, default=size))


def unspent(parts: Parts, since: int) -> list[Entry]:
    """Opening decisions from entry ``since`` on that no later entry answers, oldest first."""
    closed: set[int] = set()
    opened: list[Entry] = []
    for found in _newest_first(parts, since):
        clear = found.leaf.clear
        if found.leaf.kind != "decided":
            closed.add(clear["decision"])
        elif Outcome(clear["outcome"]).opens and found.index not in closed:
            opened.append(found)
    return opened[::-1]


def _newest_first(parts: Parts, since: int) -> Iterator[Entry]:
    before: int | None = None
    while page := entries(parts.log, kinds=_KINDS, before=before, limit=_PAGE):
        for found in page:
            if found.index < since:
                return
            yield found
        before = page[-1].index


def _store(parts: Parts, action: str) -> Store | None:
    if action in _CUSTODY:
        return parts.custody
    if action.startswith("evidence:"):
        return parts.evidence
    if action in ("agency:add", "agency:narrow", "credential:issue", "credential:revoke"):
        return parts.agencies
    if action in ("log:rotate-key", "log:expunge"):
        return parts.log.store
    return parts.records if action.startswith("records:") else None


def _was_done(parts: Parts, decided: Entry) -> Any:
    """The result that the store keeps under this entry; None when it did nothing."""
    store = _store(parts, decided.leaf.clear["action"])
    if store is None:
        return None
    with store.read() as conn:
        row = conn.execute("SELECT result FROM acts WHERE leaf = ?", (decided.index,)).fetchone()
    return None if row is None else msgspec.json.decode(row[0])


def _failed(decided: Entry, parts: Parts) -> Leaf:
    clear = {"decision": decided.index, "act": decided.leaf.clear["action"], "code": INTERRUPTED}
    return _entry(parts, decided, "failed", clear, _about(decided))


def _finish(parts: Parts, decided: Entry, result: Any) -> list[Leaf]:
    said = decided.leaf.clear
    action = said["action"]
    done = {"decision": decided.index, "act": action}
    leaves = [_entry(parts, decided, "done", done, _about(decided))]
    who = decided.values.get("person", "")
    if action in _CUSTODY:
        booking = result if action == "book" else result["booking"]
        with parts.custody.read() as conn:
            facility = bookings.get(conn, booking).facility
        clear = {
            "facility": facility, "agency": said["represented"], "decision": decided.index,
            "outcome": said["outcome"], "rules": said["rules"], "basis": said["basis"],
        }  # fmt: skip
        salted = {"booking": booking, "person": who, "receiver": ""}
        leaves.append(_entry(parts, decided, _CUSTODY[action], clear, salted))
    elif action.startswith("credential:"):
        agency = result["person"]["agency"] if action == "credential:issue" else said["custodian"]
        clear = {"agency": agency, "decision": decided.index,
                 "what": "issued" if action == "credential:issue" else "revoked"}  # fmt: skip
        salted = {"credential": result["credential"], "person": who}
        leaves.append(_entry(parts, decided, "credential", clear, salted))
    elif action == "log:expunge":
        clear, salted = expunged(msgspec.convert(result["order"], Order))
        leaves.append(_entry(parts, decided, "expunged", clear, salted))
    elif action.startswith("agency:"):
        what = "added" if action == "agency:add" else "narrowed"
        clear = {"agency": result["id"], "what": what, "decision": decided.index}
        leaves.append(_entry(parts, decided, "agency", clear, {"person": who}))
    return leaves


def _about(decided: Entry) -> dict[str, Any]:
    return {"target": decided.values.get("target", ""), "keys_digest": ""}


def _entry(
    parts: Parts, decided: Entry, kind: str, clear: dict[str, Any], salted: dict[str, Any]
) -> Leaf:
    return entry(kind, parts.clock(), decided.leaf.under, "job", clear, salted)
