"""What is known of a request, as values: the same facts that Cedar is given, read once more.

They are taken from what ``facts`` writes for Cedar, so that there is no second list of them. Only
the facts of the row, named by their types in ``ROW``, are left out where they are not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from ..model.actions import ACTIONS, Target
from ..model.evidence import Document
from ..model.request import Known
from ..model.terms import Const, Fact, FactType, Term
from . import facts
from .cedar import ROW_FACTS
from .facts import Cast
from .terms import Terms

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ROW: Mapping[str, Fact] = {name: Fact(name, FactType.TEXT) for name in sorted(ROW_FACTS)}
"""The facts that differ from row to row of one custodian's data set."""


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

    __hash__ = None  # type: ignore[assignment]


Value = str | int | Time | Entity | frozenset["Value"] | Attributes | Fact | Term
"""What an expression may come to. A truth value is a term; a ``Fact`` is the row's own value."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything but the row.

    Attributes:
        variables: ``principal``, ``action``, ``resource`` and ``context``.
        row: the facts of ``resource`` that are not known.
    """

    variables: Mapping[str, Value]
    attributes: Mapping[Entity, Attributes]
    parents: Mapping[Entity, tuple[Entity, ...]]
    row: Mapping[str, Fact]

    def above(self, entity: Entity) -> frozenset[Entity]:
        """The entity and everything that it is in."""
        found, todo = {entity}, [entity]
        for each in todo:
            new = [p for p in self.parents.get(each, ()) if p not in found]
            found.update(new)
            todo += new
        return frozenset(found)

    def agencies(self) -> list[Entity]:
        """Every agency that is known."""
        return [e for e in self.attributes if e.type == "Agency"]


class Worlds:
    """Makes worlds under one cast; what does not change from request to request is read once.

    Args:
        terms: the family of the truth values.
    """

    def __init__(self, terms: Terms, cast: Cast) -> None:
        self._terms, self._cast = terms, cast
        self._attributes: dict[Entity, Attributes] = {}
        self._parents = dict(_action_groups())
        self._add(facts._agency(a) for a in cast.agencies.values())

    def of(
        self, known: Known, documents: tuple[Document, ...], row: Mapping[str, Fact]
    ) -> list[World]:
        """One world for each document, the row's facts in ``row`` being open."""
        request = known.request
        target = ACTIONS[request.action].target
        base = Worlds.__new__(Worlds)
        base._terms, base._cast = self._terms, self._cast
        base._attributes, base._parents = dict(self._attributes), dict(self._parents)
        base._add(
            [
                facts._person(known.person),
                facts._target(target, request.custodian, request.dataset, known.row),
                facts._custody(known.custody),
                *(facts._document(n, d, d.verified(known.at)) for n, d in enumerate(documents)),
            ]
        )
        worlds = []
        for asked in facts.questions(known, self._cast, documents):
            variables = {n: Entity(**asked[n]) for n in ("principal", "action", "resource")}
            context = self._value(msgspec.json.decode(asked["context"]))
            worlds.append(
                World(
                    {**variables, "context": context},
                    base._attributes,
                    base._parents,
                    row if target is Target.DATASET else {},
                )
            )
        return worlds

    def _add(self, entities: Iterable[dict[str, Any]]) -> None:
        for entity in msgspec.json.decode(msgspec.json.encode(list(entities))):
            name = Entity(**entity["uid"])
            attributes = self._value(entity["attrs"])
            assert isinstance(attributes, Attributes)
            self._attributes[name] = attributes
            self._parents[name] = tuple(Entity(**p) for p in entity["parents"])

    def _value(self, json: Any) -> Value:
        match json:
            case bool():
                return self._terms.const(json)
            case str() | int():
                return json
            case list():
                return frozenset(self._value(each) for each in json)
            case {"__entity": uid}:
                return Entity(**uid)
            case {"__extn": {"fn": "datetime", "arg": text}}:
                return moment(text)
            case dict():
                return Attributes({name: self._value(v) for name, v in json.items()})
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
