"""What rules tell apart: each fact that they read, its words in classes that no rule distinguishes.

A fact that is only compared with ``"no"`` has two classes, ``no`` and the rest; a kind of document
that no rule names stands for every other such kind. So a few thousand combinations stand for
billions, and none is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from cedarpy import pst

from ..model.actions import ACTIONS, Target
from ..model.evidence import EVIDENCE_KINDS, FORMS, ISSUERS, SUPPORTING
from ..model.request import AGENCY_KINDS, FAR, ROLES, SECTORS, Agency
from ..model.terms import (
    And,
    Atom,
    Below,
    Const,
    Fact,
    FactType,
    Holds,
    Like,
    Not,
    OneOf,
    Or,
    Pair,
    Term,
)
from ..model.words import PURPOSES, Tri
from . import cedar
from .changes import document_for
from .facts import KINDS, Cast
from .rules import Rule

Value = str | int | bool
Test = Callable[[Value], bool]

OFFICER: Final = "officer-decision"
NOTHING: Final = "none"
PAPER: Final = "context.document."
ALSO: Final = "another verified paper"
OWN_GRANT: Final = "own grant"
ACCEPTED: Final = "context.accepted"
REPRESENTED, REQUESTER = "context.represented", "context.requester"
ORIGIN, LABELS = "resource.origin", "resource.labels"
SAME: Final = "(the agency for which it is asked)"
"""A value of ``ORIGIN``: the agency represented, whichever that is; its others are all but that."""
_TRI: Final = (Tri.UNKNOWN, Tri.NO, Tri.YES)
_PLAIN: Final = (
    "none",
    "unknown",
    "",
    "no",
    False,
    "CIV-IMM",
    "officer",
    "incident",
    FAR,
    "ICE-ERO",
)
"""Values of an ordinary request: they come first, so that examples stay simple."""


class NotEnumerable(ValueError):
    """What rules compare that cannot be enumerated, as a sentence."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A fact that varies. Each value stands for its class of words.

    Attributes:
        of: the words of each value's class.
        whole: all words of the fact are among them; else the first class is "any other".
    """

    name: str
    values: tuple[Value, ...]
    of: tuple[tuple[Value, ...], ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of whom.

    Attributes:
        cast: every agency that may ask.
        own_grant: a grant in the custodian's own pack is one of the things that vary.
    """

    action: str
    custodian: str
    cast: Cast
    own_grant: bool = False

    @property
    def target(self) -> Target:
        return ACTIONS[self.action].target

    @property
    def sections(self) -> tuple[str, ...]:
        """The action, and the masks that its answer may open."""
        return (self.action, *ACTIONS[self.action].masks)

    def accepted(self, section: str) -> str:
        """The name of a fact: a named officer accepts the action, or the opening of a mask."""
        return ACCEPTED if section == self.action else f"accepted {section}"


def everyone(agencies: Iterable[Agency], rules: Iterable[Rule]) -> Cast:
    """The agencies given, those that rules name, and one of each sort that rules tell apart.

    An agency's sort is its kind, sector, state and what it does, as far as some rule reads them.
    """
    known = {a.id: a for a in agencies}
    read: set[str] = set()
    states: set[str] = set()
    for rule in rules:
        for path in cedar.facts_read(rule.clauses):
            read.add(path.rpartition(".")[2])
        states |= {w for p, w in cedar.literals(rule.clauses) if p.endswith(".state")}
        for uid in pst.entity_uids((rule.policy,)):
            if str(uid.type) == "Agency":
                known.setdefault(uid.id, Agency(uid.id, uid.id))
    sorts = product(
        AGENCY_KINDS if "kind" in read else ("other",),
        SECTORS if "sector" in read else ("local",),
        ("", *sorted(states)) if "state" in read else ("",),
        _TRI,
        _TRI if "criminal_justice" in read else (Tri.UNKNOWN,),
    )
    for kind, sector, state, enforces, justice in sorts:
        id = f"({kind} {sector} {state} {enforces} {justice})"
        known[id] = Agency(id, "", kind, sector, state, "", "", enforces, justice)
    return Cast(known)


def atoms(term: Term) -> Iterator[Atom]:
    """Every atom of a term."""
    match term:
        case And(terms) | Or(terms):
            for each in terms:
                yield from atoms(each)
        case Not(atom):
            yield atom
        case Const():
            return
        case _:
            yield term


