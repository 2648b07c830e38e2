"""Past decisions made again, from the facts that their entries pinned.

By the law that was in force then, every decision must come out as it stands in the log; by another,
the differences say what that law would have changed. Nothing is logged, asked or answered. The
values are held against the digests in the entries; that the entries are those of the signed log is
what ``log verify`` checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ..law.alike import Alike
from ..law.book import Book, Custodian, read_book
from ..law.decide import decide
from ..law.facts import Cast
from ..law.pairs import carried, speaks_of_law_above
from ..log.past import PastDecision, decisions
from ..log.store import Log
from ..model.decision import Decision
from ..model.errors import PackError
from ..model.request import Agency, Known
from .law import LawInForce
from .pinned import Pinned, cast_then, read_facts, rebuild

KEEP: Final = 8192
"""Decisions that are kept for requests decided alike; a limit on memory."""


@dataclass(frozen=True, slots=True)
class Past:
    """A log that is only read, every agency of today, and the texts of all books ever in force."""

    log: Log
    agencies: dict[str, Agency]
    law: Path


@dataclass(frozen=True, slots=True)
class OtherLaw:
    """The packs to decide by instead, and the folders in which they lie."""

    names: tuple[str, ...]
    library: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What the clear part of an entry says of a decision."""

    outcome: str
    masks: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    unreviewed: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One past decision.

    Attributes:
        then: as its entry says.
        now: as it comes out; None when it cannot be made again, for the reason in ``why_not``.
        checking: it was decided by the law that was in force then, so all of it must be the same.
    """

    index: int
    at: datetime
    action: str
    custodian: str
    requester: str
    represented: str
    then: Said
    now: Said | None
    why_not: str = ""
    checking: bool = False

    @property
    def differs(self) -> bool:
        """Whether something else would be answered; checking, whether anything is otherwise."""
        if self.now is None:
            return False
        if (self.now.outcome, self.now.masks) != (self.then.outcome, self.then.masks):
            return True
        return self.checking and self.other_rules

    @property
    def other_rules(self) -> bool:
        """Whether it rests on other rules, or on rules that were (not) reviewed."""
        now, then = self.now, self.then
        return now is not None and (now.rules, now.unreviewed) != (then.rules, then.unreviewed)


EXPUNGED: Final = "its facts were expunged"
NOT_BOUND: Final = "the new book does not speak for this custodian"


class Replay:
    """Decides past decisions again.

    Args:
        past: the log and what goes with it.
        law: another law; None for the law that was in force then.
        instead: a law whose decisions stand in the place of what the entries say.
        keep: decisions that are kept, for requests that no rule tells from them.

    Attributes:
        asked: how many decisions Cedar made; the others are those of requests decided alike.
    """

    def __init__(
        self,
        past: Past,
        law: OtherLaw | None,
        instead: OtherLaw | None = None,
        keep: int = KEEP,
    ) -> None:
        self.past = past
        self.asked = 0
        self._other = law
        self._keep = keep
        self._before = Replay(past, instead, keep=keep) if instead else None
        self._new = read_book(law.names, law.library) if law else None
        self._then = LawInForce(past.law)
        self._today = Cast(past.agencies)
        self._casts: dict[tuple[object, ...], Cast] = {}
        self._books: dict[tuple[str, str], tuple[Book, Custodian] | str] = {}
        self._reads: dict[tuple[str, str, str], Alike] = {}
        self._known: dict[tuple[object, ...], Said] = {}

    def stretch(self, first: int, stop: int, since: datetime | None = None) -> Iterator[Replayed]:
        """The decisions among the entries from ``first`` up to ``stop``, from ``since`` on."""
        for entry in decisions(self.past.log, first, stop):
            if since is None or entry.leaf.at >= since:
                yield self.again(entry)

    def again(self, entry: PastDecision) -> Replayed:
        """One decision."""
        clear = entry.leaf.clear
        found = Replayed(
            entry.index, entry.leaf.at, clear["action"], clear["custodian"],
            clear["requester_agency"], clear["represented"], _said_then(clear), None,
            checking=self._new is None,
        )  # fmt: skip
        if entry.facts is None:
            return replace(found, why_not=EXPUNGED)
        law = self._law(entry.leaf.under.book, found.custodian)
        if isinstance(law, str):
            return replace(found, why_not=law)
        facts = read_facts(entry.index, entry.facts)
        known = rebuild(clear, facts, entry.leaf.under.epoch)
        found = replace(found, now=self._decide(*law, known, facts))
        if self._before is None:
            return found
        before = self._before.again(entry)
        if before.now is None:
            return replace(found, now=None, why_not=before.why_not)
        return replace(found, then=before.now)

    def _decide(self, book: Book, custodian: Custodian, known: Known, facts: Pinned) -> Said:
        """Cedar's decision, asked once for all requests that the rules cannot tell apart.

        That is sound because a decision is a function of what it reads, by one book: ``law.alike``.
        """
        as_then, cast = self._cast(facts)
        kind = (book.version, custodian.id, known.request.action)
        alike = self._reads.get(kind)
        if alike is None:
            compiled = book.compiled(custodian, known.request.action)
            alike = self._reads[kind] = Alike.of(compiled, known.request.action)
        key = (kind, as_then, alike.key(known, cast))
        said = self._known.get(key) if self._keep else None
        if said is None:
            if len(self._known) >= self._keep:
                self._known.clear()
            said = self._known[key] = _said(decide(book, custodian, cast, known))
            self.asked += 1
        return said

    def _law(self, version: str, agency: str) -> tuple[Book, Custodian] | str:
        """The book and custodian to decide by, or why there is none."""
        key = (version, agency)
        if key not in self._books:
            try:
                self._books[key] = self._find(version, agency)
            except PackError as fault:
                self._books[key] = fault.sentence
        return self._books[key]

    def _find(self, version: str, agency: str) -> tuple[Book, Custodian] | str:
        new = self._new
        if new is None or self._other is None:
            book = self._then.book(version)
            return book, book.custodian(agency)
        if speaks_of_law_above(new):
            own = self._then.book(version).custodians().get(agency)
            new = carried(new, self._other.names, own) if own else new
        if agency not in new.custodians():
            return NOT_BOUND
        return new, new.custodian(agency)

    def _cast(self, facts: Pinned) -> tuple[tuple[object, ...], Cast]:
        """The agencies as they were, and what tells them from today's; mostly nothing does."""
        today = self.past.agencies
        same = not any(a in today for a in facts.absent)
        if same and all(today.get(a.id) == a for a in facts.agencies):
            return (), self._today
        key = (facts.agencies, facts.absent)
        if key not in self._casts:
            if len(self._casts) >= KEEP:
                self._casts.clear()
            self._casts[key] = Cast(cast_then(facts, today))
        return key, self._casts[key]


def _said_then(clear: dict[str, Any]) -> Said:
    return Said(clear["outcome"], tuple(clear["masks"]), tuple(clear["rules"]), clear["unreviewed"])


def _said(decision: Decision) -> Said:
    return Said(
        decision.outcome,
        tuple(sorted(decision.masks)),
        tuple(r.id for r in decision.deciding),
        decision.unreviewed,
        decision.why,
    )
