"""Worked requests under two laws: those of the matrix and the scenarios of every pack concerned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from ..model.decision import Decision
from .book import Custodian
from .compare import Side
from .decide import decide
from .facts import Cast
from .pairs import Pair
from .scenarios import Scenario, as_known, own_grant, read_scenarios


@dataclass(frozen=True, slots=True)
class Worked:
    """One worked request, decided under both laws.

    Attributes:
        source: the pack whose scenario it is, or ``matrix``.
    """

    source: str
    asked: Scenario
    before: Decision
    after: Decision

    @property
    def differs(self) -> bool:
        """Whether something else would be answered."""
        return (self.before.outcome, self.before.masks) != (self.after.outcome, self.after.masks)

    @property
    def other_duties(self) -> bool:
        """Whether something else must be done, or by another time."""
        was, now = ({(d.name, d.to, d.within) for d in decision.duties}
                    for decision in (self.before, self.after))  # fmt: skip
        return was != now


def worked(pair: Pair, cast: Cast, matrix: Sequence[Scenario]) -> list[Worked]:
    """Every worked request, asked of the pair's custodian whoever it was written for."""
    return [
        Worked(source, asked, *(_decide(s, pair, cast, asked) for s in (pair.before, pair.after)))
        for source, asked in (*(("matrix", a) for a in matrix), *_scenarios(pair))
        if {asked.asker, asked.represented or asked.asker} <= {*cast.agencies, "custodian"}
    ]


def _scenarios(pair: Pair) -> Iterator[tuple[str, Scenario]]:
    packs = {p.folder: p for s in (pair.before, pair.after) for p in s.book.packs.values()}
    seen: set[tuple[str, str]] = set()
    for pack in sorted(packs.values(), key=lambda p: p.name):
        if not (pack.folder / "scenarios.toml").is_file():
            continue
        for asked in read_scenarios(pack.folder):
            if (pack.name, asked.name) not in seen:
                seen.add((pack.name, asked.name))
                yield pack.name, asked


def _decide(side: Side, pair: Pair, cast: Cast, asked: Scenario) -> Decision:
    asked = structs.replace(asked, custodian=pair.says)
    custodian = _granting(side.custodian, asked) if pair.silent else side.custodian
    return decide(side.book, custodian, cast, as_known(asked, custodian, cast))


def _granting(custodian: Custodian, asked: Scenario) -> Custodian:
    if not asked.own_grants:
        return custodian
    return replace(custodian, rules=(*custodian.rules, *map(own_grant, asked.own_grants)))
