"""The log: its entries as a list, one request as its ten steps, a receipt to keep, how to check it.

An entry is shown to those to whom the API shows it (``explained.may_see``): who asked, and the
custodian's own people. The list of everybody's entries is a request of its own (``log:read``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ...gate.answer import Answer, receipt_json
from ...gate.explain import Explained, explain
from ...log import listing
from ...log.listing import Wanted
from ...log.read import Entry, entry, receipt
from ...model.actions import ACTIONS
from ...model.errors import BadUse, NotFound
from ...model.kinds import KINDS
from ...model.request import Person
from ...model.words import PURPOSES, Outcome
from ..explained import ALONE, may_see
from ..incoming import AnyRequest
from .pages import HEADERS, VIA, Pages
from .proof_path import path
from .visit import Visit
from .witnesses import witnesses

_PAGE: Final = 50


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """``/log`` and what is below it."""

    @get("/log")
    async def log(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: _list(pages, v))

    @get("/log/entry/{leaf:int}")
    async def one(request: AnyRequest, leaf: FromPath[int]) -> Response[Any]:
        return await pages.show(request, lambda v: _entry(pages, v, leaf))

    @get("/log/entry/{leaf:int}/receipt")
    async def paper(request: AnyRequest, leaf: FromPath[int]) -> Response[Any]:
        return await pages.show(request, lambda v: _receipt(pages, v, leaf))

    @get("/log/check")
    async def check(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: _check(pages, v))

    return [log, one, paper, check]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose entries someone sees.

    Attributes:
        look: the answer to ``log:read``; None for people of no custodian, who do not ask.
        agency: only this agency's own requests; empty for everything.
    """

    look: Answer | None
    agency: str

    @property
    def whole(self) -> bool:
        """Whether it is the whole log."""
        return not self.agency


def scope(pages: Pages, visit: Visit) -> Scope | None:
    """Whose entries ``visit`` sees in lists and counts; None for people who share no agency.

    What an agency asked it was answered; that is shown to its own people without a request.
    """
    person = visit.signed_in
    if person.role in ALONE:
        return None
    if person.agency not in set(pages.gate.parts.custodian_of.values()):
        return Scope(None, person.agency)
    look = pages.looks.look(visit.running, "log:read", person.agency, VIA)
    return Scope(look, "" if look.opens else person.agency)


def _list(pages: Pages, visit: Visit) -> Response[Any]:
    seen = scope(pages, visit)
    chosen = _wanted(visit, seen)
    log, before = pages.gate.parts.log, _before(visit)
    if seen is None:
        found = listing.own(log, visit.signed_in.id, before=before, limit=_PAGE + 1)
    else:
        found = listing.lines(log, chosen, before=before, limit=_PAGE + 1)
    head = pages.gate.parts.log.head()
    return pages.html(
        visit, "log.html", section="log", seen=seen, lines=found[:_PAGE], size=head.size,
        more=found[_PAGE - 1].index if len(found) > _PAGE else None, chosen=chosen,
        kinds=sorted(KINDS), outcomes=list(Outcome), purposes=list(PURPOSES.values()),
        actions=[a for a in ACTIONS if not a.startswith("see:")],
        agencies=pages.gate.parts.directory.all(), query=visit.query, reach=listing.OWN_REACH,
        witnesses=witnesses(pages.office),
    )  # fmt: skip


def _before(visit: Visit) -> int | None:
    """Where the next page begins; None for the first. No log has an index of 19 digits."""
    said = visit.query.get("before", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else None


def _wanted(visit: Visit, seen: Scope | None) -> Wanted:
    said = visit.query
    kind = said.get("kind", "")
    return Wanted(
        kinds=(kind,) if kind in KINDS else (),
        outcome=said.get("outcome", ""),
        action=said.get("action", ""),
        purpose=said.get("purpose", ""),
        agency=said.get("agency", ""),
        asked_by=seen.agency if seen else "",
    )


def _entry(pages: Pages, visit: Visit, leaf: int) -> Response[Any]:
    person = visit.signed_in
    found = _explained(pages, person, leaf)
    if found is None:
        return _plain_entry(pages, visit, leaf)
    decided = found.decided
    clear = decided.leaf.clear
    own = person.role == "auditor" and person.agency == clear["custodian"]
    return pages.html(
        visit, "entry.html", section="log", found=found, clear=clear, asked=leaf,
        opened=clear["outcome"] in ("permit", "require"), path=path(found.receipt),
        values=decided.values if own else None, salted=sorted(decided.leaf.sealed),
        expunged=decided.expunged, paper=json.dumps(receipt_json(found.receipt)),
        vkey=str(pages.gate.parts.log.signer.verifier),
        agencies=pages.gate.parts.directory.all(), size=pages.gate.parts.log.head().size,
    )  # fmt: skip


def _explained(pages: Pages, person: Person, leaf: int) -> Explained | None:
    """The request at an entry, for those who may see it; None where the entry is of none."""
    try:
        found = explain(pages.gate, leaf)
    except BadUse:
        return None
    if not may_see(person, found.decided):
        raise _nothing()
    return found


def _plain_entry(pages: Pages, visit: Visit, leaf: int) -> Response[Any]:
    """An entry that is no request and follows none: for those who may read the whole log."""
    seen = scope(pages, visit)
    if seen is None or not seen.whole:
        raise _nothing()
    log = pages.gate.parts.log
    try:
        found, proof = entry(log, leaf), receipt(log, leaf)
    except BadUse:
        raise _nothing() from None
    return pages.html(
        visit, "entry_plain.html", section="log", found=found, clear=_shown(found),
        proof=proof, path=path(proof), paper=json.dumps(receipt_json(proof)),
        vkey=str(log.signer.verifier), size=log.head().size,
    )  # fmt: skip


def _shown(found: Entry) -> Mapping[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value, default=str)
        for name, value in sorted(found.leaf.clear.items())
    }


def _receipt(pages: Pages, visit: Visit, leaf: int) -> Response[Any]:
    """The receipt as a file, against the newest checkpoint."""
    found = _explained(pages, visit.signed_in, leaf)
    if found is None:
        seen = scope(pages, visit)
        if seen is None or not seen.whole:
            raise _nothing()
        try:
            proof = receipt(pages.gate.parts.log, leaf)
        except BadUse:
            raise _nothing() from None
    else:
        proof = found.receipt
    name = f"receipt-{proof.index}.json"
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(
        json.dumps(receipt_json(proof), indent=2) + "\n",
        media_type="application/json", headers=headers,
    )  # fmt: skip


def _check(pages: Pages, visit: Visit) -> Response[Any]:
    """How to check the log without trusting this server; nothing here is secret."""
    log = pages.gate.parts.log
    return pages.html(
        visit, "check.html", section="log", checkpoint=log.checkpoint(),
        vkey=str(log.signer.verifier), size=log.head().size, witnesses=witnesses(pages.office),
        url=pages.office.url.rstrip("/"),
    )  # fmt: skip


def _nothing() -> NotFound:
    return NotFound("There is no entry of this number that you may see.")
