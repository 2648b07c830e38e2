"""One request, the book in force, one time: one decision.

Cedar is asked once for all documents; ``combine`` makes the outcome of each; the strongest decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import cedarpy

from ..model.actions import ACTIONS, Action
from ..model.decision import Decision, DocumentDecision, Duty, Limit, RuleRef, Struck
from ..model.evidence import NO_DOCUMENT, SUPPORTING, Document
from ..model.request import Known
from ..model.words import Event, Layer, Outcome, RuleKind, Tri
from . import facts
from .book import DUTY, Book, Compiled, Custodian
from .cedar import schema
from .combine import TRUTH, Question, Says, Verdict, combine
from .facts import Cast
from .rules import Rule

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
class Firing:
    """What Cedar said about one document: the rules that fired, by section, or why it could not."""

    sections: Mapping[str, Sequence[Rule]]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules of one section come to: the outcome, and the rules that it rests on."""

    outcome: Outcome
    deciding: tuple[RuleRef, ...]
    standing: tuple[Rule, ...]
    struck: tuple[Struck, ...]


def decide(book: Book, custodian: Custodian, cast: Cast, known: Known) -> Decision:
    """Decide ``known`` by the rules of ``book`` that bind ``custodian``.

    Errors in a rule, or an agency that a rule names and nobody knows, are ``unavailable``: Cedar
    skips a policy that errs, so an erring must not would otherwise permit.
    """
    action = ACTIONS[known.request.action]
    compiled = book.compiled(custodian, action.name)
    documents = known.documents or (NO_DOCUMENT,)
    firings = ask_cedar(compiled, cast, known, documents)
    verdicts = _set_aside(
        documents,
        [
            _document(document, firing, action, custodian, known)
            for document, firing in zip(documents, firings, strict=True)
        ],
        known,
    )
    outcome = next(o for o in STRENGTH if any(v.outcome is o for v in verdicts))
    leading = [v for v in verdicts if v.outcome is outcome]
    masks, mask_rules = _masks(firings, verdicts, action, custodian, known)
    return Decision(
        outcome=outcome,
        action=action.name,
        custodian=custodian.id,
        at=known.at,
        book=book.version,
        documents=tuple(verdicts),
        deciding=_union(v.deciding for v in leading),
        fired=_union(v.fired for v in verdicts),
        struck=tuple(dict.fromkeys(s for v in leading for s in v.struck)),
        limits=tuple(dict.fromkeys(x for v in leading for x in v.limits)),
        duties=_duties(firings, outcome),
        masks=masks,
        mask_rules=mask_rules,
        why=next((v.why for v in leading if v.why), ""),
    )


def ask_cedar(
    compiled: Compiled, cast: Cast, known: Known, documents: Sequence[Document]
) -> list[Firing]:
    """One call: for each document, which rules in force fired, or the error."""
    unknown = facts.unknown_agencies(known, cast, compiled.agencies)
    if unknown:
        why = f"the agency {unknown[0]} is named by the law or the request, and is not known here"
        return [Firing({}, why) for _ in documents]
    asked = facts.questions(known, cast, documents)
    entities = cast.entities(known, documents)
    answers = cedarpy.is_authorized_batch(asked, compiled.policies, entities, schema())
    return [_firing(a, compiled, known) for a in answers]


def _firing(answer: cedarpy.AuthzResult, compiled: Compiled, known: Known) -> Firing:
    if answer.diagnostics.errors or answer.decision is cedarpy.Decision.NoDecision:
        errors = answer.diagnostics.errors or ["Cedar gave no decision"]
        return Firing({}, f"a rule could not be evaluated: {errors[0]}")
    sections: dict[str, list[Rule]] = {}
    for policy in sorted(answer.diagnostics.reasons):
        rule = compiled.rules[policy]
        if rule.in_force(known.at):
            sections.setdefault(policy.partition("|")[0], []).append(rule)
    return Firing(sections)


def _set_aside(
    documents: Sequence[Document], verdicts: Sequence[DocumentDecision], known: Known
) -> list[DocumentDecision]:
    """The same verdicts; what opens by itself but does not count opens nothing.

    A must not often bars one kind of paper. Were any other paper decided on an equal footing, a
    blank sheet laid beside a detainer would open what the detainer may not. So beside a paper that
    asks for something, one that only supports the request is a fact and no more; beside a verified
    paper an unverified one opens nothing; and of unverified papers alone, none opens unless all do.
    """

    def rank(document: Document) -> tuple[bool, bool]:
        return document.kind in SUPPORTING, document.verified(known.at) is not Tri.YES

    first = min(map(rank, documents))
    counts = [rank(d) == first for d in documents]
    if first[1] and not all(v.outcome.opens for v, c in zip(verdicts, counts, strict=True) if c):
        counts = [False] * len(counts)
    why = "By itself this document asks for nothing, or it is not verified: it opens nothing here."
    return [
        v if c or not v.outcome.opens else
        replace(v, outcome=Outcome.NO_AUTHORITY, deciding=(), struck=(), limits=(), why=why)
        for v, c in zip(verdicts, counts, strict=True)
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
    document: Document, firing: Firing, action: Action, custodian: Custodian, known: Known
) -> DocumentDecision:
    blank = DocumentDecision(document.id, document.kind, Outcome.UNAVAILABLE, (), (), ())
    if firing.error:
        return replace(blank, why=f"This could not be decided: {firing.error}.")
    rules = firing.sections.get(action.name, ())
    ask = question(action, custodian, known)
    read = reading(rules, ask)
    return replace(
        blank,
        outcome=read.outcome,
        deciding=read.deciding,
        struck=read.struck,
        fired=_order(rules),
        limits=_limits(action, read),
        why=_why(read, document, ask, known),
    )


