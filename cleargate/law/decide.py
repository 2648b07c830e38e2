"""One request, the book in force, one time: one decision.

Cedar is asked once for all documents; ``combine`` makes the outcome of each; the strongest decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import cedarpy

from ..model.actions import ACTIONS, Action
from ..model.decision import Decision, DocumentDecision, Duty, Limit, RuleRef, Struck
from ..model.evidence import NO_DOCUMENT, Document
from ..model.request import Known
from ..model.words import Layer, Outcome, RuleKind, Tri
from . import facts
from .book import DUTY, Book, Compiled, Custodian
from .cedar import schema
from .combine import TRUTH, Question, Verdict, chooses, combine
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
"""Of several documents the first of these decides: a person is kept while any one of them says so."""


@dataclass(frozen=True, slots=True)
class Firing:
    """What Cedar said about one document: the rules that fired, by section, or why it could not."""

    sections: Mapping[str, Sequence[Rule]]
    error: str = ""


def decide(book: Book, custodian: Custodian, cast: Cast, known: Known) -> Decision:
    """Decide ``known`` by the rules of ``book`` that bind ``custodian``.

    Errors in a rule, or an agency that a rule names and nobody knows, are ``unavailable``: Cedar
    skips a policy that errs, so an erring must not would otherwise permit.
    """
    action = ACTIONS[known.request.action]
    compiled = book.compiled(custodian, action.name)
    documents = known.documents or (NO_DOCUMENT,)
    firings = ask_cedar(compiled, cast, known, documents)
    verdicts = [
        _document(document, firing, action, custodian, known)
        for document, firing in zip(documents, firings, strict=True)
    ]
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
        duties=_duties(firings),
        masks=masks,
        mask_rules=mask_rules,
        why=next((v.why for v in leading if v.why), ""),
    )


def ask_cedar(
    compiled: Compiled, cast: Cast, known: Known, documents: Sequence[Document]
) -> list[Firing]:
    """One call: for each document, which rules in force fired, or the error."""
    unknown = sorted(compiled.agencies - cast.agencies.keys())
    if unknown:
        why = f"the law in force names the agency {unknown[0]}, which is not known here"
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


def question(action: Action, custodian: Custodian, known: Known) -> Question[bool]:
    """What ``combine`` has to know of the request."""
    return Question(
        action=action.name,
        own_pack=custodian.own_pack,
        lowest=action.lowest_for(known.request.kind),
        stands_in=action.protects_stands_in,
        officer=facts.accepted(known),
    )


def _document(
    document: Document, firing: Firing, action: Action, custodian: Custodian, known: Known
) -> DocumentDecision:
    blank = DocumentDecision(document.id, document.kind, Outcome.UNAVAILABLE, (), (), ())
    if firing.error:
        return replace(blank, why=f"This could not be decided: {firing.error}.")
    rules = firing.sections.get(action.name, ())
    ask = question(action, custodian, known)
    verdict = combine([(r, True) for r in rules], ask, TRUTH)
    outcome = next(o for o, holds in verdict.outcome.items() if holds)
    standing = [r for r, stands in verdict.standing if stands and isinstance(r, Rule)]
    return replace(
        blank,
        outcome=outcome,
        deciding=deciding(outcome, standing, rules, ask),
        struck=_struck(verdict),
        fired=_order(rules),
        limits=_limits(action, standing),
        why=_why(outcome, document, standing, ask, known),
    )


def deciding(
    outcome: Outcome, standing: Sequence[Rule], fired: Sequence[Rule], ask: Question[bool]
) -> tuple[RuleRef, ...]:
    """The rules that an outcome rests on, best-seen first, then from the highest law down."""
    match outcome:
        case Outcome.REQUIRE:
            rest = [r for r in standing if r.kind is RuleKind.MUST and r.layer <= ask.lowest]
        case Outcome.REFUSE:
            rest = [r for r in standing if r.kind is RuleKind.MUST_NOT]
        case Outcome.PERMIT:
            rest = [r for r in standing if chooses(r, ask) or _gives(r, ask)]
        case Outcome.CONFLICT:
            kinds = (RuleKind.MUST, RuleKind.MUST_NOT)
            rest = [r for r in fired if r.kind in kinds or r.disputed]
        case _:
            rest = []
    return _order(rest)


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


def _limits(action: Action, standing: Sequence[Rule]) -> tuple[Limit, ...]:
    if action.name != "hold":
        return ()
    return tuple(Limit(r.ref, r.limit, r.limit_cite) for r in standing if r.limit)


def _why(
    outcome: Outcome,
    document: Document,
    standing: Sequence[Rule],
    ask: Question[bool],
    known: Known,
) -> str:
    if outcome is Outcome.CONFLICT:
        disputed = [r for r in standing if r.disputed]
        if disputed:
            return f"Whether {disputed[0].cite} decides is disputed: {disputed[0].disputed}."
        return "Two rules of the same layer contradict each other."
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
            rules = firing.sections.get(mask, ())
            ask = question(ACTIONS[mask], custodian, known)
            result = combine([(r, True) for r in rules], ask, TRUTH)
            outcome = next(o for o, holds in result.outcome.items() if holds)
            standing = [r for r, stands in result.standing if stands and isinstance(r, Rule)]
            if outcome.opens:
                opened.add(mask)
                said[mask] = deciding(outcome, standing, rules, ask)
            elif mask not in opened:
                said[mask] = deciding(outcome, standing, rules, ask)
    return frozenset(opened), tuple(sorted(said.items()))


def _duties(firings: Sequence[Firing]) -> tuple[Duty, ...]:
    rules = {r.id: r for f in firings for r in f.sections.get(DUTY, ())}
    return tuple(Duty(r.ref, r.duty, r.within, r.to) for r in rules.values())


def _union(groups: Iterable[Iterable[RuleRef]]) -> tuple[RuleRef, ...]:
    return tuple(dict.fromkeys(r for group in groups for r in group))
