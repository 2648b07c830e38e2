"""What an agency may be answered by the law in force: decided, not asked, so nothing is opened.

The law is public and so is what follows from it; a decision here reads no record and no booking,
makes no ticket and leaves no entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..law.changes import what_would_open
from ..law.decide import decide
from ..model.decision import Change, Decision
from ..model.errors import CleargateError
from ..model.request import Known, Person, Request
from .answer import Answer
from .gate import Gate
from .known import gather


def tried(
    gate: Gate, person: Person, plain: Request, actions: Sequence[str]
) -> Mapping[str, Decision]:
    """The decision on each action for ``person``, with no paper and about nobody in particular.

    A book that cannot be read gives none.
    """
    parts = gate.parts
    try:
        book = gate.book()
        custodian = book.custodian(plain.custodian)
        known = Known(
            at=parts.clock(),
            person=person,
            requester=parts.directory.agency(person.agency),
            represented=parts.directory.agency(plain.represented),
            request=plain,
        )
    except CleargateError:
        return {}
    cast = gate.cast()
    return {
        action: decide(book, custodian, cast, replace(known, request=replace(plain, action=action)))
        for action in actions
    }


def opening(gate: Gate, answer: Answer, mask: str) -> tuple[Change, ...]:
    """What would open ``mask`` in an answer of rows like this one, each way tried by the law.

    It is tried for a row that the answer may show, and reads none.
    """
    if answer.asker is None or answer.visible is None:
        return ()
    try:
        book = gate.law.book(answer.decision.book)
        custodian = book.custodian(answer.request.custodian)
        known = gather(gate.parts, answer.asker, answer.request, answer.decision.at, 0)
    except CleargateError:
        return ()
    known = replace(known, row=answer.visible.law.example)
    return what_would_open(book, custodian, gate.cast(), known, mask)
