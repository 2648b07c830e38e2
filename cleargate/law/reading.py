"""What the rules that fired come to: the outcome by ``combine``, and the rules that it rests on.

Which rules of a compiled set fire together is one of a few dozen combinations, and what they come
to is a pure function of them and of the question. So each combination is read once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..model.decision import Duty, Limit, RuleRef, Struck
from ..model.words import Event, Layer, Outcome, RuleKind
from .combine import TRUTH, Question, Says, Verdict, combine
from .rules import Rule

DUTY = "duty"
"""The section of a compiled set that holds the duties; the others are named after actions."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome that some rules come to.

    Attributes:
        deciding: the rules that it rests on.
        fired: all of them, struck or not, in the order in which they are shown.
        standing: those that nothing struck.
        limits: of a hold that opens, until when; the limits of all layers.
    """

    outcome: Outcome
    deciding: tuple[RuleRef, ...]
    fired: tuple[RuleRef, ...]
    standing: tuple[Rule, ...]
    struck: tuple[Struck, ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Fired:
    """The rules that fired together, by section."""

    sections: Mapping[str, Sequence[Rule]]
    _read: dict[tuple[str, Question[bool]], Reading] = field(default_factory=dict, repr=False)

    def reading(self, section: str, ask: Question[bool]) -> Reading:
        """What the rules of one section come to; read once for each question."""
        found = self._read.get((section, ask))
        if found is None:
            found = self._read[section, ask] = read_rules(self.sections.get(section, ()), ask)
        return found

    def duties(self, outcome: Outcome) -> Iterable[Duty]:
        """The duties that arise; nobody is held by a request that fails."""
        for rule in self.sections.get(DUTY, ()):
            if rule.on is not Event.HELD or outcome.opens:
                yield Duty(rule.ref, rule.duty, rule.within, rule.to)


def by_section(fired: Iterable[tuple[Rule, Sequence[str]]]) -> Fired:
    """Rules that fired, each with the sections for which it speaks; always in the same order."""
    sections: dict[str, list[Rule]] = {}
    for rule, spoken in sorted(fired, key=lambda said: said[0].id):
        for section in spoken:
            sections.setdefault(section, []).append(rule)
    return Fired(sections)


def read_rules(fired: Sequence[Rule], ask: Question[bool]) -> Reading:
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
            rest = [r for r in standing if r in choosing or gives(r, ask)]
        case Outcome.CONFLICT:
            kinds = (RuleKind.MUST, RuleKind.MUST_NOT)
            rest = [r for r in fired if r.kind in kinds or r.disputed]
        case _:
            rest = []
    return Reading(
        outcome=outcome,
        deciding=_order(rest),
        fired=_order(fired),
        standing=tuple(standing),
        struck=(*_struck(verdict), *_overridden(outcome, standing, ask)),
        limits=tuple(_limits(outcome, standing, ask)),
    )


def gives(rule: Rule, ask: Question[bool]) -> bool:
    """Whether it is the grant of law that the custodian's own word needs beside it."""
    return rule.kind is RuleKind.GRANT and rule.layer <= ask.lowest < Layer.AGENCY


def _rules(said: Iterable[tuple[Says, bool]]) -> list[Rule]:
    return [r for r, holds in said if holds and isinstance(r, Rule)]


def _musts(standing: Sequence[Rule], ask: Question[bool]) -> list[Rule]:
    return [r for r in standing if r.kind is RuleKind.MUST and r.layer <= ask.lowest]


def _order(rules: Sequence[Rule]) -> tuple[RuleRef, ...]:
    return tuple(r.ref for r in sorted(rules, key=lambda r: (r.review, r.layer, r.id)))


def _struck(verdict: Verdict[bool]) -> Iterable[Struck]:
    for s in verdict.strikes:
        if s.when and isinstance(s.rule, Rule) and isinstance(s.by, Rule):
            yield Struck(s.rule.ref, s.by.ref, s.how)


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


def _limits(outcome: Outcome, standing: Sequence[Rule], ask: Question[bool]) -> Iterable[Limit]:
    if ask.action == "hold" and outcome.opens:
        yield from (Limit(r.ref, r.limit, r.limit_cite) for r in standing if r.limit)
