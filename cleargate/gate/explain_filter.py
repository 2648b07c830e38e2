"""A search laid open: what is left of each rule, which rows and masks that makes, and the SQL.

It is pinned with the decision, before anything runs, so that it shows for any past search what ran:
its text once (``pinned_filters``), the values of its parameters with each decision.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..model.actions import MASKS, ROW_MASKS
from ..model.terms import Left, RowFilter, in_words
from ..model.ticket import Filter
from ..records import search, statement, tally
from ..records.conditions import Comparison
from ..records.print import Ago
from ..records.statement import Statement
from ..storage.engine import Dialect
from .answer import Answer
from .parts import Parts
from .pinned_filters import PinnedFilters

_PARAMETER: Final = re.compile(r":(\w+)")
Laid = dict[str, Any]


def pin(made: Filter, dialect: Dialect, kept: PinnedFilters) -> Laid:
    """What a decision's entry holds: the digest of its filter, and the values that are its own."""
    where = statement.conditions(made)
    asked = _statements(made, dialect)
    key = (made.law, made.dataset, made.custodian, made.masked, tuple((n, s.sql) for n, s in asked))
    digest = kept.pin(key, lambda: _text(made, asked))
    own = {
        name: {n: v for n, v in _values(said, made, where).items() if n not in _fixed(said, made)}
        for name, said in asked
    }
    return {"filter": digest, "parameters": own}


def filter_json(made: Filter, dialect: Dialect) -> Laid:
    """The law of the rows in words, and the statements with their parameters."""
    where, asked = statement.conditions(made), _statements(made, dialect)
    own = {name: _values(said, made, where) for name, said in asked}
    return whole(_text(made, asked), own)


def whole(text: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]]) -> Laid:
    """A pinned text with the values of one search."""
    statements = [
        {"for": s["for"], "sql": s["sql"], "parameters": {**s["fixed"], **own.get(s["for"], {})}}
        for s in text["statements"]
    ]
    return {**text, "statements": statements}


def again(search: Mapping[str, Any], kept: PinnedFilters) -> Laid | None:
    """What was pinned with a decision, from its entry's ``search``; None where nothing was."""
    digest = search.get("filter", "")
    text = kept.text(digest) if digest else None
    return None if text is None else whole(text, search["parameters"])


def _text(made: Filter, asked: list[tuple[str, Statement]]) -> Laid:
    law = made.law
    return {
        "law": law.digest,
        "rows": in_words(law.condition),
        "left": [_left(each) for each in law.left],
        "hidden": [
            {
                "fact": fact,
                "mask": mask,
                "by": closed_by(mask, law),
                "shown": in_words(law.masks[mask]) if mask in law.masks else "never",
            }
            for fact, mask in ROW_MASKS.items()
        ],
        "masks": {mask: in_words(term) for mask, term in law.masks.items()},
        "masked": [
            {"column": m.column, "mask": m.mask, "rows": m.rows, "by": closed_by(m.mask, law)}
            for m in made.masked
        ],
        "statements": [
            {"for": name, "sql": said.sql, "fixed": _fixed(said, made)} for name, said in asked
        ],
    }


def _statements(made: Filter, dialect: Dialect) -> list[tuple[str, Statement]]:
    """Everything that is asked of the database, each with what it is for."""
    if search.finds_nothing(made):
        return []
    where = statement.conditions(made)
    page = ("page", statement.statement(made, where, dialect))
    number = [("withheld", statement.withholding(made, where, dialect))]
    told = number if search.tells_withheld(made) else []
    return [page, *told, *tally.statements(made, where, dialect)]


def _values(said: Statement, made: Filter, where: list[Comparison]) -> Laid:
    """The parameters that stand in the statement."""
    values = said.values(made, where)
    named = [n for n in dict.fromkeys(_PARAMETER.findall(said.sql)) if n in values]
    # An entry holds no floating number: two programs may write one differently (RFC 8785).
    return {n: repr(v) if isinstance(v := values[n], float) else v for n in named}


def _fixed(said: Statement, made: Filter) -> Laid:
    """Those that are the same whoever searches for what, on every day."""
    fixed = {n: v for n, v in said.constants.items() if not isinstance(v, Ago)}
    return {**fixed, "custodian": made.custodian}


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
    for hidden in explained["hidden"]:
        by = "; ".join(hidden["by"]) or "no rule opens them"
        said = f"rows whose '{hidden['fact']}' is not no: shown {hidden['shown']}"
        yield "hidden", f"{said}, by {hidden['mask']}: {by}"
    for masked in explained["masked"]:
        by = "; ".join(masked["by"]) or "no rule opens it"
        when = explained["masks"].get(masked["mask"], "never")
        yield "masked", f"{masked['column']}: open {when}, by {masked['mask']}: {by}"
    for said in explained["statements"]:
        yield "sql", f"{said['for']}: {' '.join(said['sql'].split())}"
        yield "with", ", ".join(f"{n} = {v!r}" for n, v in said["parameters"].items())
