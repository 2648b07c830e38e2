"""A search laid open: what is left of each rule, which rows and masks that makes, and the SQL.

It is pinned with the decision, before anything runs, so that it shows for any past search what ran.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..model.actions import MASKS
from ..model.terms import Left, RowFilter, in_words
from ..model.ticket import Filter
from ..records import search, statement
from ..storage.engine import Dialect
from .answer import Answer
from .parts import Parts


def filter_json(made: Filter, dialect: Dialect) -> dict[str, Any]:
    """The law of the rows in words, and the statement with its parameters."""
    where = statement.conditions(made)
    asked = statement.statement(made, where, dialect)
    return {
        "rows": in_words(made.law.condition),
        "left": [_left(each) for each in made.law.left],
        "masks": {mask: in_words(term) for mask, term in made.law.masks.items()},
        "masked": [
            {"column": m.column, "mask": m.mask, "rows": m.rows, "by": closed_by(m.mask, made.law)}
            for m in made.masked
        ],
        "sql": asked.sql,
        # An entry holds no floating number: two programs may write one differently (RFC 8785).
        "parameters": {
            n: repr(v) if isinstance(v, float) else v for n, v in asked.values(made, where).items()
        },
    }


def _left(left: Left) -> dict[str, str]:
    return {
        "for": left.section,
        "rule": left.rule.id,
        "cite": left.rule.cite,
        "kind": left.rule.kind,
        "when": left.words,
    }


def closed_by(mask: str, law: RowFilter) -> list[str]:
    """Citations of what closes the mask, or of what would open it; none: nothing speaks of it."""
    said = [x.rule for x in law.left if x.section == mask]
    closing = [r for r in said if r.kind.value == "must not"]
    return [f"{r.cite} ({r.id})" for r in closing or said]


def plan(parts: Parts, answer: Answer) -> list[str]:
    """How the database goes about it, for the custodian's administrators: plans tell of rows."""
    asker, made = answer.asker, answer.visible
    if asker is None or made is None or asker.role != "administrator":
        return []
    return search.plan(parts.records, made) if asker.agency == made.custodian else []


def lines(explained: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The same for a terminal, as (name, what)."""
    yield "rows", explained["rows"]
    for left in explained["left"]:
        if left["for"] not in MASKS:
            yield "left", f"{left['rule']}, {left['kind']} ({left['cite']}): {left['when']}"
    for masked in explained["masked"]:
        by = "; ".join(masked["by"]) or "no rule opens it"
        when = explained["masks"].get(masked["mask"], "never")
        yield "masked", f"{masked['column']}: open {when}, by {masked['mask']}: {by}"
    yield "sql", " ".join(explained["sql"].split())
    yield "with", ", ".join(f"{n} = {v!r}" for n, v in explained["parameters"].items())
