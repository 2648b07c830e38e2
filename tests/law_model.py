"""From rules to an outcome, slowly: the six numbered steps of the design, over plain sets of rules.

Nothing here is shared with ``cleargate.law.combine``; tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from cleargate.model.words import Layer, Outcome, RuleKind

OWN = "own"
"""The custodian's own pack."""


@dataclass(frozen=True, slots=True)
class Said:
    """One rule as ``combine`` reads it, without a policy behind it."""

    id: str
    layer: Layer
    kind: RuleKind
    strikes: frozenset[str] = frozenset()
    yields: bool = False
    disputed: str = ""
    settles: tuple[tuple[str, str], ...] = ()
    names: frozenset[str] = frozenset()

    @property
    def pack(self) -> str:
        return self.id.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: an action of one of the classes that the design tells apart."""

    action: str
    lowest: Layer
    stands_in: bool
    officer: bool


CLASSES = (
    ("release_date", Layer.AGENCY, True),
    ("agreement", Layer.AGENCY, False),
    ("hold", Layer.STATE, False),
)
"""An action that the custodian can give and a *protects* stands in for; one where it does not; one
that needs state law."""


def questions() -> Iterator[Asked]:
    """Each class of action, with and without a named officer's decision."""
    for action, lowest, stands_in in CLASSES:
        for officer in (False, True):
            yield Asked(action, lowest, stands_in, officer)


def subsets(rules: Iterable[Said]) -> Iterator[frozenset[Said]]:
    """Every subset, the empty one first."""
    rules = tuple(rules)
    for size in range(len(rules) + 1):
        yield from map(frozenset, combinations(rules, size))


def outcome(fired: frozenset[Said], asked: Asked) -> Outcome:
    """Step 6 around steps 2 to 5; step 1 is the caller's, who gives only rules that apply."""
    ids = {r.id for r in fired}
    settled = {pair for r in fired if r.pack == OWN for pair in r.settles}
    lost = {lose for win, lose in settled if win in ids}
    rules = frozenset(r for r in fired if r.id not in lost)
    calm = frozenset(r.id for r in fired if not r.disputed) | {win for win, _ in settled}
    disputed = [r for r in rules if r.id not in calm]
    read = {reading(rules - left_out, asked, calm) for left_out in subsets(disputed)}
    return read.pop() if len(read) == 1 else Outcome.CONFLICT


def reading(rules: frozenset[Said], asked: Asked, calm: frozenset[str]) -> Outcome:
    """Steps 2 to 5, in their order. ``calm`` are the ids of rules that nobody disputes."""
    # 2. Leave strikes what it names in its pack,
    leaves = {r for r in rules if r.kind is RuleKind.LEAVE}
    left = {r for r in rules if not any(r.id in x.strikes and x.pack == r.pack for x in leaves)}
    # (3.) A must below the lowest granting layer counts only as a grant of its own pack.
    musts = {r for r in left if r.kind is RuleKind.MUST and r.layer <= asked.lowest}
    grants = {r for r in left if r.kind is RuleKind.GRANT}
    low = {r for r in left if r.kind is RuleKind.MUST} - musts
    protects = {r for r in left if r.kind is RuleKind.PROTECTS}
    # a must not that yields is struck by a must of the same or a higher layer,
    forbids = {r for r in left if r.kind is RuleKind.MUST_NOT}
    forbids = {f for f in forbids if not (f.yields and any(m.layer <= f.layer for m in musts))}
    # and protects strikes the must nots of lower layers.
    forbids = {f for f in forbids if not any(p.layer < f.layer for p in protects)}
    # 3. The highest layer with a must or a must not decides.
    for layer in Layer:
        must = any(r.layer == layer for r in musts)
        must_not = any(r.layer == layer for r in forbids)
        if must and must_not:
            return Outcome.CONFLICT
        if must or must_not:
            return Outcome.REQUIRE if must else Outcome.REFUSE
    # 4. Otherwise it is the custodian's choice,
    chosen = asked.officer or any(r.pack == OWN for r in grants | low)
    if asked.stands_in:
        chosen |= any(asked.action in p.names and p.id in calm for p in protects)
    # and where its own word is not enough, a grant of that layer or a higher one as well.
    given = asked.lowest is Layer.AGENCY or any(r.layer <= asked.lowest for r in grants)
    # 5.
    return Outcome.PERMIT if chosen and given else Outcome.NO_AUTHORITY