def reading(fired: Sequence[Rule], ask: Question[bool]) -> Reading:
    """What ``combine`` makes of the rules that fired, and the rules that the outcome rests on."""
    verdict = combine([(r, True) for r in fired], ask, TRUTH)
    outcome = next(o for o, holds in verdict.outcome.items() if holds)
    standing = _rules(verdict.standing)
    match outcome:
        case Outcome.REQUIRE:
            rest = _musts(standing, ask)
        case Outcome.REFUSE:
            rest = [r for r in standing if r.kind is RuleKind.MUST_NOT]
        case Outcome.PERMIT:
            choosing = _rules(verdict.choosing)
            rest = [r for r in standing if r in choosing or _gives(r, ask)]
        case Outcome.CONFLICT:
            kinds = (RuleKind.MUST, RuleKind.MUST_NOT)
            rest = [r for r in fired if r.kind in kinds or r.disputed]
        case _:
            rest = []
    struck = (*_struck(verdict), *_overridden(outcome, standing, ask))
    return Reading(outcome, _order(rest), tuple(standing), struck)


def _rules(said: Iterable[tuple[Says, bool]]) -> list[Rule]:
    return [r for r, holds in said if holds and isinstance(r, Rule)]


def _musts(standing: Sequence[Rule], ask: Question[bool]) -> list[Rule]:
    return [r for r in standing if r.kind is RuleKind.MUST and r.layer <= ask.lowest]


def _gives(rule: Rule, ask: Question[bool]) -> bool:
    return rule.kind is RuleKind.GRANT and rule.layer <= ask.lowest < Layer.AGENCY


def _order(rules: Sequence[Rule]) -> tuple[RuleRef, ...]:
    return tuple(r.ref for r in sorted(rules, key=lambda r: (r.review, r.layer, r.id)))


def _struck(verdict: Verdict[bool]) -> tuple[Struck, ...]:
    return tuple(
        Struck(s.rule.ref, s.by.ref, s.how)
        for s in verdict.strikes
        if s.when and isinstance(s.rule, Rule) and isinstance(s.by, Rule)
    )


def _overridden(
    outcome: Outcome, standing: Sequence[Rule], ask: Question[bool]
) -> Iterable[Struck]:
    """What no rule struck, and a higher layer decided otherwise."""
    musts = _musts(standing, ask)
    must_nots = [r for r in standing if r.kind is RuleKind.MUST_NOT]
    above, below = (musts, must_nots) if outcome is Outcome.REQUIRE else (must_nots, musts)
    if outcome in (Outcome.REQUIRE, Outcome.REFUSE):
        by = min(above, key=lambda r: (r.layer, r.id))
        yield from (Struck(r.ref, by.ref, "overridden") for r in below)


def _limits(action: Action, read: Reading) -> tuple[Limit, ...]:
    """Until when a hold may last: the limits of all layers."""
    if action.name != "hold" or not read.outcome.opens:
        return ()
    return tuple(Limit(r.ref, r.limit, r.limit_cite) for r in read.standing if r.limit)


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
    given = ask.lowest is Layer.AGENCY or any(_gives(r, ask) for r in standing)
    if not given:
        word = ask.lowest.word
        return f"No rule of {word} or higher law gives the power to do this.{note}"
    return f"Nothing forbids this, and no rule of the custodian's own grants it.{note}"


def _masks(
    firings: Sequence[Firing],
    verdicts: Sequence[DocumentDecision],
    action: Action,
    custodian: Custodian,
    known: Known,
) -> tuple[frozenset[str], tuple[tuple[str, tuple[RuleRef, ...]], ...]]:
    """Which masks open, and for each mask the rules that opened it or kept it closed."""
    opened: set[str] = set()
    said: dict[str, tuple[RuleRef, ...]] = {}
    for firing, verdict in zip(firings, verdicts, strict=True):
        if not verdict.outcome.opens:
            continue
        for mask in action.masks:
            ask = question(ACTIONS[mask], custodian, known)
            read = reading(firing.sections.get(mask, ()), ask)
            if read.outcome.opens or mask not in opened:
                said[mask] = read.deciding
            if read.outcome.opens:
                opened.add(mask)
    return frozenset(opened), tuple(sorted(said.items()))


def _duties(firings: Sequence[Firing], outcome: Outcome) -> tuple[Duty, ...]:
    """The duties that arise whatever the outcome was; nobody is held by a request that fails."""
    rules = {r.id: r for f in firings for r in f.sections.get(DUTY, ())}
    return tuple(
        Duty(r.ref, r.duty, r.within, r.to)
        for r in rules.values()
        if r.on is not Event.HELD or outcome.opens
    )


def _union(groups: Iterable[Iterable[RuleRef]]) -> tuple[RuleRef, ...]:
    return tuple(dict.fromkeys(r for group in groups for r in group))