def variables(terms: Iterable[Term], asked: Asked) -> list[Variable]:
    """The facts that vary, in the order in which diagrams test them.

    Raises:
        NotEnumerable: two facts are compared with each other, and not as ``is_own`` has it.
    """
    read = list(dict.fromkeys(a for t in terms for a in atoms(t)))
    by_fact: dict[str, list[Atom]] = {}
    paired = False
    for atom in read:
        if isinstance(atom, Pair):
            paired = paired or is_own(atom)
        else:
            by_fact.setdefault(atom.fact.name, []).append(atom)
    paired = paired and varies(ORIGIN, asked)
    if paired:  # what tells origins apart tells those apart who may be the origin
        by_fact.setdefault(REPRESENTED, []).extend(by_fact.get(ORIGIN, ()))
    found = [
        *_asker(by_fact, asked),
        *([_origin(by_fact.pop(ORIGIN, ()), asked)] if paired else ()),
        *_simple(by_fact, asked),
        *(_yes_no(f"label {word}") for word in _labels(by_fact, asked)),
        *_findings(by_fact, asked),
        *_papers(by_fact),
    ]
    own = [_yes_no(f"{OWN_GRANT} {s}") for s in asked.sections]
    return [*found, *own] if asked.own_grant else found


def is_own(pair: Pair) -> bool:
    """True: the comparison asks whether a row came from the agency represented.

    Raises:
        NotEnumerable: any other comparison of two facts.
    """
    if pair.op == "=" and {pair.left.name, pair.right.name} == {REPRESENTED, ORIGIN}:
        return True
    raise NotEnumerable(f"{pair.left.name} is compared with {pair.right.name}")


def test_of(atom: Atom) -> Test:
    """An atom as a test of its fact's word."""
    match atom:
        case OneOf(Fact(_, FactType.BOOL), _):
            return bool
        case OneOf(_, values):
            return lambda word: word in values
        case Below(_, bound):
            return lambda word: isinstance(word, int) and word < bound
        case Like(_, "starts", text):
            return lambda word: str(word).startswith(text)
        case Like(_, "ends", text):
            return lambda word: str(word).endswith(text)
        case Like(_, _, text):
            return lambda word: text in str(word)
    raise NotEnumerable(f"{atom} is no test of one word")


def varies(name: str, asked: Asked) -> bool:
    """Whether a fact may differ from one request for the action to the next."""
    if name.startswith("context.custody."):
        return asked.target is Target.BOOKING
    if name.startswith("resource."):
        return asked.target is Target.DATASET
    if name.removeprefix("context.") in KINDS.values():
        return name.removeprefix("context.") == KINDS.get(asked.action)
    return name != "context.at"


# --- each sort of fact ------------------------------------------------------------------------


def _asker(by_fact: Mapping[str, Sequence[Atom]], asked: Asked) -> Iterator[Variable]:
    ids = sorted(asked.cast.agencies, key=lambda id: id.startswith("("))
    for name in (REPRESENTED, REQUESTER):
        if name in by_fact:
            yield _classes(name, ids, [test_of(a) for a in by_fact[name]])
    for name, words in (("principal.role", ROLES), (_ENFORCES, _TRI)):
        if name in by_fact:
            yield _classes(name, words, [test_of(a) for a in by_fact[name]])


def _origin(read: Sequence[Atom], asked: Asked) -> Variable:
    """The agency that a row came from: the one represented, or each class of all others."""
    ids = sorted(asked.cast.agencies, key=lambda id: (id != asked.custodian, id.startswith("(")))
    tests = [test_of(a) for a in read]
    found: dict[tuple[bool, ...], list[Value]] = {}
    for id in ids:
        found.setdefault(tuple(t(id) for t in tests), []).append(id)
    groups = (*map(tuple, found.values()), (SAME,))
    return Variable(ORIGIN, tuple(g[0] for g in groups), groups)


_ENFORCES: Final = "principal.enforces_civil_immigration"
_ELSEWHERE: Final = (REPRESENTED, REQUESTER, "principal.", PAPER, "context.verified",
                     "context.presented", "context.found", ACCEPTED, LABELS)  # fmt: skip


def _simple(by_fact: Mapping[str, Sequence[Atom]], asked: Asked) -> Iterator[Variable]:
    for name in sorted(by_fact):
        if name.startswith(_ELSEWHERE) or not varies(name, asked):
            continue
        read = by_fact[name]
        words, whole = _words(name, read)
        yield _classes(name, words, [test_of(a) for a in read], whole=whole)


