"""The book: the packs in force under one version hash, compiled once per custodian and action.

Every rule, forbids too, becomes a ``permit``, so that one call to Cedar returns every rule that
fired and every error. The sections are the action itself, the masks that its answer may open, and
the duties that arise from it; a rule that speaks for several of them is asked once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import cedarpy
from cedarpy import pst

from ..model.actions import ACTIONS
from ..model.errors import PackError
from ..model.words import Event, RuleKind
from . import sign_off
from .cedar import facts_read
from .pack import Pack, load
from .reading import DUTY, Fired, by_section
from .rules import Rule
from .sign_off import SignOff

EVENTS: Mapping[str, tuple[Event, ...]] = {
    "book": (Event.BOOKED,),
    "lodge": (Event.LODGED, Event.REQUEST_RECEIVED),
    "hold": (Event.HELD, Event.REQUEST_RECEIVED),
    "sentence": (Event.SENTENCED,),
    "schedule-release": (Event.RELEASE_SCHEDULED,),
    "release": (Event.RELEASE_SCHEDULED, Event.RELEASED),
}
"""What else happens when an action is asked; every other one is a request received. A release that
nobody scheduled is scheduled and happens at once."""

RAISED: frozenset[Event | None] = frozenset(
    (Event.REQUEST_RECEIVED, Event.DECIDED, *(e for events in EVENTS.values() for e in events))
)
"""Events that some request raises; the calendar raises the other duties."""

_KEEP = 1024  # combinations of rules that fired together; a limit on memory, no more
_OUTSIDE = pst.When(pst.GetAttr(pst.Var("context"), "outside"))


@dataclass(frozen=True, slots=True, eq=False)
class Custodian:
    """Who answers, and the rules that bind it.

    Attributes:
        own_pack: the name of its own pack; empty when it has none.
    """

    id: str
    own_pack: str
    kinds: frozenset[str]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """One action's policies for one custodian, as Cedar reads them."""

    policies: cedarpy.PolicySet
    """Each rule once, though it may speak for the action and for several masks."""
    sections: Mapping[str, tuple[Rule, tuple[str, ...]]]
    """Policy id → its rule, and the sections for which it speaks."""
    rules: Mapping[str, Rule]
    """``section|pack/rule`` → rule."""
    agencies: frozenset[str]
    """Agencies that a policy names; one that does not exist makes the answer unavailable."""
    templates: Mapping[str, pst.Template]
    """``section|pack/rule`` → the policy as a syntax tree; its id is the policy's."""
    reads_time: bool
    """Whether a rule reads the time of the request, beyond the day on which rules begin and end."""
    _fired: dict[tuple[date, frozenset[str]], Fired] = field(default_factory=dict, repr=False)

    def fired(self, policies: Iterable[str], at: datetime) -> Fired:
        """The rules of ``policies`` that are in force at ``at``.

        Those that fire together on one day are the same object, so that what they come to is read
        once. Rules begin and end with a day.
        """
        key = (at.date(), frozenset(policies))
        found = self._fired.get(key)
        if found is None:
            if len(self._fired) >= _KEEP:
                self._fired.clear()
            spoken = [self.sections[policy] for policy in key[1]]
            found = by_section([said for said in spoken if said[0].in_force(at)])
            self._fired[key] = found
        return found

    def forget(self) -> None:
        """Read every combination of rules anew; for measuring."""
        self._fired.clear()


