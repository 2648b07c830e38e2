"""Custody: who is held on what, until when and under which rule; what waits; and one booking.

Who may look is law (``custody:list``). What is done stands in ``custody_acts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ...custody.held import Due, Held
from ...gate import custody_list
from ...gate.answer import Answer
from ...gate.release import waiting
from ...model.errors import CleargateError, NotFound
from ...model.evidence import Document
from ...model.request import Person
from ...model.words import Tri
from ..incoming import AnyRequest
from .clock_bars import clocks
from .pages import VIA, Pages
from .visit import Visit

_SOON: Final = timedelta(hours=4)
SHOWN: Final = ("due", "all", "papers")
"""The lists of the inbox: what has a time, everyone, those with a paper lodged."""


@dataclass(frozen=True, slots=True)
class Row:
    """One booking in the list, with the next time that the law sets for it.

    Attributes:
        what: which kind of thing: ``past``, ``hold``, ``duty``, ``release`` or empty.
        next_at: when the next thing is due; None where nothing has a time.
        duty: where it is one.
    """

    held: Held
    what: str
    next_at: datetime | None
    left: timedelta | None
    duty: Due | None = None

    @property
    def past(self) -> bool:
        """Whether that time is over."""
        return self.left is not None and self.left <= timedelta(0)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody at the desk.

    Attributes:
        undecided: bookings with a lodged paper on which nothing was decided.
        unverified: lodged papers that nobody here verified, with their bookings.
        late: releases on paper that are to be entered.
    """

    undecided: Sequence[Held]
    unverified: Sequence[tuple[Held, Document]]
    late: int


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """``/custody`` and one booking."""

    @get("/custody")
    async def all_of_them(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: inbox(pages, v))

    @get("/custody/{booking:str}")
    async def one(request: AnyRequest, booking: FromPath[str]) -> Response[Any]:
        return await pages.show(request, lambda v: _booking(pages, v, booking))

    return [all_of_them, one]


def look(pages: Pages, visit: Visit) -> Answer | None:
    """The answer to ``custody:list``; None for people of no custodian, who do not ask."""
    person = visit.signed_in
    if person.agency not in set(pages.gate.parts.custodian_of.values()):
        return None
    return pages.looks.look(visit.running, "custody:list", person.agency, VIA)


def inbox(pages: Pages, visit: Visit) -> Response[Any]:
    """The list; or what is left of it for those who may not see it."""
    person = visit.signed_in
    try:
        seen = look(pages, visit)
    except CleargateError as fault:
        if not at_the_desk(pages, person):
            raise
        pages.health.met(fault)
        seen = None
    values: dict[str, Any] = {"section": "custody", "desk": at_the_desk(pages, person)}
    if seen is None or not seen.opens:
        status = 200 if values["desk"] else 403
        values["because"] = pages.outside(seen.decision.why) if seen else ""
        return pages.html(visit, "custody_closed.html", status=status, look=seen, **values)
    now = pages.gate.parts.clock()
    rows = sorted((_row(h, now) for h in custody_list.in_custody(pages.gate, seen)), key=_order)
    papers = custody_list.papers(pages.gate, seen, [r.held for r in rows])
    tomorrow = _midnight(now, pages)
    timed = [r for r in rows if r.left is not None and not r.past]
    counts = {
        "past": sum(r.past for r in rows),
        "soon": sum(r.left <= _SOON for r in timed if r.left),
        "today": sum(
            r.left > _SOON and r.next_at < tomorrow for r in timed if r.left and r.next_at
        ),
        "papers": sum(bool(r.held.papers) for r in rows),
        "timed": sum(r.left is not None for r in rows),
    }
    chosen = visit.query.get("show", SHOWN[0])
    chosen = chosen if chosen in SHOWN else SHOWN[0]
    shown = [
        r for r in rows if chosen == "all" or (r.held.papers if chosen == "papers" else r.left)
    ]
    return pages.html(
        visit, "custody.html", rows=shown, everyone=len(rows), now=now, look=seen, chosen=chosen,
        lists=SHOWN, counts=counts, clocks=clocks, papers=papers,
        waits=_waiting(pages, [r.held for r in rows], papers), **values,
    )  # fmt: skip


def _booking(pages: Pages, visit: Visit, id: str) -> Response[Any]:
    seen = look(pages, visit)
    if seen is None or not seen.opens:
        return inbox(pages, visit)
    held = custody_list.booking(pages.gate, seen, id)
    if held is None:
        raise NotFound("There is no booking of this number in your custody.")
    now = pages.gate.parts.clock()
    return pages.html(
        visit, "booking.html", section="custody", held=held, now=now,
        look=seen, clocks=clocks(held, now), papers=custody_list.papers(pages.gate, seen, [held]),
        agencies=pages.gate.parts.directory.all(), desk=at_the_desk(pages, visit.signed_in),
    )  # fmt: skip


def at_the_desk(pages: Pages, person: Person) -> bool:
    """Whether this person works at a custodian's desk; nothing is decided by it but who may write
    a release down.
    """
    custodians = set(pages.gate.parts.custodian_of.values())
    return person.agency in custodians and person.role == "jail-desk"


def _waiting(pages: Pages, held: Sequence[Held], papers: dict[str, Document]) -> Waiting:
    now = pages.gate.parts.clock()
    open_papers = [(h, p) for h in held for p in h.papers if p.disposed_at is None]
    kept = {(h.id, hold.document) for h in held for hold in h.holds}
    undecided = [h for h, p in open_papers if (h.id, p.document) not in kept]
    unverified = [
        (h, papers[p.document]) for h, p in open_papers
        if papers[p.document].verified(now) is not Tri.YES
    ]  # fmt: skip
    return Waiting(
        undecided=list({h.id: h for h in undecided}.values()),
        unverified=unverified,
        late=len(waiting(pages.office.desk)),
    )


def _midnight(now: datetime, pages: Pages) -> datetime:
    """When the office's day ends."""
    local = now.astimezone(pages.office.zone) + timedelta(days=1)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _row(held: Held, now: datetime) -> Row:
    """The next thing that is due; a limit that passed comes before everything else."""
    if held.incidents and not held.running:
        since = min(i.since for i in held.incidents)
        return Row(held, "past", since, since - now)
    times: list[tuple[datetime, str, Due | None]] = [
        (h.until, "hold", None) for h in held.running if h.until
    ]
    times += [(d.due_at, "duty", d) for d in held.duties if d.due_at and d.done_at is None]
    times += [(held.release_scheduled, "release", None)] if held.release_scheduled else []
    if not times:
        return Row(held, "", None, None)
    at, what, duty = min(times, key=lambda t: t[:2])
    return Row(held, what, at, at - now, duty)


def _order(row: Row) -> tuple[bool, datetime, str]:
    """Soonest first; what has no time comes last."""
    return (row.next_at is None, row.next_at or row.held.booked_at, row.held.id)