def _words(name: str, read: Sequence[Atom]) -> tuple[Sequence[Value], bool]:
    """The words of a fact, and whether they are all that there are."""
    if name == "context.purpose":
        return tuple(PURPOSES), True
    if name == "context.case_given":
        return (False, True), True
    if name in cedar.vocabulary():
        return sorted(cedar.vocabulary()[name]), True
    bounds = sorted(a.bound for a in read if isinstance(a, Below))
    numbers = {v for a in read if isinstance(a, OneOf) for v in a.values if isinstance(v, int)}
    if bounds or numbers:
        near = {n + d for n in (*bounds, *numbers) for d in (-1, 0, 1) if n + d >= 0}
        return (FAR, *sorted(near)), False
    named = sorted({str(v) for a in read if isinstance(a, OneOf) for v in a.values})
    named += sorted({a.text for a in read if isinstance(a, Like)})
    return ("" if name != "resource.dataset" else "incident", *named), False


def _labels(by_fact: Mapping[str, Sequence[Atom]], asked: Asked) -> list[str]:
    """The handling marks of a row that rules ask for."""
    if not varies(LABELS, asked):
        return []
    return sorted({a.text for a in by_fact.get(LABELS, ()) if isinstance(a, Holds)})


def _findings(by_fact: Mapping[str, Sequence[Atom]], asked: Asked) -> Iterator[Variable]:
    found, found_not = (
        {a.text for a in by_fact.get(f"context.{n}", ()) if isinstance(a, Holds)}
        for n in ("found", "found_not")
    )
    for name in sorted(found | found_not):
        words = ["", *["yes"] * (name in found), *["no"] * (name in found_not)]
        yield Variable(f"found {name}", tuple(words), tuple((w,) for w in words))
    yield from (_yes_no(asked.accepted(section)) for section in asked.sections)


def _papers(by_fact: Mapping[str, Sequence[Atom]]) -> Iterator[Variable]:
    """The paper that is decided, and another beside it."""
    tokens = tokens_read(by_fact)
    presented = {a.text for a in by_fact.get("context.presented", ()) if isinstance(a, Holds)}
    documents = [document_for(t, "") for t in tokens]

    def tests(fact: str, *more: Test) -> list[Test]:
        return [*(test_of(a) for a in by_fact.get(PAPER + fact, ())), *more]

    def among(words: Iterable[str]) -> list[Test]:
        return [lambda word, w=w: word == w for w in sorted(set(words))]  # type: ignore[misc]

    kinds = {d.kind for d in documents} | presented
    yield _classes(
        f"{PAPER}kind",
        [NOTHING, *(k for k in EVIDENCE_KINDS if k != OFFICER)],
        tests("kind", lambda k: k == NOTHING, lambda k: k in SUPPORTING, *among(kinds)),
    )
    court: list[Test] = [
        lambda i, t=t: t(ISSUERS[str(i)])  # type: ignore[misc]
        for t in (*tests("court"), *among(d.court for d in documents if d.court != "none"))
    ]
    criminal = [lambda w: w == Tri.YES] * any(d.criminal is Tri.YES for d in documents)
    for fact, words, more in (
        ("verified", (Tri.NO, Tri.YES), [lambda w: w == Tri.YES]),
        ("form", FORMS, among(d.form for d in documents if d.form != "none")),
        ("issued_by", ("unknown", *(i for i in ISSUERS if i != "unknown")), court),
        ("criminal", _TRI, criminal),
        ("complete", _TRI, []),
        ("served", _TRI, []),
        ("probable_cause", _TRI, []),
    ):
        if every := tests(fact, *more):
            yield _classes(PAPER + fact, words, every)
    for word in sorted(a.text for a in by_fact.get(f"{PAPER}asks", ()) if isinstance(a, Holds)):
        yield _yes_no(f"asks {word}")
    if tokens:
        words = ("", *tokens)
        yield Variable(ALSO, words, tuple((w,) for w in words))


def tokens_read(by_fact: Mapping[str, Sequence[Atom]]) -> list[str]:
    """The names of verified evidence that rules ask for; an officer's decision is one by itself."""
    found = {a.text for a in by_fact.get("context.verified", ()) if isinstance(a, Holds)}
    return sorted(found - {OFFICER})


def _yes_no(name: str) -> Variable:
    return Variable(name, (False, True), ((False,), (True,)))


def _classes(
    name: str, words: Iterable[Value], tests: Sequence[Test], *, whole: bool = True
) -> Variable:
    """Words that no test tells apart become one value."""
    found: dict[tuple[bool, ...], list[Value]] = {}
    for word in words:
        found.setdefault(tuple(bool(t(word)) for t in tests), []).append(word)
    groups = [sorted(g, key=_plainness) for g in found.values()]
    groups.sort(key=lambda g: _plainness(g[0]))
    return Variable(name, tuple(g[0] for g in groups), tuple(map(tuple, groups)), whole)


def _plainness(word: Value) -> int:
    for place, plain in enumerate(_PLAIN):
        if plain is word or (plain == word and type(word) is not bool and plain is not False):
            return place
    return len(_PLAIN)