@dataclass(frozen=True)
class Book:
    """Packs with one version. Immutable; compiled policies are kept as they are first asked for."""

    packs: Mapping[str, Pack]
    version: str
    sign_offs: tuple[SignOff, ...] = ()
    _custodians: dict[str, Custodian] = field(default_factory=dict, repr=False, compare=False)
    _compiled: dict[tuple[Custodian, str], Compiled] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(cls, packs: Sequence[Pack], sign_offs: Iterable[SignOff] = ()) -> Book:
        """A book of these packs, every parent among them.

        Args:
            packs: as they were read.
            sign_offs: counsel's; one whose rule reads otherwise here is void and left out.

        Raises:
            PackError: a parent is missing, ``under`` runs in a circle, or two packs speak for one
                custodian.
        """
        by_name = {p.name: p for p in packs}
        mistakes = [
            f"{p.name}/pack.toml: is under {parent}, which is not in the book."
            for p in packs
            for parent in p.under
            if parent not in by_name
        ]
        mistakes += _circles(by_name)
        owners: dict[str, str] = {}
        for p in packs:
            if p.custodian and owners.setdefault(p.custodian, p.name) != p.name:
                mistakes.append(
                    f"{p.name}/pack.toml: {p.custodian} already has {owners[p.custodian]}."
                )
        if mistakes:
            raise PackError(mistakes)
        total = hashlib.sha256()
        for name in sorted(by_name):
            total.update(f"{name} {by_name[name].digest}\n".encode())
        held = sign_off.holding(by_name, sign_offs)
        if held:
            digest = hashlib.sha256(sign_off.encoded(held)).hexdigest()
            total.update(f"{sign_off.FILE} {digest}\n".encode())
        packs_now = {name: sign_off.reviewed(p, held) for name, p in by_name.items()}
        return cls(packs_now, total.hexdigest(), held)

    def signed_off(self, more: Iterable[SignOff]) -> Book:
        """The same book with more rules signed off."""
        return Book.of(list(self.packs.values()), (*self.sign_offs, *more))

    def custodian(self, agency: str) -> Custodian:
        """The custodian ``agency`` by its own pack.

        Raises:
            PackError: no pack of the book is its own.
        """
        if agency not in self._custodians:
            own = next((p for p in self.packs.values() if p.custodian == agency), None)
            if own is None:
                known = ", ".join(sorted(self.custodians())) or "none"
                raise PackError([f"No pack of this book speaks for {agency}; it has {known}."])
            self._custodians[agency] = self.bound(agency, own.kinds, [own.name], own.name)
        return self._custodians[agency]

    @property
    def publishes(self) -> tuple[str, ...]:
        """Purposes for which some pack makes decisions public in the log."""
        return tuple(sorted({code for pack in self.packs.values() for code in pack.publishes}))

    def custodians(self) -> dict[str, Pack]:
        """Each custodian with a pack of its own."""
        return {p.custodian: p for p in self.packs.values() if p.custodian}

    def bound(
        self, agency: str, kinds: frozenset[str], packs: Sequence[str], own_pack: str = ""
    ) -> Custodian:
        """A custodian of these kinds under these packs and all above them."""
        names = dict.fromkeys(p.name for start in packs for p in self.chain(start))
        found = [
            replace(rule, binds=rule.binds or pack.binds)
            for pack in (self.packs[name] for name in names)
            for rule in pack.rules
        ]
        rules = tuple(r for r in found if r.pack == own_pack or r.bound(kinds))
        return Custodian(agency, own_pack, kinds, rules)

    def chain(self, name: str) -> list[Pack]:
        """A pack and every pack above it, nearest first."""
        if name not in self.packs:
            raise PackError([f"There is no pack {name} in this book."])
        order = [self.packs[name]]
        for pack in order:
            order += [self.packs[u] for u in pack.under if all(u != seen.name for seen in order)]
        return order

    def decider(self, agency: str) -> str:
        """Who decides what is in conflict for ``agency``, with the text that says so.

        The custodian's own pack says it, or else the nearest law above; empty where none does.
        """
        own = self.custodians().get(agency)
        said = (p.conflicts for p in self.chain(own.name)) if own else ()
        return next((c.words for c in said if c), "")

    def compiled(self, custodian: Custodian, action: str) -> Compiled:
        """The policies that one question about ``action`` needs."""
        key = (custodian, action)
        if key not in self._compiled:
            self._compiled[key] = _compile(custodian, action)
        return self._compiled[key]

    def rule(self, id: str) -> Rule | None:
        """A rule by ``pack/rule``."""
        pack = self.packs.get(id.partition("/")[0])
        return next((r for r in pack.rules if r.id == id), None) if pack else None


