"""The list of people in custody, for whoever was permitted to look (``custody:list``)."""

from __future__ import annotations

from collections.abc import Iterable

from ..custody import listing
from ..custody.held import Held
from ..evidence import reader as evidence
from ..model.errors import TicketRefused
from ..model.evidence import Document
from .answer import Answer
from .gate import Gate


def in_custody(gate: Gate, look: Answer) -> list[Held]:
    """Everyone in the custody of the custodian whose law permitted the look.

    Raises:
        TicketRefused: it did not, or has moved since.
    """
    return listing.in_custody(gate.parts.custody, _custodian(gate, look))


def booking(gate: Gate, look: Answer, id: str) -> Held | None:
    """One booking of that custodian; None when it has none of this number.

    Raises:
        TicketRefused: as ``in_custody``.
    """
    return listing.one(gate.parts.custody, _custodian(gate, look), id)


def facilities(gate: Gate, look: Answer) -> dict[str, str]:
    """Where that custodian holds people: id → name.

    Raises:
        TicketRefused: as ``in_custody``.
    """
    return listing.facilities(gate.parts.custody, _custodian(gate, look))


def papers(gate: Gate, look: Answer, held: Iterable[Held]) -> dict[str, Document]:
    """The papers of those in custody as that custodian sees them, verified by its people or not.

    Raises:
        TicketRefused: as ``in_custody``.
    """
    custodian = _custodian(gate, look)
    ids = [paper.document for one in held for paper in one.papers]
    found = evidence.documents(gate.parts.evidence, ids, custodian=custodian)
    return {document.id: document for document in found}


def _custodian(gate: Gate, look: Answer) -> str:
    if not look.opens or look.request.action != "custody:list":
        raise TicketRefused("Nobody was permitted to see this list.")
    if look.decided.versions != gate.parts.log.versions():
        raise TicketRefused("Law or credentials moved since this was permitted; look again.")
    return look.request.custodian
