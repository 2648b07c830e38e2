"""Who received a record before it was corrected or sealed, and the letters that tell them.

The log is the only account of it: each ``answered`` entry keeps the keys of its rows as a salted
value. Where a value was expunged under an order, or is of a version that kept a digest only, nobody
can tell any more; how many such answers there were is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..log.read import Entry, entries, entry
from ..model.request import Request
from ..records.rectify import Rectified
from .parts import Parts

TELL: Final = ("corrected", "sealed", "expunged")
"""What those who had the record must know."""

_PAGE: Final = 500
_ASKS: Final[Mapping[str, str]] = {
    "corrected": (
        "It was challenged, found not accurate or not complete, and corrected. Replace your "
        "copy by asking for the record again, and tell everyone to whom you passed it on."
    ),
    "sealed": (
        "It was sealed under an order of a court. Do not use it or pass it on; return or destroy "
        "your copies as the order says, and tell everyone to whom you passed it on."
    ),
    "expunged": (
        "It was expunged under an order of a court. Destroy your copies, do not use what was in "
        "them, and tell everyone to whom you passed it on."
    ),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer that held the record."""

    agency: str
    entry: int
    at: str
    purpose: str
    case: str


@dataclass(frozen=True, slots=True)
class Received:
    """Who had a record.

    Attributes:
        answers: oldest first.
        not_known: answers of its data set of which the rows are not kept.
    """

    answers: tuple[Answered, ...]
    not_known: int


def received(parts: Parts, request: Request, before: int) -> Received:
    """Who had the record that ``request`` names, by the entries before ``before``.

    Every ``answered`` entry is read: some 10,000 in a second.
    """
    found: list[Answered] = []
    unknown = 0
    for answered in _answers(parts, before):
        keys = answered.values.get("keys_digest")
        if isinstance(keys, list) and request.target not in keys:
            continue
        decided = entry(parts.log, answered.leaf.clear["decision"])
        said = decided.leaf.clear
        if (said.get("dataset"), said["custodian"]) != (request.dataset, request.custodian):
            continue
        if not isinstance(keys, list):
            unknown += 1
            continue
        case = str(decided.values.get("case") or "")
        at = f"{answered.leaf.at:%Y-%m-%d %H:%M} UTC"
        found.append(Answered(said["represented"], answered.index, at, said["purpose"], case))
    return Received(tuple(reversed(found)), unknown)


def told(parts: Parts, had: Received, done: Rectified, leaf: int) -> dict[str, Any]:
    """What the answer says of it, with a letter to each agency but the custodian itself."""
    others = sorted({a.agency for a in had.answers} - {done.custodian})
    return {
        "had_before": [_said(a) for a in had.answers],
        "not_known": had.not_known,
        "letters": {
            f"{done.key}-{agency}.txt": _letter(parts, done, agency, had, leaf) for agency in others
        },
    }


def _said(answer: Answered) -> dict[str, Any]:
    return {n: getattr(answer, n) for n in ("agency", "entry", "at", "purpose", "case")}


def _answers(parts: Parts, before: int) -> Iterator[Entry]:
    while page := entries(parts.log, kinds=("answered",), before=before, limit=_PAGE):
        yield from page
        before = page[-1].index


def _letter(parts: Parts, done: Rectified, agency: str, had: Received, leaf: int) -> str:
    agencies = parts.directory.all()
    name, custodian = (agencies[a].name if a in agencies else a for a in (agency, done.custodian))
    answers = "\n".join(
        f"  {a.at}  entry {a.entry}  purpose {a.purpose}" + (f"  case {a.case}" if a.case else "")
        for a in had.answers
        if a.agency == agency
    )
    changed = f"Corrected: {', '.join(done.columns)}.\n\n" if done.what == "corrected" else ""
    return (
        f"From: {custodian}\nTo: {name}\nDate: {parts.clock():%Y-%m-%d}\n\n"
        f"Record {done.key} ({done.dataset})\n\n"
        f"You received this record in these answers:\n\n{answers}\n\n"
        f"{_ASKS[done.what]}\n\n{changed}"
        f"Entry {leaf} of our log records this. 28 CFR 20.21(g), 20.34.\n"
    )
