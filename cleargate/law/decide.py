"""One request, the book in force, one time: one decision.

Cedar is asked once for all documents; ``combine`` makes the outcome of each; the strongest decides.
Three quarters of the time is Cedar's (90 of 120 µs by the Chicago book), and most of that goes to
reading the context by the schema; see ``benchmarks/decide.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import cedarpy

from ..model.actions import ACTIONS, Action
from ..model.decision import Decision, DocumentDecision, Duty, RuleRef
from ..model.evidence import NO_DOCUMENT, SUPPORTING, Document
from ..model.request import Known
from ..model.words import Layer, Outcome, Tri
from . import facts
from .book import Book, Compiled, Custodian
from .cedar import schema
from .combine import TRUTH, Algebra, B, Question
from .facts import Cast
from .reading import Fired, Reading, gives

T = TypeVar("T")

STRENGTH = (
    Outcome.REQUIRE,
    Outcome.PERMIT,
    Outcome.UNAVAILABLE,
    Outcome.CONFLICT,
    Outcome.REFUSE,
    Outcome.NO_AUTHORITY,
)
"""Of several documents the first of these decides: a person is kept while any one says so."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Cedar could not say which rules fire, and why."""

    why: str


def decide(book: Book, custodian: Custodian, cast: Cast, known: Known) -> Decision:
    """Decide ``known`` by the rules of ``book`` that bind ``custodian``.

    Errors in a rule, or an agency that a rule names and nobody knows, are ``unavailable``: Cedar
    skips a policy that errs, so an erring must not would otherwise permit.
    """
    action = ACTIONS[known.request.action]
    compiled = book.compiled(custodian, action.name)
    documents = known.documents or (NO_DOCUMENT,)
    answers = ask_cedar(compiled, cast, known, documents)
    ask = question(action, custodian, known)
    verdicts = _set_aside(
        documents,
        [
            _document(document, answer, ask, known)
            for document, answer in zip(documents, answers, strict=True)
        ],
        known,
    )
    outcome = next(o for o in STRENGTH if any(v.outcome is o for v in verdicts))
    leading = [v for v in verdicts if v.outcome is outcome]
    fired = [a for a in answers if isinstance(a, Fired)]
    opening = [
        a
        for a, v in zip(answers, verdicts, strict=True)
        if v.outcome.opens and isinstance(a, Fired)
    ]
    masks, mask_rules = _masks(opening, action, custodian, known)
    return Decision(
        outcome=outcome,
        action=action.name,
        custodian=custodian.id,
        at=known.at,
        book=book.version,
        documents=tuple(verdicts),
        deciding=_union([v.deciding for v in leading]),
        fired=_union([v.fired for v in verdicts]),
        struck=_union([v.struck for v in leading]),
        limits=_union([v.limits for v in leading]),
        duties=_duties(fired, outcome),
        masks=masks,
        mask_rules=mask_rules,
        why=next((v.why for v in leading if v.why), ""),
    )


def ask_cedar(
    compiled: Compiled, cast: Cast, known: Known, documents: Sequence[Document]
) -> list[Fired | Failed]:
    """One call: for each document, which rules in force fired, or why that cannot be said."""
    unknown = facts.unknown_agencies(known, cast, compiled.agencies)
    if unknown:
        why = f"the agency {unknown[0]} is named by the law or the request, and is not known here"
        return [Failed(why) for _ in documents]
    asked = facts.questions(known, cast, documents)
    entities = cast.entities(known, documents)
    answers = cedarpy.is_authorized_batch(asked, compiled.policies, entities, schema())
    return [_fired(a, compiled, known) for a in answers]


def _fired(answer: cedarpy.AuthzResult, compiled: Compiled, known: Known) -> Fired | Failed:
    if answer.diagnostics.errors or answer.decision is cedarpy.Decision.NoDecision:
        errors = answer.diagnostics.errors or ["Cedar gave no decision"]
        return Failed(f"a rule could not be evaluated: {errors[0]}")
    return compiled.fired(answer.diagnostics.reasons, known.at)


