"""What a decision's entry pins: every fact that the decision read, so that it can be made again.

Agencies may be narrowed, papers verified and people released after a decision. So its entry keeps,
salted, the facts as they were: ``pin`` writes them and ``rebuild`` reads them back. What a rule
cannot read (a case's number, a search's conditions, whom a request is about) is not among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from ..law.facts import Cast
from ..model.errors import CheckFailed
from ..model.evidence import Document
from ..model.request import Agency, CustodyFacts, Known, Person, Request, RowFacts

_A_CASE = "(a case)"


@dataclass(frozen=True, slots=True)
class Pinned:
    """The facts of one decision, as its entry keeps them.

    Attributes:
        person: who asked, with the agency and role that the credential stood for.
        agencies: the requester's, the represented agency and the custodian, each with all above it.
        absent: agencies that the law in force named and nobody knew.
        case: whether a case was named.
    """

    at: datetime
    person: Person
    requester: str
    represented: str
    agencies: tuple[Agency, ...]
    absent: tuple[str, ...]
    documents: tuple[Document, ...]
    custody: CustodyFacts
    row: RowFacts
    kind: str
    dataset: str
    case: bool


_read = msgspec.json.Decoder(Pinned).decode


def pin(known: Known, cast: Cast, absent: tuple[str, ...] = ()) -> dict[str, Any]:
    """The facts of a decision as JSON, for its entry in the log.

    Args:
        known: what was decided.
        cast: the agencies among which it was decided.
        absent: agencies that the law named and ``cast`` has not.
    """
    request = known.request
    lines = {known.requester.id: known.requester, known.represented.id: known.represented}
    origin = known.row.origin or request.custodian
    for id in (known.requester.id, known.represented.id, request.custodian, origin):
        lines |= {a.id: a for a in _line(cast.agencies, id)}
    pinned = Pinned(
        at=known.at,
        person=known.person,
        requester=known.requester.id,
        represented=known.represented.id,
        agencies=tuple(lines[id] for id in sorted(lines)),
        absent=absent,
        documents=known.documents,
        custody=known.custody,
        row=known.row,
        kind=request.kind,
        dataset=request.dataset,
        case=bool(request.case),
    )
    facts: dict[str, Any] = msgspec.to_builtins(pinned, order="deterministic")
    return facts


def read_facts(index: int, text: str) -> Pinned:
    """The pinned facts of entry ``index``, from the JSON text that it sealed.

    Raises:
        CheckFailed: they are not of the form that this program writes.
    """
    try:
        return _read(text)
    except (msgspec.MsgspecError, ValueError) as fault:
        raise CheckFailed(f"The facts of entry {index} cannot be read: {fault}.") from fault


def rebuild(clear: Mapping[str, Any], facts: Pinned, epoch: int) -> Known:
    """What was known when the entry was decided, as far as any rule can read it.

    Args:
        clear: the clear fields of the entry.
        facts: what it pinned.
        epoch: the credential epoch that it was decided under.
    """
    agencies = {a.id: a for a in facts.agencies}
    request = Request(
        action=clear["action"],
        represented=facts.represented,
        purpose=clear["purpose"],
        custodian=clear["custodian"],
        dataset=facts.dataset,
        case=_A_CASE if facts.case else "",
        kind=facts.kind,
    )
    return Known(
        at=facts.at,
        person=facts.person,
        requester=agencies[facts.requester],
        represented=agencies[facts.represented],
        request=request,
        documents=facts.documents,
        custody=facts.custody,
        row=facts.row,
        epoch=epoch,
    )


def cast_then(facts: Pinned, today: Mapping[str, Agency]) -> dict[str, Agency]:
    """Every agency as it was, where the decision read it; the others as they are today."""
    found = {id: a for id, a in today.items() if id not in facts.absent}
    found.update((a.id, a) for a in facts.agencies)
    return found


def _line(agencies: Mapping[str, Agency], id: str) -> Iterator[Agency]:
    """An agency and those above it, as far as the tree goes: a broken one must not stop the log."""
    seen: set[str] = set()
    while id in agencies and id not in seen:
        seen.add(id)
        yield agencies[id]
        id = agencies[id].parent
