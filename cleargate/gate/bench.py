"""Step 4: what decides. The law in force, the agencies as it reads them, and the law of rows.

It reads and decides; it logs nothing and acts on nothing. The gate is a bench with a road to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ..law.alike import Alike
from ..law.book import Book, Custodian
from ..law.changes import what_would_change
from ..law.decide import decide
from ..law.facts import Cast, unknown_agencies
from ..law.filter import shows
from ..model.actions import ROW_MASKS
from ..model.decision import Change, Decision, DocumentDecision
from ..model.errors import PackError, Unavailable
from ..model.receipt import Versions
from ..model.request import Known
from ..model.terms import RowFilter
from ..model.words import Outcome
from ..records.search import Said
from .filters import Filters, reads_rows
from .law import LawInForce
from .parts import Parts

_ALIKE: Final = 1024  # refusals whose changes are kept


class Bench:
    """Decides what is known of a request. Threads may share it.

    Args:
        parts: stores, log, law folder, clock and random source.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.law = LawInForce(parts.law)
        self.filters = Filters(parts.agencies)
        self._reads: dict[tuple[str, str, str], Alike] = {}
        self._cast: tuple[Mapping[str, object], Cast] | None = None
        self._alike: tuple[Cast, dict[tuple[object, ...], tuple[Change, ...]]] | None = None

    def book(self) -> Book:
        """The book in force."""
        return self.law.book(self.parts.log.versions().book)

    def cast(self) -> Cast:
        """Every agency as the law reads them; parsed anew only when one changed."""
        agencies = self.parts.directory.all()
        if self._cast is None or self._cast[0] is not agencies:
            self._cast = (agencies, Cast(agencies))
        return self._cast[1]

    def rows(
        self, known: Known, versions: Versions
    ) -> tuple[Known, RowFilter | Unavailable | None]:
        """Of a read of rows, the law of each row, and a row that it shows, to be decided for.

        A search is decided for a plain record. Where law shows none, it is decided for one that law
        does show, if there can be any: which rows differ is the filter's matter.
        """
        if not reads_rows(known.request):
            return known, None
        try:
            book = self.law.book(versions.book)
            custodian = book.custodian(known.request.custodian)
        except PackError:
            return known, None  # step 4 says so
        try:
            law = self.filters.of(book, custodian, self.cast(), known)
        except Unavailable as fault:
            return known, fault
        return replace(known, row=law.example), law

    def decide(
        self, known: Known, versions: Versions, law: RowFilter | Unavailable | None = None
    ) -> tuple[Decision, tuple[Change, ...]]:
        """Step 4, and for what does not open, what would change it.

        A book that cannot be read, or not as a filter, decides nothing: ``unavailable``, and why.
        """
        if isinstance(law, Unavailable):
            return undecided(known, versions, law.sentence), ()
        try:
            book = self.law.book(versions.book)
            custodian = book.custodian(known.request.custodian)
        except PackError as fault:
            why = f"The law in force cannot be read: {fault.sentence}"
            return undecided(known, versions, why), ()
        cast = self.cast()
        decision = decide(book, custodian, cast, known)
        if decision.outcome.opens:
            return decision, ()
        return decision, self._changes(book, custodian, cast, known, decision)

    def disagreement(
        self, known: Known, said: Sequence[Said], versions: Versions
    ) -> tuple[Said, frozenset[str] | None] | None:
        """Step 4 for the rows that a search found: the first of which Cedar says otherwise than the
        database, with the masks that are open in it, or None where it is not shown.

        Rows that no rule can tell apart are decided once.
        """
        alike = self._alike_rows(known, versions) if len(said) > 1 else None
        done: set[object] = set()
        for one in said:
            row = replace(known, row=one.row)
            if alike is not None:
                hiding = tuple(getattr(one.row, name) for name in ROW_MASKS)
                kind = (alike.key(row, self.cast()), hiding, one.opened, one.asked)
                if kind in done:
                    continue
                done.add(kind)
            decision, _ = self.decide(row, versions)
            opened = shows(decision, one.row)
            if opened is None or opened & one.asked != one.opened:
                return one, opened
        return None

    def _alike_rows(self, known: Known, versions: Versions) -> Alike:
        action = known.request.action
        key = (versions.book, known.request.custodian, action)
        if key not in self._reads:
            book = self.law.book(versions.book)
            custodian = book.custodian(known.request.custodian)
            self._reads[key] = Alike.of(book.compiled(custodian, action), action)
        return self._reads[key]

    def absent(self, known: Known, versions: Versions) -> tuple[str, ...]:
        """The agencies for want of which nothing could be decided."""
        try:
            book = self.law.book(versions.book)
            compiled = book.compiled(book.custodian(known.request.custodian), known.request.action)
        except PackError:
            return ()
        return tuple(unknown_agencies(known, self.cast(), compiled.agencies))

    def _changes(
        self, book: Book, custodian: Custodian, cast: Cast, known: Known, decision: Decision
    ) -> tuple[Change, ...]:
        """What would change a refusal: some hundred decisions, kept for requests alike.

        Requests are alike when everything that a rule can read is. Of the clock that is the day,
        on which rules begin and end, and which papers count now; of the agencies, all of them. A
        custodian with a rule that reads the time itself has no requests alike.
        """
        asked = known.request
        if book.compiled(custodian, asked.action).reads_time:
            return what_would_change(book, custodian, cast, known, decision)
        if self._alike is None or self._alike[0] is not cast:
            self._alike = (cast, {})
        _, kept = self._alike
        person = replace(known.person, id="", credential="")
        counts = tuple(d.verified(known.at) for d in known.documents)
        key = (book.version, known.at.date(), person, known.requester, known.represented,
               asked.action, asked.custodian, asked.dataset, asked.kind, asked.purpose,
               bool(asked.case), known.documents, counts, known.custody, known.row)  # fmt: skip
        found = kept.get(key)
        if found is None:
            if len(kept) >= _ALIKE:
                kept.clear()
            found = kept[key] = what_would_change(book, custodian, cast, known, decision)
        return found


def undecided(known: Known, versions: Versions, why: str) -> Decision:
    """The decision when no book can be read: nothing is answered, nobody is kept."""
    request = known.request
    nothing = DocumentDecision("", "none", Outcome.UNAVAILABLE, (), (), (), why=why)
    return Decision(
        outcome=Outcome.UNAVAILABLE,
        action=request.action,
        custodian=request.custodian,
        at=known.at,
        book=versions.book,
        documents=(nothing,),
        deciding=(),
        fired=(),
        struck=(),
        why=why,
    )
