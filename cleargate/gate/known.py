"""Step 3: what is known of requester, agencies, evidence and target. Stored facts win.

A paper speaks for the person or case that it is about, and for the agency that it comes from: a
warrant for one is not evidence against another.
"""

from __future__ import annotations

from datetime import datetime

from ..agencies.reader import above
from ..custody import facts as custody_facts
from ..custody.dispositions import ENDS_THE_PAPER
from ..evidence import reader as evidence
from ..model.actions import ACTIONS, Target
from ..model.errors import FieldError
from ..model.evidence import Document
from ..model.request import CustodyFacts, Known, Person, Request, RowFacts
from .parts import Parts

_GENERAL = ("agreement",)  # kinds of document that are about no one person or case
_OF_A_PAPER = ("serve-copy", "withdraw")
"""What the desk does with another's lodged paper in its own name; it opens nothing by it."""


def gather(parts: Parts, person: Person, request: Request, at: datetime, epoch: int) -> Known:
    """Everything that the law may turn on, read once.

    Raises:
        FieldError: evidence that is not there, or is about someone else.
    """
    documents = evidence.documents(
        parts.evidence, basis(parts, request), custodian=request.custodian
    )
    if request.action != "log:expunge":  # a court's order about entries, whatever case it is of
        for document in documents:
            _about(document, request)
            _from(parts, document, request)
    custody = CustodyFacts()
    if about_a_booking(request):
        custody = custody_facts.custody_facts(parts.custody, request.target, at)
    return Known(
        at=at,
        person=person,
        requester=parts.directory.agency(person.agency, field="requester"),
        represented=parts.directory.agency(request.represented),
        request=request,
        documents=documents,
        custody=custody,
        row=RowFacts(),
        epoch=epoch,
    )


def about_a_booking(request: Request) -> bool:
    """Whether it names a booking that is there: the number that ``book`` gives is a new one."""
    target = ACTIONS[request.action].target
    return target is Target.BOOKING and bool(request.target) and request.action != "book"


def basis(parts: Parts, request: Request) -> tuple[str, ...]:
    """The papers of a request; asked to hold or hand over on none, those lodged for the person."""
    if request.basis or request.action not in ("hold", "transfer") or not request.target:
        return request.basis
    papers = custody_facts.lodged(parts.custody, request.target)
    return tuple(p.document for p in papers if p.disposition not in ENDS_THE_PAPER)


def _about(document: Document, request: Request) -> None:
    if document.kind in _GENERAL or request.action.startswith("evidence:"):
        return
    subjects = {request.target, request.case} - {""}
    if document.target not in subjects:
        about = f"about {document.target}" if document.target else "about no booking or case"
        here = request.target or request.case or "this request"
        raise FieldError("basis", f"{document.id} is {about}, not {here}; present a paper that is.")


def _from(parts: Parts, document: Document, request: Request) -> None:
    """A case or agreement of one agency is no evidence for another."""
    if document.agency in ("", request.custodian, request.represented):
        return
    if request.action in _OF_A_PAPER and request.represented == request.custodian:
        return
    known = parts.directory.all()
    near = {document.agency, *(a.id for a in above(known, known[document.agency]))}
    near |= {a.id for a in parts.directory.below(document.agency)}
    if request.represented not in near:
        raise FieldError(
            "basis", f"{document.id} comes from {document.agency}, not {request.represented}."
        )