def read_book(
    names: Sequence[str], library: Sequence[Path], sign_offs: Iterable[SignOff] = ()
) -> Book:
    """The named packs and their parents, each from the first folder of ``library`` that has it.

    ``sign_offs`` are counsel's of an earlier book; those hold whose rules read the same here.

    Raises:
        PackError: every mistake of every pack.
    """
    packs: dict[str, Pack] = {}
    mistakes: list[str] = []
    wanted = [(name, "") for name in names]
    for name, child in wanted:
        if name in packs:
            continue
        folder = next((f / name for f in library if (f / name / "pack.toml").is_file()), None)
        if folder is None:
            place = f"{child}/pack.toml: is under {name}, and there" if child else "There"
            path = Path(name)
            if (path / "pack.toml").is_file() and path.name:
                todo = f"name it as '--packs {path.parent} {path.name}'"
            else:
                todo = f"known are {', '.join(known(library))}"
            mistakes.append(f"{place} is no pack {name}; {todo}.")
            continue
        try:
            packs[name] = load(folder)
        except PackError as fault:
            mistakes += fault.mistakes
            continue
        wanted += [(parent, name) for parent in packs[name].under]
    if mistakes:
        raise PackError(list(dict.fromkeys(mistakes)))
    return Book.of(list(packs.values()), sign_offs)


def known(library: Sequence[Path]) -> list[str]:
    """The names of all packs in ``library``."""
    return sorted({p.parent.name for f in library for p in f.glob("*/pack.toml") if p.is_file()})


def _circles(packs: Mapping[str, Pack]) -> Iterator[str]:
    for start in packs:
        path, seen = [start], {start}
        while path:
            for parent in packs[path.pop()].under:
                if parent == start:
                    yield f"{start}/pack.toml: is under itself, by way of its parents."
                    return
                if parent in packs and parent not in seen:
                    seen.add(parent)
                    path.append(parent)


def _compile(custodian: Custodian, action: str) -> Compiled:
    policies: dict[str, pst.Template] = {}
    sections: dict[str, tuple[Rule, tuple[str, ...]]] = {}
    rules: dict[str, Rule] = {}
    templates: dict[str, pst.Template] = {}
    for section, rule, how in _sections(custodian, action):
        id = f"{rule.id}|{how}"
        if id not in policies:
            clauses = (*rule.clauses, _OUTSIDE) if how == "outside" else rule.clauses
            # The action was matched here, so that one set can hold the masks and duties as well.
            policies[id] = replace(
                rule.policy, id=id, effect="permit", action=pst.ScopeAny(), clauses=clauses,
                annotations={},
            )  # fmt: skip
        sections[id] = (rule, (*sections.get(id, (rule, ()))[1], section))
        rules[f"{section}|{rule.id}"] = rule
        templates[f"{section}|{rule.id}"] = policies[id]
    uids = pst.entity_uids(tuple(policies.values())) if policies else frozenset()
    agencies = frozenset(u.id for u in uids if str(u.type) == "Agency")
    handle = cedarpy.PolicySet.from_pst(pst.PolicySet({}, policies, ()))
    reads_time = any("context.at" in facts_read(p.clauses) for p in policies.values())
    return Compiled(handle, sections, rules, agencies, templates, reads_time)


def _sections(custodian: Custodian, action: str) -> Iterator[tuple[str, Rule, str]]:
    events = (*EVENTS.get(action, (Event.REQUEST_RECEIVED,)), Event.DECIDED)
    for rule in custodian.rules:
        if rule.kind is RuleKind.DUTY:
            if rule.on in events:
                outside = rule.on is Event.REQUEST_RECEIVED and action != "lodge"
                yield DUTY, rule, "outside" if outside else "always"
            continue
        for section in (action, *ACTIONS[action].masks):
            if how := rule.reaches(section):
                yield section, rule, how
