"""What enumeration finds in a pack's rules: those that never fire, those that never change an
outcome in this book, and those that higher law voids.

Every request that the rules tell apart is looked at (``space``), for each custodian that the pack
binds. A rule is left out and everything is decided again; if nothing differs anywhere, it changes
nothing. What protects from lower law is tried against a custodian that forbids everything. That a
rule changes nothing may be meant, as where a county repeats its state's law; ``idle`` says why, and
counsel decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from ..model.words import Layer, RuleKind
from .book import Book, Custodian
from .compare import Side
from .idle import everything, reasons, spaces
from .pairs import Pair
from .reading import DUTY
from .rules import Rule
from .scenarios import OWN, Stage, custodian_agency
from .space import But, Sets, Space

_AGAINST_LOWER: Final = (RuleKind.PROTECTS, RuleKind.LEAVE)
"""Kinds that may do nothing until lower law forbids something."""


class Finding(StrEnum):
    """What was found of a rule."""

    NEVER_FIRES = "never fires"
    CHANGES_NOTHING = "fires, and never changes an outcome in this book"
    VOID = "void wherever it applies"
    VOID_IN_PART = "void in part"


@dataclass(frozen=True, slots=True)
class Reached:
    """One finding.

    Attributes:
        by: the rule of higher law, for one that is void.
        why: why it changes nothing, where that is known.
    """

    rule: Rule
    finding: Finding
    by: Rule | None = None
    why: str = ""

    def sentence(self) -> str:
        """The finding with its place and its citations."""
        rule, name = self.rule, self.rule.id.partition("/")[2]
        said = f"{rule.pack}/{rule.file}:{rule.line}: rule {name} ({rule.cite})"
        if self.by is None:
            return f"{said} {self.finding}{f': {self.why}' * bool(self.why)}."
        disputed = f"; that is disputed: {self.by.disputed}" if self.by.disputed else ""
        return f"{said} is {self.finding}, under {self.by.id} ({self.by.cite}){disputed}."


@dataclass(slots=True)
class _Seen:
    """What is known of one rule so far."""

    fires: bool = False
    matters: bool = False
    voided: dict[str, Rule] = field(default_factory=dict)
    stands: bool = False


def reach(book: Book, names: list[str], stage: Stage, at: datetime) -> Iterator[Reached]:
    """The findings on the rules of the packs ``names``, as of ``at``.

    Raises:
        NotEnumerable: a rule compares two facts with each other.
    """
    seen = {
        rule.id: (_Seen(), rule)
        for name in names
        for rule in book.packs[name].rules
        if rule.in_force(at) and rule.on != "calendar"
    }
    bound = [pair for name in names for pair in _bound(book, name, stage)]
    for pair in bound:
        for space in spaces(pair, stage, at, lambda r: _open(seen, r)):
            _in_space(space, pair.before.custodian, seen)
    idle: list[Rule] = []
    for one, rule in seen.values():
        if not one.fires:
            yield Reached(rule, Finding.NEVER_FIRES)
            continue
        for by in one.voided.values():
            yield Reached(rule, Finding.VOID_IN_PART if one.stands else Finding.VOID, by)
        if not (one.matters or one.voided or _only_cited(rule)):
            idle.append(rule)
    why = reasons(book, names, idle, bound, stage, at)
    yield from (Reached(r, Finding.CHANGES_NOTHING, why=why[r.id]) for r in idle if r.id in why)


def _only_cited(rule: Rule) -> bool:
    """A duty leaves every outcome as it is, and so does a leave that strikes nothing."""
    return rule.kind is RuleKind.DUTY or (rule.kind is RuleKind.LEAVE and not rule.strikes)


def _bound(book: Book, name: str, stage: Stage) -> Iterator[Pair]:
    """Every custodian that the pack binds, those of the same rules once."""
    pack = book.packs[name]
    if pack.layer is Layer.AGENCY:
        side = Side(book, book.custodian(pack.custodian))
        yield Pair(custodian_agency(pack.custodian, pack.title), pack.custodian, side, side)
        return
    alike: set[frozenset[str]] = set()
    for word, kinds in stage.custodians.items():
        custodian = book.bound("CUSTODIAN", kinds, [name], OWN)
        rules = frozenset(r.id for r in custodian.rules)
        if rules not in alike and any(r.pack == name for r in custodian.rules):
            alike.add(rules)
            side = Side(book, custodian)
            yield Pair(custodian_agency("CUSTODIAN", word), word, side, side, silent=True)


def _open(seen: dict[str, tuple[_Seen, Rule]], rule: Rule) -> bool:
    """Whether something is still to be learnt of a rule."""
    if rule.id not in seen:
        return False
    one, _ = seen[rule.id]
    settled = one.fires and (one.matters or _only_cited(rule))
    return not settled or (bool(one.voided) and not one.stands)


def _in_space(space: Space, custodian: Custodian, seen: dict[str, tuple[_Seen, Rule]]) -> None:
    (side,) = space.sides
    d = space.diagrams
    whole = everything(space, side)
    for section, fires in side.fires.items():
        struck = _struck(space, side, section) if section != DUTY else {}
        for rule, by in fires:
            if rule.id not in seen:
                continue
            one, _ = seen[rule.id]
            applies = {s: d.all((x, space.there[s], space.feasible)) for s, x in by.items()}
            if all(x == d.false for x in applies.values()):
                continue
            one.fires = True
            left = dict(applies)
            for other, when in struck.get(rule.id, ()):
                hit = {s: d.all((x, when[s])) for s, x in applies.items()}
                if any(x != d.false for x in hit.values()):
                    one.voided[other.id] = other
                    left = {s: d.all((x, d.neg(when[s]))) for s, x in left.items()}
            one.stands |= any(x != d.false for x in left.values())
            if section != DUTY and not one.matters:
                one.matters = everything(space, side, But(frozenset((rule.id,)))) != whole
                if rule.kind in _AGAINST_LOWER and not one.matters:
                    barred = But(frozenset((rule.id,)), barred=True)
                    against = everything(space, side, But(barred=True))
                    one.matters = everything(space, side, barred) != against


def _struck(space: Space, side: Sets, section: str) -> dict[str, list[tuple[Rule, dict[str, int]]]]:
    """Rule → the protections of higher law that strike it, and slot → where they fire."""
    fires = side.fires[section]
    protects = [(r, by) for r, by in fires if r.kind is RuleKind.PROTECTS]
    return {
        rule.id: [(p, dict(by)) for p, by in protects if p.layer < rule.layer]
        for rule, _ in fires
        if rule.kind is RuleKind.MUST_NOT
    }
