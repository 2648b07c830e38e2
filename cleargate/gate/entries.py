"""Steps 6 and 9: what is written down, as entries of the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..log.order import Order
from ..model.actions import ACTIONS, Target
from ..model.decision import Decision
from ..model.leaf import Leaf
from ..model.receipt import Receipt, Versions
from ..model.request import Known, Request
from ..model.words import Tri
from ..records import conditions


def decided(
    known: Known,
    decision: Decision,
    facts: Mapping[str, Any],
    versions: Versions,
    via: str,
    laid_open: Mapping[str, Any] | None = None,
) -> Leaf:
    """The entry of a decision: refusals too. Persons, papers and search terms are salted.

    Args:
        facts: everything that the decision read, as ``pinned.pin`` writes it.
        laid_open: of a read of rows, what ``explain_filter.pin`` says of it.
    """
    request = known.request
    clear: dict[str, Any] = {
        "action": request.action,
        "custodian": request.custodian,
        "requester_agency": known.requester.id,
        "represented": request.represented,
        "purpose": request.purpose,
        "basis": [
            {"kind": d.kind, "verified": d.verified(known.at) is Tri.YES} for d in known.documents
        ],
        "outcome": decision.outcome,
        "rules": [r.id for r in decision.deciding],
        "masks": sorted(decision.masks),
        "unreviewed": decision.unreviewed,
    }
    if ACTIONS[request.action].target is Target.DATASET:
        clear["dataset"] = request.dataset
    salted = {
        "person": known.person.id,
        "attention": request.attention,
        "case": request.case,
        "target": request.target,
        "documents": [d.id for d in known.documents],
        "facts": facts,
        "search": {**search_json(request), **(laid_open or {})},
        "reason": request.reason or decision.why,
    }
    return Leaf(
        kind="decided", at=known.at, book=versions.book, epoch=versions.epoch, via=via,
        clear=clear, salted=salted,
    )  # fmt: skip


def search_json(request: Request) -> dict[str, Any]:
    """What was searched for, in words."""
    said: dict[str, Any] = {
        "where": [conditions.typed(c) for c in request.where],
        "columns": list(request.columns),
        "sort": request.sort,
        "limit": request.limit,
    }
    if request.count:
        said["count"] = True
    if request.facets:
        said["facets"] = list(request.facets)
    return said


def entry(
    kind: str,
    at: datetime,
    versions: Versions,
    via: str,
    clear: Mapping[str, Any],
    salted: Mapping[str, Any] | None = None,
) -> Leaf:
    """Any other entry."""
    return Leaf(
        kind=kind, at=at, book=versions.book, epoch=versions.epoch, via=via,
        clear=dict(clear), salted=dict(salted or {}),
    )  # fmt: skip


def expunged(order: Order) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an entry says of a court's order to forget: which entries, in the clear."""
    clear: dict[str, Any] = {"entries": list(order.entries)}
    if order.fields:
        clear["fields"] = list(order.fields)
    return clear, {"order": order.document}


def failed(known: Known, receipt: Receipt, via: str, code: str) -> Leaf:
    """The entry of an act or answer that did not happen."""
    clear = {"decision": receipt.index, "act": known.request.action, "code": code}
    salted = {"target": known.request.target, "keys_digest": ""}
    return entry("failed", known.at, receipt.versions, via, clear, salted)
