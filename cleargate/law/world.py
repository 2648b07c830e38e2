"""What is known of a request, and what is open, as values for the lowering.

What is known is taken from what ``facts`` writes for Cedar, so that there is no second list of it.
What is open is a ``Fact`` in the place of its value, named by its path: ``resource.sealed``,
``context.document.kind``. The lowering looks at nothing else, so a world says what is open:

- ``worlds``: the requests of one ``Known``, the row open or not;
- ``open_world``: everything that may differ from request to request to one custodian.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from ..model.actions import ACTIONS
from ..model.evidence import NO_DOCUMENT, Document
from ..model.request import Known, Person, Request
from ..model.terms import Fact, FactType, Term
from ..model.words import Tri
from . import facts
from .facts import Cast
from .terms import Terms

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OF_THE_DATA_SET = frozenset(("custodian", "dataset"))


@dataclass(frozen=True, slots=True)
class Time:
    """Cedar's ``datetime``: milliseconds since 1970, UTC."""

    ms: int


@dataclass(frozen=True, slots=True)
class Entity:
    """The name of an entity."""

    type: str
    id: str


class Attributes(dict[str, "Value"]):
    """Facts by name: of an entity, or the context."""


class Cases(tuple[tuple[Term, "Value"], ...]):
    """Values of which just one is the one, each with the condition under which it is."""

    __slots__ = ()


