"""The law in force, for everyone: the book by layer, and the same requests under several laws."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from markupsafe import Markup

from ...law.book import Book, known
from ...law.matrix import Matrix, matrix
from ...law.pack import Pack, load
from ...law.rules import Rule
from ...law.scenarios import read_stage
from ...law.show import marks
from ...model.errors import NotFound
from ...model.words import Layer
from ..incoming import AnyRequest
from .pages import Pages
from .visit import Visit


@dataclass(frozen=True, slots=True)
class Shelf:
    """One pack on the shelf."""

    pack: Pack
    waiting: int


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """``/law`` and what is below it; public."""
    side_by_side = SideBySide(pages)
    pages.ahead.append(side_by_side.laws)

    @get("/law")
    async def law(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: _book(pages, v, ""))

    @get("/law/{pack:str}")
    async def one(request: AnyRequest, pack: FromPath[str]) -> Response[Any]:
        return await pages.show(request, lambda v: _book(pages, v, pack))

    @get("/law/side-by-side")
    async def laws(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, side_by_side.page)

    @get("/law/side-by-side/csv")
    async def as_csv(request: AnyRequest) -> Response[Any]:
        def file(visit: Visit) -> Response[Any]:
            headers = {"content-disposition": 'attachment; filename="laws.csv"'}
            text = side_by_side.laws()[0].as_csv()
            return Response(text, media_type="text/csv; charset=utf-8", headers=headers)

        return await pages.show(request, file)

    return [law, one, laws, as_csv]


def _book(pages: Pages, visit: Visit, name: str) -> Response[Any]:
    book = pages.book()
    shelves = [
        Shelf(p, sum(r.review for r in p.rules))
        for p in sorted(book.packs.values(), key=lambda p: (p.layer, p.name))
    ]
    if name and name not in book.packs:
        raise NotFound(f"The book in force has no pack {name!r}.")
    asked = visit.query.get("find", "").strip()[:100]
    chosen = None if asked else book.packs[name or _first(book)]
    rules = _found(book, asked) if asked else list(chosen.rules) if chosen else []
    every = [r for p in book.packs.values() for r in p.rules]
    return pages.html(
        visit, "law.html", section="law", book=book, shelves=shelves, chosen=chosen, rules=rules,
        find=asked, total=len(every), reviewed=sum(not r.review for r in every),
        layers=len({p.layer for p in book.packs.values()}), marks=_marks,
    )  # fmt: skip


def _first(book: Book) -> str:
    """The pack that is open at first: the state's, for there most is decided."""
    packs = sorted(book.packs.values(), key=lambda p: (p.layer is not Layer.STATE, p.layer, p.name))
    return packs[0].name


def _found(book: Book, asked: str) -> list[Rule]:
    """Rules in whose id, citation or summary every word stands."""
    words = asked.lower().split()
    return [
        rule
        for pack in sorted(book.packs.values(), key=lambda p: (p.layer, p.name))
        for rule in pack.rules
        if all(w in f"{rule.id} {rule.cite} {rule.summary}".lower() for w in words)
    ]


def _marks(rule: Rule) -> list[str]:
    return [m for m in marks(rule) if m != "not yet reviewed by counsel"]


class SideBySide:
    """The shipped laws side by side. What they decide does not change while the program runs, so
    each cell is decided once, and the page drawn once for each language and book.

    Args:
        pages: draws it.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._lock = threading.Lock()
        self._laws: tuple[Matrix, Mapping[str, str]] | None = None
        self._drawn: dict[tuple[str, frozenset[str]], Markup] = {}

    def laws(self) -> tuple[Matrix, Mapping[str, str]]:
        """The requests under each law of a place, and the places' names."""
        with self._lock:
            if self._laws is None:
                self._laws = self._decide()
            return self._laws

    def page(self, visit: Visit) -> Response[Any]:
        """The page, with the laws that are in force here marked."""
        laws, named = self.laws()
        own = [p for p in self._pages.book().packs.values() if p.layer is Layer.AGENCY]
        here = frozenset(u for p in own for u in p.under)
        key = (visit.words.language, here)
        if key not in self._drawn:
            self._drawn[key] = self._pages.fragment(
                visit.words, "laws_body.html", laws=laws, named=named, here=here
            )
        cells = [c for row in laws.cells for c in row]
        return self._pages.html(
            visit, "laws.html", section="law", laws=laws, count=len(cells),
            waiting=sum(c.unreviewed for c in cells), body=self._drawn[key],
        )  # fmt: skip

    def _decide(self) -> tuple[Matrix, Mapping[str, str]]:
        """An agency's own rules are no law of a place, and are left out."""
        library = self._pages.office.library
        packs = [load(library / name) for name in known([library])]
        places = [p for p in packs if p.layer in (Layer.STATE, Layer.LOCAL) and p.binds]
        stage = read_stage(library / "cast.toml")
        found = matrix([p.name for p in places], [library], stage, library / "matrix.toml")
        return found, {p.name: p.title.partition(",")[0] for p in places}
