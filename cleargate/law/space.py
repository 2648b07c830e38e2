"""Every request that the rules for one action can tell apart, and what a book makes of all of them.

A request presents at most one paper, one other verified paper, and one officer's decision. Each is
decided by itself with the others as facts, and the strongest decides, as in ``decide``; here for
all of them at once, ``combine`` working on diagrams. Cedar alone decides requests: whatever is
shown of a space is an example that ``decide`` confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ..model.actions import ACTIONS
from ..model.evidence import ISSUERS, SUPPORTING, Document
from ..model.request import CustodyFacts, Known, Person, Request, RowFacts
from ..model.terms import And, Below, Const, Holds, Like, Not, OneOf, Or, Pair, Term
from ..model.words import Layer, Outcome, Tri
from .book import Book, Custodian
from .changes import document_for
from .combine import Question, combine
from .decide import STRENGTH
from .diagrams import Diagrams, Edge, Point
from .facts import KINDS, Cast
from .lower import Lowering
from .rules import Rule
from .scenarios import own_bar, own_grant
from .terms import Terms
from .variables import (
    ALSO,
    NOTHING,
    OFFICER,
    ORIGIN,
    OWN_GRANT,
    PAPER,
    REPRESENTED,
    REQUESTER,
    SAME,
    Asked,
    Test,
    Value,
    test_of,
    variables,
    varies,
)
from .world import open_world

_PLAIN: Final[Mapping[str, Value]] = {
    REPRESENTED: "ICE-ERO",
    "principal.role": "officer",
    "context.purpose": "CIV-IMM",
    "context.custody.days_to_release": CustodyFacts().days_to_release,
    "resource.dataset": "incident",
}
"""Facts that no rule reads have these values in examples."""


@dataclass(frozen=True, slots=True)
class Sets:
    """One custodian's rules, each with the set of requests in which it fires.

    Attributes:
        fires: section → each rule in force, and slot → where it fires when that paper is decided.
    """

    custodian: Custodian
    fires: Mapping[str, tuple[tuple[Rule, Mapping[str, Edge]], ...]]


@dataclass(frozen=True, slots=True)
class But:
    """How the rules are looked at otherwise than they are.

    Attributes:
        without: ids of rules that are left out.
        barred: the custodian's own pack is supposed to forbid everything.
    """

    without: frozenset[str] = frozenset()
    barred: bool = False


AS_IS: Final = But()

Verdicts = Mapping[str, Mapping[Outcome, Edge]]
"""Slot → outcome → the requests in which that paper by itself comes to it."""


class Space:
    """All requests for one action to one custodian under some books.

    Args:
        asked: what is asked of whom.
        sides: each book with its custodian.
        at: the time of every request, UTC.
        more: further sections whose rules are looked at, such as the duties.

    Raises:
        NotEnumerable: a rule compares two facts with each other (but see ``is_own``).
        ShapeError: a rule says what no term can.
        LimitReached: the diagrams grow too large.
    """

    def __init__(
        self,
        asked: Asked,
        sides: Sequence[tuple[Book, Custodian]],
        at: datetime,
        more: Sequence[str] = (),
    ) -> None:
        self.asked, self.at = asked, at
        terms = Terms()
        world = open_world(terms, asked.cast, asked.custodian, asked.action)
        lowering = Lowering(terms, world)
        lowered = [
            (custodian, {sec: list(_rules(book, custodian, asked.action, sec, at, lowering))
                         for sec in (*asked.sections, *more)})
            for book, custodian in sides
        ]  # fmt: skip
        said = (t for _, by in lowered for rules in by.values() for _, t in rules)
        self.variables = variables(said, asked)
        self._index = {v.name: i for i, v in enumerate(self.variables)}
        self.diagrams = Diagrams([len(v.values) for v in self.variables])
        self._known: dict[tuple[str, Term], Edge] = {}
        self._granting: dict[tuple[int, tuple[str, ...]], Custodian] = {}
        also = self._values(ALSO)
        self._others = [None if t == "" else document_for(str(t), asked.action) for t in also]
        self._officer = self._officer_is_there()
        self.feasible = self._feasible()
        self.sides = [
            Sets(c, {sec: tuple((r, {s: self._edge(t, s) for s in _SLOTS}) for r, t in rules)
                     for sec, rules in by.items()})
            for c, by in lowered
        ]  # fmt: skip
        self.there = self._there()
        self.counts = self._counts()

    # --- facts as sets of requests ----------------------------------------------------------------

    def where(self, name: str, *words: Value) -> Edge:
        """Requests in which the variable ``name``, if it varies, has one of ``words``."""
        if name not in self._index:
            return self.diagrams.false
        wanted = [v for v, w in enumerate(self._values(name)) if any(_same(w, x) for x in words)]
        return self.diagrams.where(self._index[name], wanted)

    def _values(self, name: str) -> tuple[Value, ...]:
        return self.variables[self._index[name]].values if name in self._index else ("",)

    def _const(self, value: bool) -> Edge:
        return self.diagrams.true if value else self.diagrams.false

    def _edge(self, term: Term, slot: str) -> Edge:
        """The requests in which ``term`` holds while the paper in ``slot`` is decided."""
        key = (slot, term)
        if key not in self._known:
            self._known[key] = self._made(term, slot)
        return self._known[key]

    def _made(self, term: Term, slot: str) -> Edge:
        match term:
            case Const(value):
                return self._const(value)
            case Not(atom):
                return self.diagrams.neg(self._edge(atom, slot))
            case And(terms):
                return self.diagrams.all(self._edge(t, slot) for t in terms)
            case Or(terms):
                return self.diagrams.any(self._edge(t, slot) for t in terms)
            case Holds(fact, text):
                return self._holds(fact.name, text, slot)
            case Pair():  # ``variables`` let only one comparison through
                return self.where(ORIGIN, SAME)
            case OneOf(fact) | Below(fact) | Like(fact):
                if fact.name.startswith(PAPER):
                    return self._of_paper(fact.name.removeprefix(PAPER), term, slot)
                if varies(fact.name, self.asked):
                    return self._passes(fact.name, test_of(term))
                return self._const(test_of(term)(self._constant(fact.name)))
        raise AssertionError(term)

    def _passes(self, name: str, test: Test) -> Edge:
        found = self.where(name, *(w for w in self._values(name) if w != SAME and test(w)))
        if name != ORIGIN:
            return found
        own = self.where(REPRESENTED, *filter(test, self._values(REPRESENTED)))
        return self.diagrams.any((found, self.diagrams.all((self.where(ORIGIN, SAME), own))))

    def _constant(self, name: str) -> Value:
        """A fact that is the same in every request for the action."""
        if name == "context.at":
            return int(self.at.timestamp() * 1000)
        if name.removeprefix("context.") in KINDS.values():
            return NOTHING
        return _PLAIN.get(name, Tri.UNKNOWN)

    def _of_paper(self, fact: str, atom: OneOf | Below | Like, slot: str) -> Edge:
        passes = test_of(atom)
        if slot == "officer":
            return self._const(passes(_fact(_DECISION, fact)))
        if slot == "also":
            found = (n for n, d in enumerate(self._others) if d and passes(_fact(d, fact)))
            return self._also(found)
        if fact == "court":
            issuers = (i for i in self._values(f"{PAPER}issued_by") if passes(ISSUERS[str(i)]))
            return self.where(f"{PAPER}issued_by", *issuers)
        return self.where(PAPER + fact, *filter(passes, self._values(PAPER + fact)))

    def _also(self, numbers: Iterable[int]) -> Edge:
        kept = [n for n in numbers if self._others[n] is not None]
        if not kept:
            return self.diagrams.false
        return self.diagrams.where(self._index[ALSO], kept)

    def _holds(self, name: str, text: str, slot: str) -> Edge:
        match name:
            case "context.found":
                return self.where(f"found {text}", "yes")
            case "context.found_not":
                return self.where(f"found {text}", "no")
            case "resource.labels":
                return self.where(f"label {text}", True)
            case "context.document.asks" if slot == "paper":
                return self.where(f"asks {text}", True)
            case "context.document.asks":
                return self._also(range(len(self._others))) if (
                    slot == "also" and text == self.asked.action
                ) else self.diagrams.false  # fmt: skip
        officer = self._officer if text == OFFICER else self.diagrams.false
        if name == "context.presented":
            also = self._also(n for n, d in enumerate(self._others) if d and d.kind == text)
            return self.diagrams.any((self.where(f"{PAPER}kind", text), also, officer))
        assert name == "context.verified", name
        beside = self._also(n for n, d in enumerate(self._others) if d and text in d.tokens())
        return self.diagrams.any((self._paper_is(text), beside, officer))

    def _paper_is(self, token: str) -> Edge:
        """The paper that is decided is verified and seen as ``token``."""
        document = document_for(token, "")
        parts = [self.where(f"{PAPER}kind", document.kind), self.where(f"{PAPER}verified", "yes")]
        if document.court != "none":
            of_court = (i for i in self._values(f"{PAPER}issued_by")
                        if ISSUERS.get(str(i)) == document.court)  # fmt: skip
            parts.append(self.where(f"{PAPER}issued_by", *of_court))
        if document.form != "none":
            parts.append(self.where(f"{PAPER}form", document.form))
        if document.criminal is Tri.YES:
            parts.append(self.where(f"{PAPER}criminal", "yes"))
        return self.diagrams.all(parts)

    def _officer_is_there(self) -> Edge:
        names = [v.name for v in self.variables if v.name.startswith("found ")]
        found = [self.where(n, "yes", "no") for n in names]
        accepts = [self.where(self.asked.accepted(s), True) for s in self.asked.sections]
        return self.diagrams.any((*found, *accepts))

    def _feasible(self) -> Edge:
        """Where nothing is presented, there are no facts of a paper; ``SAME`` stands for itself."""
        nothing = self.where(f"{PAPER}kind", NOTHING)
        plain = self.diagrams.all(
            self.diagrams.where(i, (0,))
            for i, v in enumerate(self.variables)
            if v.name.startswith((PAPER, "asks "))
        )
        papers = self.diagrams.any((self.diagrams.neg(nothing), plain))
        return self.diagrams.all((papers, *map(self.diagrams.neg, self._said_twice())))

    def _said_twice(self) -> Iterable[Edge]:
        """The origin is one agency and not the one represented, which is that agency."""
        for variable in self.variables:
            if variable.name == ORIGIN and SAME in variable.values:
                for words in variable.of:
                    if len(words) == 1:
                        both = self.where(ORIGIN, *words), self.where(REPRESENTED, *words)
                        yield self.diagrams.all(both)

    # --- what a book makes of them ----------------------------------------------------------------

    def _there(self) -> dict[str, Edge]:
        """Slot → the requests in which such a paper, or the empty one, is decided."""
        d = self.diagrams
        also = self._also(range(len(self._others)))
        paper = d.neg(self.where(f"{PAPER}kind", NOTHING))
        alone = d.all((d.neg(also), d.neg(self._officer)))
        return {"paper": d.any((paper, alone)), "also": also, "officer": self._officer}

    def _counts(self) -> dict[str, Edge]:
        """Slot → the requests in which that paper may open something (``decide``, set aside)."""
        d, there = self.diagrams, self.there
        kinds = self._values(f"{PAPER}kind")
        supports = self.where(f"{PAPER}kind", *(k for k in kinds if k in SUPPORTING))
        unverified = self.where(f"{PAPER}verified", "no")
        if f"{PAPER}verified" not in self._index:
            unverified = d.true
        beside = self._also(n for n, o in enumerate(self._others) if o and o.kind in SUPPORTING)
        ranks = {
            "paper": (supports, unverified),
            "also": (beside, d.false),
            "officer": (d.true, d.false),
        }
        by_rank: list[dict[str, Edge]] = []
        for support in (False, True):
            for unsure in (False, True):
                by_rank.append({
                    slot: d.all((there[slot], d.neg(s) ^ support, d.neg(u) ^ unsure))
                    for slot, (s, u) in ranks.items()
                })  # fmt: skip
        found = dict.fromkeys(_SLOTS, d.false)
        before = d.false
        for rank in by_rank:
            for slot, here in rank.items():
                found[slot] = d.any((found[slot], d.all((here, d.neg(before)))))
            before = d.any((before, *rank.values()))
        return found

    def verdicts(self, side: Sets, section: str, but: But | None = None) -> Verdicts:
        """What each paper by itself comes to for the action or a mask of it.

        Args:
            side: whose rules.
            section: the action, or the mask.
            but: what is otherwise with its rules than they say.
        """
        return {slot: self._verdict(side, section, slot, but or AS_IS) for slot in _SLOTS}

    def _verdict(self, side: Sets, section: str, slot: str, but: But) -> dict[Outcome, Edge]:
        d, action = self.diagrams, ACTIONS[section]
        fired = [(r, by[slot]) for r, by in side.fires[section] if r.id not in but.without]
        if but.barred:
            fired.append((own_bar(section), d.true))
        if self.asked.own_grant:
            fired.append((own_grant(section), self.where(f"{OWN_GRANT} {section}", True)))
        raised = self.where(f"context.{KINDS.get(section, '')}", *sorted(action.raised))
        found: dict[Outcome, list[Edge]] = {}
        for lowest, when in ((action.lowest, d.neg(raised)), (Layer.STATE, raised)):
            if when == d.false:
                continue
            ask = Question(action.name, side.custodian.own_pack, lowest, action.protects_stands_in,
                           self.where(self.asked.accepted(section), True))  # fmt: skip
            for outcome, holds in combine(fired, ask, d).outcome.items():
                found.setdefault(outcome, []).append(d.all((when, holds)))
        return {outcome: d.any(parts) for outcome, parts in found.items()}

    def outcomes(self, verdicts: Verdicts) -> dict[Outcome, Edge]:
        """The outcome of the whole request: of its papers, the strongest that counts."""
        d, there, counts = self.diagrams, self.there, self.counts
        found: dict[Outcome, Edge] = {}
        open_ = self.feasible
        for outcome in STRENGTH:
            if outcome is Outcome.UNAVAILABLE:
                continue
            who = counts if outcome.opens else there
            here = d.any(d.all((who[s], verdicts[s][outcome])) for s in _SLOTS)
            if outcome is Outcome.NO_AUTHORITY:
                here = d.true
            found[outcome] = d.all((open_, here))
            open_ = d.all((open_, d.neg(found[outcome])))
        return found

    def opened(self, action: Verdicts, mask: Verdicts) -> Edge:
        """Where a mask is open, given what the papers come to for the action and for the mask."""
        d, counts = self.diagrams, self.counts
        opens = {s: d.any(v for o, v in action[s].items() if o.opens) for s in _SLOTS}
        lifts = {s: d.any(v for o, v in mask[s].items() if o.opens) for s in _SLOTS}
        return d.all((self.feasible, d.any(
            d.all((counts[s], opens[s], lifts[s])) for s in _SLOTS
        )))  # fmt: skip

    def custodian(self, side: int, point: Point) -> Custodian:
        """The custodian of a side, with what its own pack grants at ``point`` where that varies."""
        custodian = self.sides[side].custodian
        granted = tuple(
            v.name.partition(f"{OWN_GRANT} ")[2]
            for v, n in zip(self.variables, point, strict=True)
            if v.name.startswith(OWN_GRANT) and v.values[n]
        )
        if not granted:
            return custodian
        key = (side, granted)
        if key not in self._granting:
            rules = (*custodian.rules, *map(own_grant, granted))
            self._granting[key] = replace(custodian, rules=rules)
        return self._granting[key]

    # --- points as requests -------------------------------------------------------------------

    def known(self, point: Point) -> Known:
        """The plainest request of its class at ``point``."""
        said = {v.name: v.values[n] for v, n in zip(self.variables, point, strict=True)}
        cast, asked = self.asked.cast.agencies, self.asked
        represented = cast[str(said.get(REPRESENTED, _PLAIN[REPRESENTED]))]
        requester = cast[str(said.get(REQUESTER, represented.id))]
        kind = KINDS.get(asked.action)
        custody = {n: said[f"context.custody.{n}"] for n in CustodyFacts.__dataclass_fields__
                   if f"context.custody.{n}" in said}  # fmt: skip
        row: dict[str, object] = {n: said[f"resource.{n}"] for n in RowFacts.__dataclass_fields__
               if f"resource.{n}" in said}  # fmt: skip
        row["labels"] = frozenset(
            n.removeprefix("label ") for n, v in said.items() if n.startswith("label ") and v
        )
        if SAME in self._values(ORIGIN):
            row["origin"] = self._source(str(row["origin"]), represented.id)
        request = Request(
            action=asked.action,
            represented=represented.id,
            purpose=str(said.get("context.purpose", _PLAIN["context.purpose"])),
            custodian=asked.custodian,
            dataset=str(said.get("resource.dataset", _PLAIN["resource.dataset"])),
            case="26-1" if said.get("context.case_given") else "",
            kind=str(said.get(f"context.{kind}", NOTHING)) if kind else NOTHING,
        )
        person = Person(
            "someone", requester.id, str(said.get("principal.role", "officer")),
            Tri(str(said.get("principal.enforces_civil_immigration", Tri.NO))),
        )  # fmt: skip
        return Known(
            at=self.at, person=person, requester=requester, represented=represented,
            request=request, documents=tuple(self._documents(said)),
            custody=CustodyFacts(**custody), row=RowFacts(**row),  # type: ignore[arg-type]
        )  # fmt: skip

    def _source(self, origin: str, represented: str) -> str:
        """An agency of the class of ``origin``; empty for the custodian itself."""
        if origin == SAME:
            found = represented
        else:
            variable = self.variables[self._index[ORIGIN]]
            words = variable.of[variable.values.index(origin)]
            found = next(str(w) for w in words if w != represented)
        return "" if found == self.asked.custodian else found

    def _documents(self, said: Mapping[str, Value]) -> Iterable[Document]:
        kind = str(said.get(f"{PAPER}kind", NOTHING))
        if kind != NOTHING:
            facts = {f: said[PAPER + f] for f in _PAPER_FACTS if PAPER + f in said}
            asks = {n.removeprefix("asks ") for n, v in said.items()
                    if n.startswith("asks ") and v}  # fmt: skip
            paper = Document("E-1", kind, asks=frozenset(asks), **facts)  # type: ignore[arg-type]
            verified = said.get(f"{PAPER}verified") == "yes"
            yield paper.as_verified("R. Ames", self.at) if verified else paper
        if also := said.get(ALSO):
            yield document_for(str(also), self.asked.action).as_verified("R. Ames", self.at)
        found = {n.removeprefix("found "): v for n, v in said.items() if n.startswith("found ")}
        accepts = {s for s in self.asked.sections if said.get(self.asked.accepted(s))}
        if accepts or any(found.values()):
            yield Document(
                "E-9", OFFICER, issued_by="custodian-officer", agency=self.asked.custodian,
                complete=Tri.YES, accepts=frozenset(accepts),
                finds=frozenset(n for n, v in found.items() if v == "yes"),
                finds_not=frozenset(n for n, v in found.items() if v == "no"),
            ).as_verified("R. Ames", self.at)  # fmt: skip


_SLOTS: Final = ("paper", "also", "officer")
_PAPER_FACTS: Final = ("form", "issued_by", "criminal", "complete", "served", "probable_cause")
_DECISION: Final = Document("E-9", OFFICER, issued_by="custodian-officer", complete=Tri.YES)


def _rules(
    book: Book, custodian: Custodian, action: str, section: str, at: datetime, lowering: Lowering
) -> Iterable[tuple[Rule, Term]]:
    compiled = book.compiled(custodian, action)
    for name, rule in compiled.rules.items():
        if name.partition("|")[0] == section and rule.in_force(at):
            yield rule, lowering.policy(compiled.templates[name])


def _fact(document: Document, name: str) -> Value:
    if name == "verified":
        return Tri.YES
    return str(getattr(document, name))


def _same(a: Value, b: Value) -> bool:
    return a is b or (a == b and type(a) is not bool and type(b) is not bool)


__all__ = ["Cast", "Sets", "Space"]
