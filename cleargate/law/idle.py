"""Why a rule changes no outcome in a book: what says the same, or what it waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ..model.actions import ACTIONS, Family
from ..model.errors import LimitReached
from ..model.words import Layer, RuleKind
from .book import Book, Custodian
from .decide import decide
from .lower import ShapeError
from .pairs import Pair, comparing
from .reading import DUTY
from .rules import Rule
from .scenarios import Stage, as_known, place, read_scenarios
from .space import But, Sets, Space
from .variables import Asked, NotEnumerable

OWN_WORD: Final = "it gives a power that a custodian has by its own word, and is cited"
WAITS: Final = "it waits for a grant of higher law, without which a custodian's word is not enough"
NOTHING_BELOW: Final = "no rule that it strikes ever stands in this book"


def reasons(
    book: Book, names: Sequence[str], idle: Sequence[Rule], bound: Sequence[Pair], stage: Stage,
    at: datetime,
) -> dict[str, str]:  # fmt: skip
    """For each rule that changes no enumerated request: why, or nothing where that is not known.

    Rules that change a worked request are left out. A worked request may present more papers than
    an enumerated one.
    """
    working = {id for name in names for id in _working(book, name, idle, stage)}
    rest = [r for r in idle if r.id not in working]
    ids = {r.id for r in rest}
    found: dict[str, set[Rule] | None] = dict.fromkeys(ids)
    for pair in bound if rest else ():
        for space in spaces(pair, stage, at, lambda r: r.id in ids):
            for rule in rest:
                twins = _twins(space, rule)
                if twins is not None:
                    before = found[rule.id]
                    found[rule.id] = twins if before is None else before & twins
    return {r.id: _said(sorted(found[r.id] or (), key=lambda t: t.id), r) for r in rest}


def spaces(
    pair: Pair, stage: Stage, at: datetime, wanted: Callable[[Rule], bool]
) -> Iterator[Space]:
    """All requests to a custodian for each action on which some wanted rule speaks.

    Raises:
        NotEnumerable: a rule compares two facts with each other.
    """
    what = comparing(pair, stage, at=at)
    custodian = pair.before.custodian
    for action in ACTIONS.values():
        if action.family in (Family.MASK, Family.GROUP):
            continue
        compiled = pair.before.book.compiled(custodian, action.name)
        if not any(wanted(r) for r in compiled.rules.values()):
            continue
        asked = Asked(action.name, custodian.id, what.cast, pair.silent)
        try:
            yield Space(asked, [(pair.before.book, custodian)], at, more=(DUTY,))
        except (NotEnumerable, ShapeError, LimitReached) as fault:
            raise NotEnumerable(f"{action.name} cannot be enumerated: {fault}") from fault


def everything(space: Space, side: Sets, but: But | None = None) -> tuple[int, ...]:
    """The outcomes and open masks of all requests, as comparable numbers."""
    action = space.asked.action
    verdicts = space.verdicts(side, action, but)
    masks = (space.verdicts(side, m, but) for m in ACTIONS[action].masks)
    outcomes = space.outcomes(verdicts).values()
    return (*outcomes, *(space.opened(verdicts, m) for m in masks))


def _said(twins: Sequence[Rule], rule: Rule) -> str:
    if twins:
        named = " and beyond ".join(f"{t.id} ({t.cite})" for t in twins)
        return f"it says nothing beyond {named}"
    if rule.kind is RuleKind.GRANT:
        lowest = max((ACTIONS[a].lowest for a in rule.names if a in ACTIONS), default=Layer.AGENCY)
        return WAITS if rule.layer > lowest else OWN_WORD
    return NOTHING_BELOW if rule.strikes else ""


def _twins(space: Space, rule: Rule) -> set[Rule] | None:
    """The rules of its kind that alone, without the others of that kind, leave it nothing to say.

    Returns:
        None where it says nothing here even alone.
    """
    (side,) = space.sides
    speaking = {r.id: r for sec, fires in side.fires.items() if sec != DUTY for r, _ in fires}
    if rule.id not in speaking:
        return None
    alike = {id: r for id, r in speaking.items() if r.kind is rule.kind}

    def beyond(*others: str) -> bool:
        """Whether it says something where of its kind only these stand beside it."""
        without = frozenset(alike.keys() - {rule.id, *others})
        return any(
            everything(space, side, But(without, barred))
            != everything(space, side, But(without | {rule.id}, barred))
            for barred in (False, True)
        )

    if not beyond():
        return None
    return {r for id, r in alike.items() if id != rule.id and not beyond(id)}


def _working(book: Book, name: str, idle: Sequence[Rule], stage: Stage) -> Iterator[str]:
    """The rules without which some worked request of the pack would come out otherwise."""
    folder = book.packs[name].folder
    own = {r.id for r in book.packs[name].rules}
    if not (folder / "scenarios.toml").is_file() or not any(r.id in own for r in idle):
        return
    lacking: dict[tuple[Custodian, str], Custodian] = {}
    for scenario in read_scenarios(folder):
        custodian, cast = place(book, name, stage, scenario)
        known = as_known(scenario, custodian, cast)
        decision = decide(book, custodian, cast, known)
        fired = {r.id for r in decision.fired}
        for rule in idle:
            if rule.id in fired & own:
                without = tuple(r for r in custodian.rules if r.id != rule.id)
                less = lacking.setdefault((custodian, rule.id), replace(custodian, rules=without))
                other = decide(book, less, cast, known)
                if (other.outcome, other.masks) != (decision.outcome, decision.masks):
                    yield rule.id
