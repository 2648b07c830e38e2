"""Custody: who is held on what and until when; one booking; deciding on it, and releasing.

Who may look is law (``custody:list``). A release asks nobody: whoever stands at the desk of a
custodian can write one down here, by its number, whether or not anything else answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ...custody.held import Held
from ...custody.limits import counts
from ...gate import custody_list
from ...gate.answer import Answer
from ...gate.release import release
from ...model.errors import BadUse, CleargateError, NotEntitled, NotFound
from ...model.request import Person
from ...model.words import PURPOSES
from ..incoming import AnyRequest
from . import ask
from .clock_bars import clocks
from .pages import VIA, Pages
from .visit import Visit

_SOON: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Row:
    """One booking in the list, with the next time that the law sets for it.

    Attributes:
        next_at: when the next thing is due; None where nothing has a time.
        what: which kind of thing: ``past``, ``hold``, ``duty``, ``release`` or empty.
    """

    held: Held
    what: str
    next_at: datetime | None
    left: timedelta | None


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """``/custody`` and what is below it."""

    @get("/custody")
    async def inbox(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: _inbox(pages, v))

    @get("/custody/{booking:str}")
    async def one(request: AnyRequest, booking: FromPath[str]) -> Response[Any]:
        return await pages.show(request, lambda v: _booking(pages, v, booking))

    @post("/custody/{booking:str}/decide")
    async def decide(request: AnyRequest, booking: FromPath[str]) -> Response[Any]:
        return await pages.take(request, lambda v: _decide(pages, v, booking))

    @post("/custody-release")
    async def let_go(request: AnyRequest) -> Response[Any]:
        return await pages.take(request, lambda v: _release(pages, v))

    return [inbox, one, decide, let_go]


def _look(pages: Pages, visit: Visit) -> Answer | None:
    """The answer to ``custody:list``; None for people of no custodian, who do not ask."""
    person = visit.signed_in
    if person.agency not in set(pages.gate.parts.custodian_of.values()):
        return None
    return pages.looks.look(visit.running, "custody:list", person.agency, VIA)


def _inbox(pages: Pages, visit: Visit) -> Response[Any]:
    person = visit.signed_in
    try:
        look = _look(pages, visit)
    except CleargateError as fault:
        if not _at_the_desk(pages, person):
            raise
        pages.health.met(fault)
        look = None
    values: dict[str, Any] = {"section": "custody", "desk": _at_the_desk(pages, person)}
    if look is None or not look.opens:
        status = 200 if values["desk"] else 403
        values["because"] = pages.outside(look.decision.why) if look else ""
        return pages.html(visit, "custody_closed.html", status=status, look=look, **values)
    now = pages.gate.parts.clock()
    rows = sorted((_row(h, now) for h in custody_list.in_custody(pages.gate, look)), key=_order)
    return pages.html(
        visit, "custody.html", rows=rows, now=now, look=look,
        past=sum(r.what == "past" for r in rows),
        soon=sum(r.what != "past" and r.left is not None and r.left <= _SOON for r in rows),
        papers=sum(bool(r.held.papers) for r in rows), **values,
    )  # fmt: skip


def _booking(pages: Pages, visit: Visit, id: str, fault: BadUse | None = None) -> Response[Any]:
    look = _look(pages, visit)
    if look is None or not look.opens:
        return _inbox(pages, visit)
    held = custody_list.booking(pages.gate, look, id)
    if held is None:
        raise NotFound("There is no booking of this number in your custody.")
    now = pages.gate.parts.clock()
    return pages.html(
        visit, "booking.html", status=fault.status if fault else 200, section="custody",
        row=_row(held, now), held=held, now=now, look=look, book=pages.book(),
        clocks=clocks(held, now), purposes=list(PURPOSES.values()),
        agencies=pages.gate.parts.directory.all(), counts=counts, fault=ask.fault_of(fault),
        desk=_at_the_desk(pages, visit.signed_in),
    )  # fmt: skip


def _decide(pages: Pages, visit: Visit, id: str) -> Response[Any]:
    """Ask the law whether the person is to be kept; a hold that it permits begins."""
    person = visit.signed_in
    fields = {name: visit.field(name) for name in ("represented", "purpose", "case", "attention")}
    asked: dict[str, Any] = {"action": "hold", "target": id, **fields}
    try:
        request = pages.gate.parse(person, asked, VIA)
        answer = pages.gate.ask(person, request, VIA)
    except BadUse as fault:
        return _booking(pages, visit, id, fault)
    return ask.show_answer(pages, visit, answer, None)


def _release(pages: Pages, visit: Visit) -> Response[Any]:
    person = visit.signed_in
    if not _at_the_desk(pages, person):
        raise NotEntitled("Releases are written down by the desk of the custodian.")
    booking = visit.field("booking")
    if not booking or len(booking) > 64:
        raise BadUse("Enter the number of the booking.")
    parts = pages.gate.parts
    done = release(pages.gate, parts.custody, booking, parts.clock(), pages.office.desk,
                   by=person, via=VIA)  # fmt: skip
    return pages.html(visit, "released.html", section="custody", done=done)


def _at_the_desk(pages: Pages, person: Person) -> bool:
    """Whether this person works at a custodian's desk; nothing is decided by it (see above)."""
    custodians = set(pages.gate.parts.custodian_of.values())
    return person.agency in custodians and person.role == "jail-desk"


def _row(held: Held, now: datetime) -> Row:
    if held.incidents and not held.running:
        since = min(i.since for i in held.incidents)
        return Row(held, "past", since, since - now)
    times = [("hold", h.until) for h in held.running if h.until]
    times += [("duty", d.due_at) for d in held.duties if d.due_at and d.done_at is None]
    times += [("release", held.release_scheduled)] if held.release_scheduled else []
    found = sorted((at, what) for what, at in times)
    if not found:
        return Row(held, "", None, None)
    at, what = found[0]
    return Row(held, what if at > now else "past", at, at - now)


def _order(row: Row) -> tuple[bool, datetime, str]:
    """Soonest first; what has no time comes last."""
    return (row.next_at is None, row.next_at or row.held.booked_at, row.held.id)
