"""Two laws over all requests: what changes, under which minimal conditions, with examples.

For every action each request that the rules of either law tell apart is compared (``space``). Where
outcomes differ, a *group* is a set of conditions on facts of which none can be dropped or widened;
its example was decided by Cedar under both laws. Beside the examples a sample of all requests is
decided by Cedar too; where that and the enumeration disagree, it is a fault of this program, which
the comparison reports.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import product
from typing import Final

from ..model.actions import ACTIONS, Family
from ..model.decision import Decision
from ..model.errors import BadUse, LimitReached
from ..model.fields import near
from ..model.request import Known
from ..model.words import Event, Outcome, by_when
from .book import Book, Custodian
from .decide import decide
from .diagrams import Edge, Point
from .facts import Cast
from .lower import ShapeError
from .reading import DUTY
from .space import Sets, Space
from .told import condition_words
from .variables import ALSO, OWN_GRANT, PAPER, REPRESENTED, REQUESTER, Asked, NotEnumerable

GROUPS: Final = 3
"""Groups that are shown of each change; the others are counted."""
NOT_DUE: Final = "not due"
SAMPLE: Final = 24
"""Requests for each action that Cedar decides as well, beside every example."""


_Due = Mapping[str, Mapping[str, Edge]]
"""Duty → what it comes to, to whom and by when → the requests in which it does."""


@dataclass(frozen=True, slots=True)
class Side:
    """One law, and the custodian under it."""

    book: Book
    custodian: Custodian


@dataclass(frozen=True, slots=True)
class Group:
    """Requests of one change that share minimal conditions.

    Attributes:
        conditions: in words; none of them can be left out.
        requests: how many combinations of facts they are.
        example: the plainest of them.
        before: Cedar's decision of it under the old law; ``after``, under the new.
    """

    conditions: tuple[str, ...]
    requests: int
    example: Known
    before: Decision
    after: Decision


@dataclass(frozen=True, slots=True)
class Turn:
    """One change: requests that had one outcome and have another.

    Attributes:
        mask: when it is not the outcome that changes but whether this mask is open.
        duty: when it is what must be done that changes: its name. ``before`` and ``after`` then
            say to whom and by when, or ``NOT_DUE``.
        rest: combinations of facts that no shown group has.
    """

    before: str
    after: str
    requests: int
    groups: tuple[Group, ...]
    rest: int
    mask: str = ""
    duty: str = ""

    @property
    def of_outcome(self) -> bool:
        """Whether it is the outcome that changes."""
        return not (self.mask or self.duty)


@dataclass(frozen=True, slots=True)
class Compared:
    """One or more actions of which the two laws say the same things.

    Attributes:
        requests: combinations of facts that the rules tell apart.
        why_not: why they could not be enumerated; empty when all were.
        wrong: requests of which Cedar says otherwise than the enumeration: a fault.
        checked: requests that Cedar decided beside the enumeration.
    """

    actions: tuple[str, ...]
    requests: int = 0
    turns: tuple[Turn, ...] = ()
    why_not: str = ""
    wrong: tuple[str, ...] = ()
    checked: int = 0

    @property
    def changed(self) -> int:
        return sum(t.requests for t in self.turns if t.of_outcome)


@dataclass(frozen=True, slots=True)
class Comparing:
    """What is compared.

    Attributes:
        cast: every agency that may ask (``variables.everyone``).
        own_grant: the custodian's own pack is not known: what it grants varies.
        tests: named tests of law in words.
        groups: how many groups of each change are shown.
    """

    before: Side
    after: Side
    cast: Cast
    at: datetime
    own_grant: bool = False
    tests: Mapping[str, str] = field(default_factory=dict)
    groups: int = GROUPS


def compare(
    what: Comparing,
    actions: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Iterator[Compared]:
    """Every action, or those named; those of which the same is to be said together.

    Args:
        what: what is compared.
        actions: only these, when some are named.
        progress: told how many actions are done, and of how many.

    Raises:
        BadUse: there is no such action.
    """
    known = {a.name: a for a in ACTIONS.values() if a.family not in (Family.MASK, Family.GROUP)}
    for name in actions:
        if name not in known:
            raise BadUse(f"'{name}' is no action{near(name, known)}")
    found: dict[object, Compared] = {}
    names = list(dict.fromkeys(actions)) or list(known)
    for done, name in enumerate(names, 1):
        one = compare_action(what, name)
        progress(done, len(names))
        key = (one.requests, one.why_not, one.wrong, tuple(map(_likeness, one.turns)))
        same = found.get(key)
        found[key] = replace(same, actions=(*same.actions, name)) if same else one
    yield from found.values()


def compare_action(what: Comparing, action: str) -> Compared:
    """All requests for one action under both laws."""
    sides = (what.before, what.after)
    rules = [dict(s.book.compiled(s.custodian, action).rules) for s in sides]
    if rules[0] == rules[1]:
        return Compared((action,))  # equal laws need not be enumerated
    asked = Asked(action, what.before.custodian.id, what.cast, what.own_grant)
    try:
        space = Space(asked, [(s.book, s.custodian) for s in sides], what.at, more=(DUTY,))
        return compare_space(what, space)
    except (NotEnumerable, ShapeError, LimitReached) as fault:
        return Compared((action,), why_not=str(fault).rstrip("."))


def compare_space(what: Comparing, space: Space) -> Compared:
    """All requests of a space under both laws."""
    action = space.asked.action
    d = space.diagrams
    verdicts = [space.verdicts(side, action) for side in space.sides]
    before, after = (space.outcomes(v) for v in verdicts)
    wrong: list[str] = []
    turns = [
        _turn(what, space, str(x), str(y), d.all((before[x], after[y])), wrong, _outcome)
        for x in before
        for y in after
        if x is not y
    ]
    for mask in ACTIONS[action].masks:
        was, now = (
            space.opened(v, space.verdicts(s, mask))
            for v, s in zip(verdicts, space.sides, strict=True)
        )
        both = [d.any(o[x] for x in o if x.opens) for o in (before, after)]
        closes = d.all((*both, was, d.neg(now)))
        opens = d.all((*both, now, d.neg(was)))
        told = partial(_open, mask)
        turns.append(_turn(what, space, "open", "closed", closes, wrong, told, mask=mask))
        turns.append(_turn(what, space, "closed", "open", opens, wrong, told, mask=mask))
    due = [_due(space, s, o) for s, o in zip(space.sides, (before, after), strict=True)]
    turns += _duties(what, space, due, wrong)
    points = list(_sample(space))
    for point in points:
        decisions = _decided(what, space, point)
        for decision, outcomes, owed in zip(decisions, (before, after), due, strict=True):
            said = [str(next(o for o, e in outcomes.items() if d.holds(e, point)))]
            really = [str(decision.outcome)]
            for name, words in owed.items():
                said.append(next(w for w, e in words.items() if d.holds(e, point)))
                really.append(_owed(name, decision))
            pairs = zip(said, really, strict=True)
            wrong += [_wrong(space.known(point), x, y) for x, y in pairs if x != y]
    return Compared(
        (action,),
        d.count(space.feasible),
        tuple(t for t in turns if t is not None),
        wrong=tuple(dict.fromkeys(wrong)),
        checked=len(points) + sum(len(t.groups) for t in turns if t),
    )


def _duties(
    what: Comparing, space: Space, due: Sequence[_Due], wrong: list[str]
) -> Iterator[Turn | None]:
    """What must be done under one law and not under the other, or by another time."""
    d = space.diagrams
    for name in sorted({*due[0], *due[1]}):
        was, now = (x.get(name, {NOT_DUE: space.feasible}) for x in due)
        for x, y in product(sorted(was), sorted(now)):
            if x != y:
                turned = d.all((was[x], now[y]))
                yield _turn(what, space, x, y, turned, wrong, partial(_owed, name), duty=name)


def _due(space: Space, side: Sets, outcomes: Mapping[Outcome, Edge]) -> _Due:
    """What must be done of which requests."""
    d = space.diagrams
    opens = d.any(e for o, e in outcomes.items() if o.opens)
    arises: dict[str, dict[str, Edge]] = {}
    for rule, by in side.fires[DUTY]:
        here = d.any(d.all((space.there[slot], fires)) for slot, fires in by.items())
        parts = (space.feasible, here, opens if rule.on is Event.HELD else d.true)
        said = arises.setdefault(rule.duty, {})
        words = due_words(rule.to, rule.within)
        said[words] = d.any((said.get(words, d.false), d.all(parts)))
    return {name: _together(space, said) for name, said in arises.items()}


def _together(space: Space, said: Mapping[str, Edge]) -> dict[str, Edge]:
    """Of rules that may fire together, each set of them that does, and where none does."""
    d = space.diagrams
    found: dict[tuple[str, ...], Edge] = {(): space.feasible}
    for words, where in sorted(said.items()):
        split = {(*all_, words): d.all((e, where)) for all_, e in found.items()}
        rest = {all_: d.all((e, d.neg(where))) for all_, e in found.items()}
        found = {all_: e for all_, e in (rest | split).items() if e != d.false}
    return {"; ".join(all_) or NOT_DUE: e for all_, e in found.items()}


def _owed(name: str, decision: Decision) -> str:
    owed = {due_words(x.to, x.within) for x in decision.duties if x.name == name}
    return "; ".join(sorted(owed)) or NOT_DUE


def due_words(to: str, within: str) -> str:
    """To whom something is due, and by when."""
    return f"to {to}, {by_when(within)}"


def _turn(
    what: Comparing, space: Space, before: str, after: str, turned: Edge, wrong: list[str],
    told: Callable[[Decision], str], *, mask: str = "", duty: str = "",
) -> Turn | None:  # fmt: skip
    d = space.diagrams
    if turned == d.false:
        return None
    groups: list[Group] = []
    left = turned
    while left != d.false and len(groups) < what.groups:
        point = d.first(left)
        assert point is not None
        box = widest(space, turned, point)
        inside = d.inside(dict(enumerate(box)))
        known = space.known(point)
        decisions = _decided(what, space, point)
        for decision, said in zip(decisions, (before, after), strict=True):
            really = told(decision)
            if really != said:
                wrong.append(_wrong(known, said, really))
        groups.append(Group(
            tuple(condition_words(space.variables, _possible(space, box), what.cast, what.tests)),
            d.count(d.all((turned, inside))), known, *decisions,
        ))  # fmt: skip
        left = d.all((left, d.neg(inside)))
    return Turn(before, after, d.count(turned), tuple(groups), d.count(left), mask, duty)


def widest(space: Space, turned: Edge, point: Point) -> list[set[int]]:
    """The conditions of ``point`` that keep requests in ``turned``, each as wide as it goes.

    Returns:
        For each variable the values that it may have.
    """
    d = space.diagrams
    others = d.all((space.feasible, d.neg(turned)))
    box = [{value} for value in point]
    for variable in sorted(range(len(box)), key=lambda i: _weight(space.variables[i].name)):
        barred = d.reaching(others, box, variable)
        box[variable] = set(range(d.sizes[variable])) - barred
    return box


def _possible(space: Space, box: Sequence[set[int]]) -> list[set[int]]:
    """The box without values that go with no other of its conditions, where it has conditions."""
    d = space.diagrams
    return [
        values if len(values) == d.sizes[i] else values & d.reaching(space.feasible, box, i)
        for i, values in enumerate(box)
    ]


def _weight(name: str) -> int:
    """Which facts to keep in a condition if one of several must stay: the higher, the rather."""
    order = (REQUESTER, f"{PAPER}verified", ALSO, OWN_GRANT, f"{PAPER}kind", REPRESENTED)
    return next((i for i, n in enumerate(order, 1) if name.startswith(n)), 0)


def _decided(what: Comparing, space: Space, point: Point) -> list[Decision]:
    """What Cedar decides of the request at ``point``, under the old law and the new."""
    known = space.known(point)
    return [
        decide(side.book, space.custodian(n, point), what.cast, known)
        for n, side in enumerate((what.before, what.after))
    ]


def _wrong(known: Known, said: str, really: str) -> str:
    papers = ", ".join(d.kind for d in known.documents) or "no paper"
    return (f"{known.request.action} for {known.represented.id} with {papers}: enumerated as "
            f"{said}, decided {really}")  # fmt: skip


def _outcome(decision: Decision) -> str:
    return str(decision.outcome)


def _open(mask: str, decision: Decision) -> str:
    return "open" if mask in decision.masks else "closed"


def _sample(space: Space) -> Iterator[Point]:
    """Some requests, the same on every machine: drawn from SHAKE-256."""
    sizes = space.diagrams.sizes
    stream = hashlib.shake_256(space.asked.action.encode()).digest(4 * SAMPLE * len(sizes))
    drawn = iter(array("I", stream))
    for _ in range(SAMPLE):
        point = tuple(next(drawn) % size for size in sizes)
        if space.diagrams.holds(space.feasible, point):
            yield point


def _likeness(turn: Turn) -> object:
    return (
        turn.before,
        turn.after,
        turn.requests,
        turn.mask,
        turn.duty,
        tuple(g.conditions for g in turn.groups),
    )
