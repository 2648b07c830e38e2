"""Whether a rule on rows can be asked of a database, before it is in force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from cedarpy import pst

from ..model.actions import ACTIONS
from ..model.evidence import NO_DOCUMENT
from ..model.request import ROLES, Agency, Known, Person, Request
from ..model.words import RuleKind
from .cedar import ROW_FACTS, facts_read
from .facts import Cast
from .lower import Lowering, ShapeError
from .rules import Rule
from .terms import Terms
from .world import worlds

_ANYONE = "CUSTODIAN"


def row_mistakes(rule: Rule) -> Iterator[str]:
    """What keeps a rule that reads a row from being searched. Its types must be right.

    The facts of the request stand only for their types here: every part of the rule is looked at.
    """
    row = {p.split(".")[1] for p in facts_read(rule.clauses) if p.startswith("resource.")}
    read = sorted(row & ROW_FACTS)
    if not read:
        return
    if rule.kind is RuleKind.DUTY:
        yield f"is a duty and reads resource.{read[0]}; a duty is of a request, not of a row"
    elif rule.reaches("statistics"):
        yield (
            f"reads resource.{read[0]}, a fact of each row, for statistics, which is one fixed "
            "table; name search, read and export"
        )
    else:
        yield from _shapes(rule)


def _shapes(rule: Rule) -> Iterator[str]:
    named = {u.id for u in pst.entity_uids((rule.policy,)) if str(u.type) == "Agency"}
    cast = Cast({id: Agency(id, id) for id in sorted({*named, _ANYONE})})
    own = cast.agencies[_ANYONE]
    action = next(a for a in ACTIONS if rule.reaches(a))
    known = Known(
        at=datetime(1970, 1, 1, tzinfo=UTC),
        person=Person("", _ANYONE, ROLES[0]),
        requester=own,
        represented=own,
        request=Request(action, _ANYONE, "ADM", _ANYONE),
    )
    terms = Terms()
    for world in worlds(terms, cast, known, (NO_DOCUMENT,), row_open=True):
        try:
            Lowering(terms, world, thorough=True).policy(rule.policy)
        except ShapeError as fault:
            yield str(fault)
