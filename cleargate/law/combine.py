"""From the rules that fired to an outcome: DESIGN, section 5, as one pure function.

``combine`` is written over any boolean algebra. On truth values it decides; on terms it makes
conditions. Either way exactly one of the five outcomes holds.

The order of steps, which is the order of this file:

1. *leave* strikes what it names in its own pack;
2. a *must not* that yields is struck by a *must* of the same or a higher layer;
3. *protects* strikes the *must nots* of lower layers;
4. the highest layer with a *must* or a *must not* decides: require, refuse, or conflict;
5. otherwise the custodian chooses: with its own grant (and, where that is not enough, a grant of
   the layer that can give the action), permit; without, no-authority;
6. if leaving out any of the disputed rules changes the outcome: conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Generic, Protocol, TypeVar

from ..model.words import Layer, Outcome, RuleKind

B = TypeVar("B")


class Algebra(Protocol[B]):
    """A boolean algebra: truth values, or terms."""

    @property
    def true(self) -> B: ...
    @property
    def false(self) -> B: ...
    def all(self, xs: Iterable[B]) -> B: ...
    def any(self, xs: Iterable[B]) -> B: ...
    def neg(self, x: B) -> B: ...


class Truth:
    """The algebra of ``bool``."""

    true, false = True, False

    def all(self, xs: Iterable[bool]) -> bool:
        return all(xs)

    def any(self, xs: Iterable[bool]) -> bool:
        return any(xs)

    def neg(self, x: bool) -> bool:
        return not x


TRUTH = Truth()


class Says(Protocol):
    """What ``combine`` reads of a rule."""

    @property
    def id(self) -> str: ...
    @property
    def pack(self) -> str: ...
    @property
    def layer(self) -> Layer: ...
    @property
    def kind(self) -> RuleKind: ...
    @property
    def strikes(self) -> frozenset[str]: ...
    @property
    def yields(self) -> bool: ...
    @property
    def disputed(self) -> str: ...
    @property
    def settles(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def names(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Question(Generic[B]):
    """What is asked of the rules.

    Attributes:
        action: the action, as a *protects* must name it to stand in for a grant.
        own_pack: the custodian's own pack.
        lowest: the lowest layer whose grant can give the action.
        stands_in: an undisputed *protects* that names the action stands in for an own grant.
        officer: a named officer's verified decision accepts it.
    """

    action: str
    own_pack: str
    lowest: Layer
    stands_in: bool
    officer: B


@dataclass(frozen=True, slots=True)
class Strike(Generic[B]):
    """``rule`` is set aside by ``by`` when ``when`` holds."""

    rule: Says
    by: Says
    how: str
    when: B


@dataclass(frozen=True, slots=True)
class Verdict(Generic[B]):
    """When each outcome holds, and why.

    Attributes:
        standing: the rules that nothing struck.
        choosing: those of them that are the custodian's own choice, or stand in for it.
        strikes: what struck the others.
    """

    outcome: dict[Outcome, B]
    standing: tuple[tuple[Says, B], ...]
    choosing: tuple[tuple[Says, B], ...]
    strikes: tuple[Strike[B], ...]


Fired = Sequence[tuple[Says, B]]

OUTCOMES = (
    Outcome.REQUIRE,
    Outcome.REFUSE,
    Outcome.PERMIT,
    Outcome.NO_AUTHORITY,
    Outcome.CONFLICT,
)


def combine(fired: Fired[B], ask: Question[B], alg: Algebra[B]) -> Verdict[B]:
    """The outcome of ``fired``, each rule with the condition under which it fires.

    Args:
        fired: rules that bind the custodian and are in force, in any order.
        ask: the action and who may give it.
        alg: the algebra of the conditions.

    Returns:
        For each outcome the condition under which it holds; exactly one does.
    """
    fired, settled, ended = _settle(fired, ask, alg)
    verdict = _one_reading(fired, ask, alg, ended)
    disputed = [rule for rule, _ in fired if rule.disputed]
    readings = [verdict]
    for size in range(1, len(disputed) + 1):
        for left_out in combinations(disputed, size):
            # What is no longer disputed cannot be left out.
            rest = [
                (r, alg.all((b, ended.get(r.id, alg.false))) if r in left_out else b)
                for r, b in fired
            ]
            readings.append(_one_reading(rest, ask, alg, ended))
    agreed = {o: alg.all(v.outcome[o] for v in readings) for o in verdict.outcome}
    agreed[Outcome.CONFLICT] = alg.neg(alg.any(agreed.values()))
    return Verdict(agreed, verdict.standing, verdict.choosing, settled + verdict.strikes)


def _settle(
    fired: Fired[B], ask: Question[B], alg: Algebra[B]
) -> tuple[list[tuple[Says, B]], tuple[Strike[B], ...], dict[str, B]]:
    """Apply ``@settles("winner over loser")`` of the custodian's own pack.

    Returns:
        The rules, a loser struck where its winner fires; the strikes; and when the dispute about a
        winner has ended.
    """
    over = [(r, b, *pair) for r, b in fired if r.pack == ask.own_pack for pair in r.settles]
    if not over:
        return list(fired), (), {}
    fires = {r.id: b for r, b in fired}
    strikes: list[Strike[B]] = []
    kept: list[tuple[Says, B]] = []
    for rule, when in fired:
        left = when
        for settler, settled, winner, loser in over:
            if rule.id == loser and winner in fires:
                beaten = alg.all((settled, fires[winner]))
                strikes.append(Strike(rule, settler, "settled", alg.all((when, beaten))))
                left = alg.all((left, alg.neg(beaten)))
        kept.append((rule, left))
    ended = {w: alg.any(b for _, b, winner, _ in over if winner == w) for _, _, w, _ in over}
    return kept, tuple(strikes), ended


def _one_reading(
    fired: Fired[B], ask: Question[B], alg: Algebra[B], ended: Mapping[str, B]
) -> Verdict[B]:
    """Steps 1 to 5; a dispute decides only whether a *protects* may stand in for a grant."""
    strikes: list[Strike[B]] = []

    def strike(
        rules: Fired[B], by_kind: RuleKind, how: str, reaches: _Reach
    ) -> list[tuple[Says, B]]:
        striking = [(s, w) for s, w in rules if s.kind is by_kind]
        if not striking:
            return list(rules)
        kept = []
        for rule, when in rules:
            hits = [(s, w) for s, w in striking if reaches(s, rule)]
            strikes.extend(Strike(rule, s, how, alg.all((when, w))) for s, w in hits)
            kept.append((rule, alg.all((when, *(alg.neg(w) for _, w in hits)))))
        return kept

    def commands(rule: Says) -> bool:
        # A must below the lowest granting layer only counts as a grant of its own pack.
        return rule.kind is RuleKind.MUST and rule.layer <= ask.lowest

    standing = strike(fired, RuleKind.LEAVE, "leave", _leaves)
    standing = strike(
        standing, RuleKind.MUST, "yields", lambda must, rule: commands(must) and _yields(must, rule)
    )
    standing = strike(standing, RuleKind.PROTECTS, "protects", _protects)

    open_above = alg.true
    require, refuse = alg.false, alg.false  # both in one layer: neither, which is a conflict
    for layer in sorted({rule.layer for rule, _ in standing}):
        must = alg.any(b for r, b in standing if r.layer is layer and commands(r))
        must_not = alg.any(
            b for r, b in standing if r.layer is layer and r.kind is RuleKind.MUST_NOT
        )
        require = alg.any((require, alg.all((open_above, must, alg.neg(must_not)))))
        refuse = alg.any((refuse, alg.all((open_above, must_not, alg.neg(must)))))
        open_above = alg.all((open_above, alg.neg(must), alg.neg(must_not)))

    choosing = [(r, b) for r, b in standing if _own_choice(r, ask)]
    for r, b in standing:
        if _stands_in(r, ask):
            choosing.append((r, alg.all((b, ended.get(r.id, alg.false))) if r.disputed else b))
    chosen = alg.any((ask.officer, *(b for _, b in choosing)))
    given = alg.true
    if ask.lowest < Layer.AGENCY:
        given = alg.any(
            b for r, b in standing if r.kind is RuleKind.GRANT and r.layer <= ask.lowest
        )
    permit = alg.all((open_above, chosen, given))
    return Verdict(
        {
            Outcome.REQUIRE: require,
            Outcome.REFUSE: refuse,
            Outcome.PERMIT: permit,
            Outcome.NO_AUTHORITY: alg.all((open_above, alg.neg(permit))),
        },
        tuple(standing),
        tuple(choosing),
        tuple(strikes),
    )


def _own_choice(rule: Says, ask: Question[B]) -> bool:
    below = rule.kind is RuleKind.MUST and rule.layer > ask.lowest
    return rule.pack == ask.own_pack and (rule.kind is RuleKind.GRANT or below)


def _stands_in(rule: Says, ask: Question[B]) -> bool:
    return rule.kind is RuleKind.PROTECTS and ask.stands_in and ask.action in rule.names


class _Reach(Protocol):
    def __call__(self, by: Says, rule: Says, /) -> bool: ...


def _leaves(leave: Says, rule: Says) -> bool:
    return leave.pack == rule.pack and rule.id in leave.strikes


def _yields(must: Says, rule: Says) -> bool:
    return rule.kind is RuleKind.MUST_NOT and rule.yields and must.layer <= rule.layer


def _protects(protects: Says, rule: Says) -> bool:
    return rule.kind is RuleKind.MUST_NOT and rule.layer > protects.layer
