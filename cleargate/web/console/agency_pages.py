"""Agencies: who may be answered what, by which rule, decided for each by the law in force; public.

Nothing here is stored as a permission: each cell is the decision on a request that nobody made,
without papers and about nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ...agencies.reader import above
from ...gate import access
from ...model.decision import Decision
from ...model.errors import CleargateError, NotFound
from ...model.request import Agency, Person, Request
from ..incoming import AnyRequest
from .pages import Pages
from .visit import Visit


@dataclass(frozen=True, slots=True)
class Standard:
    """One of the questions that every agency is decided on."""

    action: str
    purpose: str
    case: str = ""

    @property
    def name(self) -> str:
        """Its key in the catalogue of words."""
        return f"{self.action}-{self.purpose}"


QUESTIONS: Final = (
    Standard("search", "C", "26-0001"),
    Standard("search", "CIV-IMM"),
    Standard("release_date", "CIV-IMM"),
    Standard("immigration_status", "CIV-IMM"),
    Standard("statistics", "PUB"),
)


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """``/agencies`` and what is below it."""
    standing = Standing(pages)
    pages.ahead.append(standing.all)

    @get("/agencies")
    async def agencies(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: _all(pages, standing, v))

    @get("/agencies/{id:str}")
    async def one(request: AnyRequest, id: FromPath[str]) -> Response[Any]:
        return await pages.show(request, lambda v: _one(pages, standing, v, id))

    return [agencies, one]


def _custodians(pages: Pages) -> list[str]:
    return sorted(set(pages.gate.parts.custodian_of.values()))


class Standing:
    """What each agency may be answered. It follows from the book, the agencies and the day, on
    which rules begin and end, so it is decided once for them; where a rule reads the time itself,
    each time anew.

    Args:
        pages: whose gate decides.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._lock = threading.Lock()
        self._under: tuple[str, Mapping[str, Agency], date] | None = None
        self._kept: dict[tuple[str, str], Mapping[Standard, Decision]] = {}

    def of(self, agency: Agency, custodian: str) -> Mapping[Standard, Decision]:
        """The decision on each standard question of ``agency``; none while law cannot be read."""
        parts = self._pages.gate.parts
        under = (parts.log.versions().book, parts.directory.all(), parts.clock().date())
        key = (agency.id, custodian)
        with self._lock:
            if self._under is None or self._under[1] is not under[1] or self._under != under:
                self._under, self._kept = under, {}
            kept = self._kept
            if found := kept.get(key):
                return found
        found = _decided(self._pages, agency, custodian)
        if not self._reads_time(custodian):
            with self._lock:
                kept[key] = found  # of what was read above, even if that has moved since
        return found

    def all(self) -> None:
        """Decide everything ahead of whoever asks for it."""
        for agency in self._pages.gate.parts.directory.all().values():
            for custodian in _custodians(self._pages):
                self.of(agency, custodian)

    def _reads_time(self, custodian: str) -> bool:
        try:
            book = self._pages.book()
            bound = book.custodian(custodian)
        except CleargateError:
            return True
        return any(book.compiled(bound, q.action).reads_time for q in QUESTIONS)


def _decided(pages: Pages, agency: Agency, custodian: str) -> Mapping[Standard, Decision]:
    person = Person("", agency.id, "public" if agency.kind == "public" else "officer",
                    agency.enforces_civil_immigration)  # fmt: skip
    found: dict[Standard, Decision] = {}
    for asked in QUESTIONS:
        plain = Request(asked.action, agency.id, asked.purpose, custodian, dataset="incident",
                        case=asked.case)  # fmt: skip
        tried = access.tried(pages.gate, person, plain, [asked.action])
        if asked.action in tried:
            found[asked] = tried[asked.action]
    return found


def _all(pages: Pages, standing: Standing, visit: Visit) -> Response[Any]:
    known = pages.gate.parts.directory.all()
    custodians = _custodians(pages)
    asked = visit.query.get("custodian", "")
    custodian = asked if asked in custodians else custodians[0]
    rows = [(a, standing.of(a, custodian)) for a in known.values() if a.id not in custodians]
    cells = [d for _, row in rows for d in row.values()]
    return pages.html(
        visit, "agencies.html", section="agencies", rows=rows, custodians=custodians,
        custodian=custodian, questions=QUESTIONS, agencies=known,
        opens=sum(any(d.outcome.opens for d in row.values()) for _, row in rows),
        cells=len(cells), waiting=sum(c.unreviewed for c in cells),
    )  # fmt: skip


def _one(pages: Pages, standing: Standing, visit: Visit, id: str) -> Response[Any]:
    known = pages.gate.parts.directory.all()
    if id not in known:
        raise NotFound("No agency is called that; the list has them all.")
    agency = known[id]
    return pages.html(
        visit, "agency.html", section="agencies", agency=agency, agencies=known,
        above=above(known, agency), below=pages.gate.parts.directory.below(id),
        answers=[(c, standing.of(agency, c)) for c in _custodians(pages)],
    )  # fmt: skip