def counting(
    documents: Sequence[Document], opens: Sequence[B], at: datetime, alg: Algebra[B]
) -> list[B]:
    """When each document opens the answer, of those that would by themselves (``opens``).

    A must not often bars one kind of paper. Were any other paper decided on an equal footing, a
    blank sheet laid beside a detainer would open what the detainer may not. So beside a paper that
    asks for something, one that only supports the request is a fact and no more; beside a verified
    paper an unverified one opens nothing; and of unverified papers alone, none opens unless all do.
    """

    def rank(document: Document) -> tuple[bool, bool]:
        return document.kind in SUPPORTING, document.verified(at) is not Tri.YES

    first = min(map(rank, documents))
    counts = [rank(d) == first for d in documents]
    together = alg.true
    if first[1]:
        together = alg.all(o for o, c in zip(opens, counts, strict=True) if c)
    return [alg.all((o, together)) if c else alg.false for o, c in zip(opens, counts, strict=True)]


def _set_aside(
    documents: Sequence[Document], verdicts: Sequence[DocumentDecision], known: Known
) -> list[DocumentDecision]:
    """The same verdicts; what opens by itself but does not count opens nothing."""
    opens = [v.outcome.opens for v in verdicts]
    why = "By itself this document asks for nothing, or it is not verified: it opens nothing here."
    return [
        v if still or not v.outcome.opens else
        replace(v, outcome=Outcome.NO_AUTHORITY, deciding=(), struck=(), limits=(), why=why)
        for v, still in zip(verdicts, counting(documents, opens, known.at, TRUTH), strict=True)
    ]  # fmt: skip


def question(action: Action, custodian: Custodian, known: Known) -> Question[bool]:
    """What ``combine`` has to know of the request."""
    return Question(
        action=action.name,
        own_pack=custodian.own_pack,
        lowest=action.lowest_for(known.request.kind),
        stands_in=action.protects_stands_in,
        officer=facts.accepted(known, action.name),
    )


def _document(
    document: Document, answer: Fired | Failed, ask: Question[bool], known: Known
) -> DocumentDecision:
    if isinstance(answer, Failed):
        why = f"This could not be decided: {answer.why}."
        blank = DocumentDecision(document.id, document.kind, Outcome.UNAVAILABLE, (), (), ())
        return replace(blank, why=why)
    read = answer.reading(ask.action, ask)
    return DocumentDecision(
        document=document.id,
        kind=document.kind,
        outcome=read.outcome,
        deciding=read.deciding,
        struck=read.struck,
        fired=read.fired,
        limits=read.limits,
        why=_why(read, document, ask, known),
    )


def _why(read: Reading, document: Document, ask: Question[bool], known: Known) -> str:
    outcome, standing = read.outcome, read.standing
    if outcome is Outcome.CONFLICT:
        disputed = [r for r in standing if r.disputed]
        if disputed:
            return f"Whether {disputed[0].cite} decides is disputed: {disputed[0].disputed}."
        return "Two rules of the same layer contradict each other."
    if outcome is Outcome.PERMIT and ask.officer:
        return "A named officer of the custodian decided to accept it, recorded as evidence."
    if outcome is not Outcome.NO_AUTHORITY:
        return ""
    note = ""
    if document.kind != "none" and document.verified(known.at) is not Tri.YES:
        note = " The document presented is not verified and counts for nothing."
    given = ask.lowest is Layer.AGENCY or any(gives(r, ask) for r in standing)
    if not given:
        word = ask.lowest.word
        return f"No rule of {word} or higher law gives the power to do this.{note}"
    return f"Nothing forbids this, and no rule of the custodian's own grants it.{note}"


def _masks(
    opening: Sequence[Fired], action: Action, custodian: Custodian, known: Known
) -> tuple[frozenset[str], tuple[tuple[str, tuple[RuleRef, ...]], ...]]:
    """Which masks open, and for each mask the rules that opened it or kept it closed.

    Args:
        opening: what fired for each document that opens the answer.
    """
    opened: set[str] = set()
    said: dict[str, tuple[RuleRef, ...]] = {}
    for fired in opening:
        for mask in action.masks:
            read = fired.reading(mask, question(ACTIONS[mask], custodian, known))
            if read.outcome.opens or mask not in opened:
                said[mask] = read.deciding
            if read.outcome.opens:
                opened.add(mask)
    return frozenset(opened), tuple(sorted(said.items()))


def _duties(fired: Sequence[Fired], outcome: Outcome) -> tuple[Duty, ...]:
    """The duties that arise whatever the outcome was."""
    return _union([tuple(f.duties(outcome)) for f in fired])


def _union(groups: Sequence[tuple[T, ...]]) -> tuple[T, ...]:
    """What the documents say together, each thing once."""
    if len(groups) == 1:
        return groups[0]
    return tuple(dict.fromkeys(x for group in groups for x in group))
