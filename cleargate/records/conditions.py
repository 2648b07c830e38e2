"""Conditions of a search: from ``column op value`` as it is typed to comparisons that SQL can make.

A value is kept in the catalogue's own form, so that the log, the cursor and the database compare
the same thing. A day given for a time means the whole of it: ``occurred_at <= 2024-09-01`` takes in
the evening, and ``occurred_at = 2024-09-01`` all 24 hours.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ..model.errors import FieldError
from ..model.fields import near
from ..model.request import Condition
from . import checks
from .catalogue import Column, Dataset, Type

FIELD: Final = "where"
"""The field of a request that holds conditions."""

_FORM: Final = re.compile(
    r"\s*(?P<column>[^\s=<>!]+)\s*(?P<op>[=<>!]{1,2}|\s[A-Za-z]+(?=\s|$))\s*(?P<value>.*)",
    re.DOTALL,
)
_DAY: Final = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one search may ask for."""

    conditions: int = 20
    values: int = 200
    length: int = 200


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison as SQL makes it: ``= < <= > >= in like`` on a stored column."""

    column: str
    op: str
    values: tuple[checks.Value, ...]


def parse(
    texts: Iterable[str], dataset: Dataset, limits: Limits | None = None
) -> tuple[Condition, ...]:
    """The conditions that ``texts`` spell, all of which a row must meet.

    Args:
        texts: such as ``primary_type = ROBBERY``, ``occurred_at >= 2024-09-01``,
            ``surname prefix GAR``, ``district in 001,002``, ``description word KNIFE``.

    Raises:
        FieldError: a column or operator is unknown, or a value is none of the column's type.
    """
    texts, limits = list(texts), limits or Limits()
    if len(texts) > limits.conditions:
        raise FieldError(FIELD, f"Give at most {limits.conditions} conditions, not {len(texts)}.")
    return tuple(_condition(text, dataset, limits) for text in texts)


def comparisons(condition: Condition, column: Column) -> tuple[Comparison, ...]:
    """``condition`` as comparisons, all of which must hold.

    Raises:
        FieldError: the condition was not made by ``parse``: its operator is not the column's.
    """
    op, value, name = condition.op, condition.value, column.name
    if op not in column.operators:
        raise _unknown_operator(op, column)
    if op == "in":
        values = value if isinstance(value, tuple) else (value,)
        return (Comparison(name, "in", values),)
    if op == "word":
        return (Comparison(column.words, "like", (f"%{value}%",)),)
    if op == "prefix":
        return _prefix(name, str(value))
    if column.type is Type.DATETIME and len(str(value)) == _DAY:
        return _day(name, op, str(value))
    assert value is None or isinstance(value, str | int | float)
    return (Comparison(name, op, (value,)),)


def _condition(text: str, dataset: Dataset, limits: Limits) -> Condition:
    form = _FORM.fullmatch(text)
    if form is None:
        first, _, rest = text.strip().partition(" ")
        if rest and first in {c.name for c in dataset.columns}:
            raise _unknown_operator(rest.split()[0], dataset.column(first, FIELD))
        raise FieldError(
            FIELD, f"'{text[:60]}' is not a condition; write it like 'district in 001,002'."
        )
    column, op = dataset.column(form["column"], FIELD), form["op"].strip().lower()
    if op not in column.operators:
        raise _unknown_operator(op, column)
    typed = _listed(form["value"]) if op == "in" else [form["value"].strip()]
    if len(typed) > limits.values or any(len(v) > limits.length for v in typed):
        raise FieldError(
            FIELD,
            f"The condition on {column.name} is too long; give at most {limits.values} values of "
            f"at most {limits.length} characters.",
        )
    values = tuple(_value(v, op, column) for v in typed)
    return Condition(column.name, op, values if op == "in" else values[0])


def _value(typed: str, op: str, column: Column) -> checks.Value:
    if not typed:
        raise FieldError(FIELD, f"The condition on {column.name} has no value; give one.")
    if op == "word":
        words = checks.words(typed)
        if not words or not words.strip():
            raise FieldError(FIELD, f"'{typed}' holds no word; give one with letters or digits.")
        return words
    try:
        if column.type is Type.DATETIME and len(typed) == _DAY:
            return checks.moment(typed)[:_DAY]
        if op == "prefix":
            return typed.upper() if column.upper else typed
        return checks.converter(column)(typed)
    except ValueError as fault:
        raise FieldError(FIELD, _wrong_value(typed, column, str(fault))) from None


def _wrong_value(typed: str, column: Column, fault: str) -> str:
    hint = near(typed, column.values) if column.values else "."
    return f"'{typed}' {fault}, so it cannot be compared with {column.name}{hint}"


def _listed(text: str) -> Sequence[str]:
    """The values of a list; one with a comma in it stands in double quotes."""
    try:
        (values,) = csv.reader([text], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        raise FieldError(
            FIELD, f"'{text[:60]}' is not a list; part the values by commas."
        ) from None
    return [v.strip() for v in values] or [""]


def _unknown_operator(op: str, column: Column) -> FieldError:
    if not column.operators:
        return FieldError(FIELD, f"{column.name} cannot be searched; search by another column.")
    return FieldError(
        FIELD,
        f"'{op}' is not an operator of {column.name}{near(op, column.operators)} "
        f"Use {', '.join(column.operators)}.",
        known=list(column.operators),
    )


def _prefix(name: str, prefix: str) -> tuple[Comparison, ...]:
    """A prefix as a range: an index can serve it, and LIKE's wildcards and case play no part."""
    low = Comparison(name, ">=", (prefix,))
    head = prefix.rstrip("\U0010ffff")
    if not head:
        return (low,)
    after = ord(head[-1]) + 1
    after = 0xE000 if after == 0xD800 else after  # surrogates are no characters
    return (low, Comparison(name, "<", (head[:-1] + chr(after),)))


def _day(name: str, op: str, day: str) -> tuple[Comparison, ...]:
    begin = f"{day}T00:00:00"
    try:
        end = f"{date.fromisoformat(day) + timedelta(days=1)}T00:00:00"
    except OverflowError:
        end = "~"  # after the last day of the calendar comes every text that sorts behind digits
    match op:
        case "=":
            return (Comparison(name, ">=", (begin,)), Comparison(name, "<", (end,)))
        case ">" | "<=":
            return (Comparison(name, ">=" if op == ">" else "<", (end,)),)
        case _:
            return (Comparison(name, op, (begin,)),)
