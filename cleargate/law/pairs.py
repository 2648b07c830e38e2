"""Which custodians two laws are compared for.

An agency with a pack of its own is compared with itself. Where the other law speaks of no agency,
the agency's own pack is taken along: what it decided for itself stays, and only the law above it
differs. Two laws that both speak of no agency are compared for a kind of custodian that both bind,
whose own pack may grant what is asked, or not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..model.errors import BadUse
from ..model.request import Agency
from ..model.words import Layer
from .book import Book
from .compare import Comparing, Side
from .pack import Pack
from .scenarios import OWN, Stage, custodian_agency
from .variables import everyone


@dataclass(frozen=True, slots=True)
class Named:
    """A book as it was named on the command line.

    Attributes:
        words: what it was called.
        names: the packs that it was read from.
    """

    words: str
    book: Book
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """One custodian under both laws.

    Attributes:
        agency: who is asked.
        says: who that is, in words.
        silent: its own pack is not known.
    """

    agency: Agency
    says: str
    before: Side
    after: Side
    silent: bool = False


def pairs(before: Named, after: Named, stage: Stage, kind: str = "") -> list[Pair]:
    """The custodians to compare.

    Args:
        before: the old law.
        after: the new one.
        stage: kinds of custodian in plain words.
        kind: the agency or the kind of custodian to compare for; all agencies, or the first kind
            that both laws bind, when it is empty.

    Raises:
        BadUse: there is nobody for whom both laws speak.
    """
    owners = sorted({*before.book.custodians(), *after.book.custodians()})
    found = list(_agencies(before, after, owners) if owners else _kinds(before, after, stage))
    chosen = [p for p in found if kind in (p.agency.id, p.says)] if kind else found
    if not owners and not kind:
        chosen = found[:1]
    if not chosen:
        known = ", ".join(p.agency.id if owners else p.says for p in found) or "none"
        raise BadUse(f"{before.words} and {after.words} both speak for: {known}; name one of them.")
    return chosen


def comparing(pair: Pair, stage: Stage, **more: object) -> Comparing:
    """What ``compare`` needs for one custodian."""
    sides = (pair.before, pair.after)
    rules = [r for s in sides for r in s.custodian.rules]
    owners = [custodian_agency(a, a) for s in sides for a in s.book.custodians()]
    cast = everyone([*stage.agencies.values(), *owners, pair.agency], rules)
    tests = {n: w for s in sides for p in s.book.packs.values() for n, w in p.tests.items()}
    return Comparing(*sides, cast, own_grant=pair.silent, tests=tests, **more)  # type: ignore[arg-type]


def carried(book: Book, named: Sequence[str], own: Pack) -> Book:
    """``book`` with the agency's own pack ``own`` under the packs that it was named by.

    A pack of that agency which is in ``book`` already stays as it is.

    Args:
        book: other law.
        named: the packs that ``book`` was read from.
        own: the agency's own pack, as it is.
    """
    if own.custodian in book.custodians():
        return book
    above = tuple(name for name in named if book.packs[name].layer is not Layer.AGENCY)
    supposed = f"{own.digest} under {' '.join(above)}"
    digest = hashlib.sha256(supposed.encode()).hexdigest()
    packs = [*book.packs.values(), replace(own, under=above, digest=digest)]
    return Book.of(packs, book.sign_offs)


def speaks_of_law_above(book: Book) -> bool:
    """Whether no agency's own pack is in ``book``: then each custodian's own is taken along."""
    return not book.custodians()


def _agencies(before: Named, after: Named, owners: Sequence[str]) -> Iterator[Pair]:
    for id in owners:
        own = before.book.custodians().get(id) or after.book.custodians()[id]
        sides = []
        for named in (before, after):
            book = named.book
            if speaks_of_law_above(book):
                book = carried(book, named.names, own)
            if id in book.custodians():
                sides.append(Side(book, book.custodian(id)))
        if len(sides) == 2:
            agency = custodian_agency(id, own.title.partition(":")[0])
            yield Pair(agency, id, sides[0], sides[1])


def _kinds(before: Named, after: Named, stage: Stage) -> Iterator[Pair]:
    first = [k for k in ("sheriff", "city-police") if k in stage.custodians]
    for word in dict.fromkeys((*first, *stage.custodians)):
        kinds = stage.custodians[word]
        sides = [
            Side(named.book, named.book.bound("CUSTODIAN", kinds, named.names, OWN))
            for named in (before, after)
            if all(set(named.book.packs[n].binds) & kinds for n in named.names)
        ]
        if len(sides) == 2:
            agency = custodian_agency("CUSTODIAN", stage.words.get(word, word))
            yield Pair(agency, word, sides[0], sides[1], silent=True)