Value = str | int | Time | Entity | frozenset["Value"] | Attributes | Cases | Fact | Term
"""What an expression may come to. A truth value is a term; a ``Fact`` is what is open."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that rules can read.

    Attributes:
        variables: ``principal``, ``action``, ``resource`` and ``context``.
        nameless: entities that stand for any of their type; no rule may ask for their names.
    """

    variables: Mapping[str, Value]
    attributes: Mapping[Entity, Attributes]
    parents: Mapping[Entity, tuple[Entity, ...]]
    nameless: frozenset[Entity] = frozenset()
    agencies: tuple[Entity, ...] = field(init=False)
    _above: dict[Entity, frozenset[Entity]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        found = tuple(e for e in self.attributes if e.type == "Agency")
        object.__setattr__(self, "agencies", found)

    def above(self, entity: Entity) -> frozenset[Entity]:
        """The entity and everything that it is in."""
        if entity not in self._above:
            todo = [entity]
            for each in todo:
                todo += [p for p in self.parents.get(each, ()) if p not in todo]
            self._above[entity] = frozenset(todo)
        return self._above[entity]

    def inside(self, above: Entity) -> list[str]:
        """The ids of the agencies that are in ``above``."""
        return [e.id for e in self.agencies if above in self.above(e)]


def worlds(
    terms: Terms, cast: Cast, known: Known, documents: Sequence[Document], *, row_open: bool
) -> list[World]:
    """One world for each document.

    Args:
        terms: the family of the truth values.
        row_open: what differs from row to row of a data set is not known.
    """
    attributes: dict[Entity, Attributes] = {}
    parents = dict(_action_groups())
    written = msgspec.json.encode(facts.entities(known, cast, documents))
    for entity in msgspec.json.decode(written):
        name = Entity(**entity["uid"])
        attributes[name] = _attributes(terms, entity["attrs"])
        parents[name] = tuple(Entity(**p) for p in entity["parents"])
    asked = [_variables(terms, q) for q in facts.questions(known, cast, documents)]
    target = asked[0]["resource"]
    if row_open and isinstance(target, Entity):
        attributes[target] = _open("resource", attributes[target], keep=_OF_THE_DATA_SET)
    return [World(variables, attributes, parents) for variables in asked]


def open_world(terms: Terms, cast: Cast, custodian: str, action: str) -> World:
    """Any request for ``action`` to ``custodian``, one document being decided.

    Open are the asking person, its agency and the one represented (each one of the cast), the time,
    the row, custody, the document and what all documents say together. Three facts follow from
    others and are worked out from them: ``context.outside``, and whether the asker enforces civil
    immigration law or immigration crimes.
    """
    own = cast.agencies[custodian]
    request = Request(action, custodian, "ADM", custodian)
    known = Known(_EPOCH, Person("", custodian, ""), own, own, request)
    (world,) = worlds(terms, cast, known, (NO_DOCUMENT,), row_open=True)
    before = world.variables["context"]
    assert isinstance(before, Attributes)
    other_kinds = frozenset(facts.KINDS.values()) - {facts.KINDS.get(action)}
    context = _open("context", before, keep=other_kinds)
    attributes = dict(world.attributes)
    nameless = {
        name: e for name, e in before.items() if isinstance(e, Entity) and e != _agency(own.id)
    }
    for name, entity in nameless.items():
        attributes[entity] = _open(f"context.{name}", attributes[entity])
    person, target = world.variables["principal"], world.variables["resource"]
    assert isinstance(person, Entity) and isinstance(target, Entity)
    attributes[person] = _open("principal", attributes[person])
    attributes[person]["agency"] = context["requester"]  # by its credential
    attributes[target] = _open("resource", attributes[target], keep=frozenset(("custodian",)))
    asking = [f for f in (context["requester"], context["represented"]) if isinstance(f, Fact)]
    context["outside"] = terms.neg(
        terms.all(terms.one_of(f, world.inside(_agency(own.id))) for f in asking)
    )
    for fact in facts.ENFORCES:
        context[f"asker_{fact}"] = _gravest(terms, cast, attributes[person], asking, fact)
    return World(
        {**world.variables, "context": context},
        attributes,
        world.parents,
        frozenset((person, *nameless.values())),
    )


def _agency(id: str) -> Entity:
    return Entity("Agency", id)


def _gravest(
    terms: Terms, cast: Cast, person: Attributes, asking: Sequence[Fact], fact: str
) -> Cases:
    """``facts.asker_enforces`` of an open asker: yes if any says so, no if all do."""

    def any_is(word: Tri) -> Term:
        said = person[fact]
        assert isinstance(said, Fact)
        ids = [a.id for a in cast.agencies.values() if getattr(a, fact) is word]
        return terms.any((terms.one_of(said, (word,)), *(terms.one_of(f, ids) for f in asking)))

    yes, unknown = any_is(Tri.YES), any_is(Tri.UNKNOWN)
    neither = terms.neg(yes)
    return Cases((
        (yes, Tri.YES.value),
        (terms.all((neither, unknown)), Tri.UNKNOWN.value),
        (terms.all((neither, terms.neg(unknown))), Tri.NO.value),
    ))  # fmt: skip


def _open(path: str, known: Attributes, keep: frozenset[str] = frozenset()) -> Attributes:
    """The same facts, those that are not kept being open."""
    return Attributes({
        name: value if name in keep else _opened(f"{path}.{name}", value)
        for name, value in known.items()
    })  # fmt: skip


def _opened(path: str, value: Value) -> Value:
    match value:
        case str():
            return Fact(path, FactType.TEXT)
        case int():
            return Fact(path, FactType.LONG)
        case Time():
            return Fact(path, FactType.TIME)
        case frozenset():
            return Fact(path, FactType.TEXTS)
        case Entity("Agency", _):
            return Fact(path, FactType.AGENCY)
        case Entity() | Attributes() | Cases() | Fact():
            return value
    return Fact(path, FactType.BOOL)


def _variables(terms: Terms, asked: Mapping[str, Any]) -> dict[str, Value]:
    return {
        **{n: Entity(**asked[n]) for n in ("principal", "action", "resource")},
        "context": _attributes(terms, msgspec.json.decode(asked["context"])),
    }


def _attributes(terms: Terms, json: Mapping[str, Any]) -> Attributes:
    return Attributes({name: _value(terms, each) for name, each in json.items()})


def _value(terms: Terms, json: Any) -> Value:
    match json:
        case bool():
            return terms.const(json)
        case str() | int():
            return json
        case list():
            return frozenset(_value(terms, each) for each in json)
        case {"type": str(type), "id": str(id)}:
            return Entity(type, id)
        case {"__extn": {"fn": "datetime", "arg": text}}:
            return moment(text)
        case dict():
            return _attributes(terms, json)
    raise AssertionError(json)


def moment(text: str) -> Time:
    """A ``datetime`` literal of Cedar's."""
    at = datetime.fromisoformat(text)
    since = (at.replace(tzinfo=UTC) if at.tzinfo is None else at) - _EPOCH
    return Time(since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000)


@cache
def _action_groups() -> Mapping[Entity, tuple[Entity, ...]]:
    """Actions and their groups, as the schema has them."""
    return {
        Entity("Action", a.name): tuple(
            Entity("Action", g) for g in dict.fromkeys((*a.groups, *a.outside_groups))
        )
        for a in ACTIONS.values()
    }
