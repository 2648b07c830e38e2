"""A rule: one citation's policy in a pack, with everything its annotations say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from cedarpy import pst

from ..model.actions import ACTIONS, GROUPS
from ..model.decision import RuleRef
from ..model.words import Event, Layer, RuleKind
from . import cedar

_MARKS = {
    "must": RuleKind.MUST,
    "grant": RuleKind.GRANT,
    "leave": RuleKind.LEAVE,
    "protects": RuleKind.PROTECTS,
}
KNOWN_ANNOTATIONS = frozenset(
    ("id", "cite", "summary", *_MARKS, "within", "to", "on", "binds", "from", "until", "stayed",
     "yields", "disputed", "limit", "limit_cite", "review", "settles", "layer")
)  # fmt: skip
_ID = re.compile(r"[a-z0-9][a-z0-9.-]*\Z")
_LIMIT = re.compile(
    r"(court|end of day"
    r"|P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?)?( excluding weekends and federal holidays)?)\Z"
)
_PART = re.compile(r"(\d+)([DHM])")
_MINUTES = {"D": 24 * 60, "H": 60, "M": 1}
_YEAR = 366 * 24 * 60
_DIGITS = 9


class RuleMistake(ValueError):
    """What is wrong with one rule, in a sentence without its place."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one pack.

    Attributes:
        id: ``pack/rule``.
        scope: actions and groups that it is written on.
        names: the actions of ``scope`` that are not groups.
        binds: kinds of custodian that it binds; ``!kind`` leaves one out; empty: as its pack.
        strikes: for a *leave*, the full ids of rules of its own pack that it strikes.
        settles: (winner, loser) pairs of full ids.
        duty: for a duty, its name, such as ``notify-victim``.
        reviewed: who signed it off, and when, in words; empty when nobody did.
        clauses: its conditions, for reading and for checks.
        text: the rule as written.
    """

    id: str
    pack: str
    layer: Layer
    kind: RuleKind
    cite: str
    summary: str
    scope: frozenset[str]
    exact: bool
    policy: pst.Template
    text: str
    file: str
    line: int
    binds: tuple[str, ...] = ()
    strikes: frozenset[str] = frozenset()
    settles: tuple[tuple[str, str], ...] = ()
    yields: bool = False
    disputed: str = ""
    stayed: str = ""
    review: bool = False
    reviewed: str = ""
    in_force_from: date | None = None
    in_force_until: date | None = None
    limit: str = ""
    limit_cite: str = ""
    duty: str = ""
    on: Event | None = None
    within: str = ""
    to: str = ""
    ref: RuleRef = field(init=False, repr=False, compare=False)
    """The rule as an answer shows it."""

    def __post_init__(self) -> None:
        ref = RuleRef(
            self.id, self.cite, self.summary, self.kind, self.layer, self.review, self.disputed,
            self.reviewed,
        )  # fmt: skip
        object.__setattr__(self, "ref", ref)

    @property
    def names(self) -> frozenset[str]:
        return self.scope - frozenset(GROUPS[:1])

    @property
    def clauses(self) -> tuple[pst.Clause, ...]:
        return self.policy.clauses

    def in_force(self, at: datetime) -> bool:
        """Whether it applies at ``at``: begun, not ended, not stayed."""
        return self.in_force_on(at.date())

    def in_force_on(self, day: date) -> bool:
        """The same of a whole day."""
        return self.in_force_between(day, day)

    def in_force_between(self, first: date, last: date) -> bool:
        """Whether it applies on any day from ``first`` to ``last``, both included."""
        begun = self.in_force_from is None or self.in_force_from <= last
        ended = self.in_force_until is not None and self.in_force_until <= first
        return begun and not ended and not self.stayed

    def bound(self, kinds: frozenset[str]) -> bool:
        """Whether a custodian of these kinds is bound by it."""
        excluded = {b[1:] for b in self.binds if b.startswith("!")}
        included = {b for b in self.binds if not b.startswith("!")}
        return not (excluded & kinds) and (not included or bool(included & kinds))

    def reaches(self, action: str) -> str:
        """``always``, ``outside`` (only when an outside agency asks) or empty, for ``action``."""
        if action in self.scope:
            return "always"
        if self.exact or action not in ACTIONS:
            return ""
        entry = ACTIONS[action]
        if self.scope & set(entry.groups):
            return "always"
        outside = set(entry.outside_groups)
        if self.kind is not RuleKind.GRANT:  # nobody gives a mask by a word that does not name it
            for group in entry.groups:
                outside |= set(ACTIONS[group].outside_groups)
        return "outside" if self.scope & outside else ""


def read(text: cedar.PolicyText, pack: str, file: str, layer: Layer, layers: list[Layer]) -> Rule:
    """One policy text as a rule.

    Args:
        layer: the pack's layer.
        layers: further layers that a rule of this pack may name with ``@layer``.

    Raises:
        RuleMistake: it cannot be one; the sentence says why.
    """
    try:
        policy = cedar.parse(text.text)
    except ValueError as fault:
        raise RuleMistake(f"is not Cedar: {_first_line(fault)}") from fault
    marks = {k: v or "" for k, v in policy.annotations.items()}
    unknown = sorted(set(marks) - KNOWN_ANNOTATIONS)
    if unknown:
        raise RuleMistake(f"has the unknown annotation @{unknown[0]}")
    for name, said in marks.items():
        if not said.isprintable():
            raise RuleMistake(f"has a character in @{name} that cannot be shown; write plain words")
    for wanted in ("id", "cite", "summary"):
        if not marks.get(wanted, "").strip():
            raise RuleMistake(f'has no @{wanted}; every rule needs @{wanted}("…")')
    if not _ID.match(marks["id"]):
        raise RuleMistake("has an @id that is not of a-z, 0-9, dots and hyphens")
    if "binds" in marks and (wrong := bound_to_nobody(_list(marks["binds"]))):
        raise RuleMistake(f'has @binds("{marks["binds"]}"), which {wrong}')
    scope, exact = _scope(policy.action)
    kind, duty = _kind(policy.effect, marks, scope)
    if "layer" in marks:
        layer = _layer(marks["layer"], layers)
    return Rule(
        id=f"{pack}/{marks['id']}",
        pack=pack,
        layer=layer,
        kind=kind,
        cite=marks["cite"],
        summary=marks["summary"],
        scope=frozenset() if duty else scope,
        exact=exact,
        policy=policy,
        text=text.text,
        file=file,
        line=text.line,
        binds=_list(marks.get("binds", "")),
        strikes=frozenset(f"{pack}/{n}" for n in _list(marks.get("leave", ""))),
        settles=tuple(_over(x) for x in _list(marks.get("settles", ""))),
        yields=_yields(marks),
        disputed=marks.get("disputed", ""),
        stayed=marks.get("stayed", ""),
        review="review" in marks,
        in_force_from=_day(marks, "from"),
        in_force_until=_last(marks),
        limit=_limit(marks, kind, scope),
        limit_cite=marks.get("limit_cite", marks["cite"]),
        duty=duty,
        on=_event(marks) if duty else None,
        within=marks.get("within", ""),
        to=marks.get("to", ""),
    )


def bound_to_nobody(binds: tuple[str, ...]) -> str:
    """Why these kinds of custodian bind nobody; empty when they bind somebody."""
    included = {b for b in binds if not b.startswith("!")}
    if not binds:
        return "names no kind of custodian; leave it out to bind whom its pack binds"
    if included and all(f"!{kind}" in binds for kind in included):
        return "binds nobody: each kind that it names it also leaves out"
    return ""


def _first_line(fault: Exception) -> str:
    return str(fault).strip().splitlines()[0][:200]


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _scope(action: pst.ActionConstraint) -> tuple[frozenset[str], bool]:
    match action:
        case pst.ActionEq(entity):
            if entity.id == "any":
                raise RuleMistake('is on the group any with ==; write action in Action::"any"')
            return frozenset((entity.id,)), True
        case pst.ActionIn(entities):
            return frozenset(e.id for e in entities), False
    raise RuleMistake('names no action; write action == Action::"…" or action in Action::"any"')


def _kind(effect: str, marks: dict[str, str], scope: frozenset[str]) -> tuple[RuleKind, str]:
    said = [m for m in _MARKS if m in marks]
    duties = [s.removeprefix("duty:") for s in scope if s.startswith("duty:")]
    if duties:
        if effect != "permit" or said or len(scope) != 1:
            raise RuleMistake("is a duty: a permit on one duty:<name>, without @must, @grant, …")
        if "within" not in marks or "to" not in marks:
            raise RuleMistake("is a duty without @within and @to")
        return RuleKind.DUTY, duties[0]
    for mark in ("within", "to", "on"):
        if mark in marks:
            raise RuleMistake(f'has @{mark} and is no duty; a duty is on Action::"duty:<name>"')
    for name in sorted(scope):
        if name not in ACTIONS and name not in GROUPS:
            raise RuleMistake(f"names the unknown action {name}")
    if "yields" in marks and effect != "forbid":
        raise RuleMistake("has @yields and is no forbid; only a must not can yield")
    if effect == "forbid":
        if said:
            raise RuleMistake(f"is a forbid with @{said[0]}; a must not has no such mark")
        return RuleKind.MUST_NOT, ""
    if len(said) != 1:
        raise RuleMistake("is a permit and needs just one of @must, @grant, @leave, @protects")
    return _MARKS[said[0]], ""


def _layer(word: str, allowed: list[Layer]) -> Layer:
    for layer in allowed:
        if layer.word == word:
            return layer
    raise RuleMistake(f'has @layer("{word}"), which its pack.toml does not list under layers')


def _yields(marks: dict[str, str]) -> bool:
    if marks.get("yields", "must") != "must":
        raise RuleMistake('has a @yields that is not @yields("must")')
    return "yields" in marks


def _over(text: str) -> tuple[str, str]:
    winner, _, loser = text.partition(" over ")
    if not winner.strip() or not loser.strip():
        raise RuleMistake('has a @settles that is not "pack/rule over pack/rule"')
    return winner.strip(), loser.strip()


def _day(marks: dict[str, str], name: str) -> date | None:
    if name not in marks:
        return None
    try:
        return date.fromisoformat(marks[name])
    except ValueError:
        raise RuleMistake(
            f'has @{name}("{marks[name]}"), which is no date; write 2026-01-31'
        ) from None


def _last(marks: dict[str, str]) -> date | None:
    first, last = _day(marks, "from"), _day(marks, "until")
    if first and last and last <= first:
        raise RuleMistake(f"ends on {last}, before it begins on {first}, so it is never in force")
    return last


def _limit(marks: dict[str, str], kind: RuleKind, scope: frozenset[str]) -> str:
    limit = marks.get("limit", "")
    if limit and not _LIMIT.match(limit):
        raise RuleMistake(
            f'has @limit("{limit}"); write court, or PT48H, or '
            "PT48H excluding weekends and federal holidays, or end of day"
        )
    if wrong := _length(limit):
        raise RuleMistake(f'has @limit("{limit}"), which is {wrong}')
    if not limit and scope & {"hold", "any"} and kind in (RuleKind.MUST, RuleKind.GRANT):
        raise RuleMistake("lets a person be held without a @limit")
    return limit


def _length(limit: str) -> str:
    """What is wrong with how long a limit is; empty when nothing is."""
    if not limit.startswith("P"):
        return ""
    found = {unit: number for number, unit in _PART.findall(limit.partition(" ")[0])}
    if any(len(number.lstrip("0")) > _DIGITS for number in found.values()):
        return "longer than a year"
    minutes = sum(int(number.lstrip("0") or "0") * _MINUTES[unit] for unit, number in found.items())
    if not minutes:
        return "no time at all"
    return "longer than a year" if minutes > _YEAR else ""


def _event(marks: dict[str, str]) -> Event:
    try:
        return Event(marks.get("on", Event.REQUEST_RECEIVED))
    except ValueError:
        raise RuleMistake(f'has @on("{marks["on"]}"), which is no event') from None
