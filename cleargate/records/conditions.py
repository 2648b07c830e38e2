"""Conditions of a search: from ``column op value`` as it is typed to comparisons that SQL can make.

A value is kept in the catalogue's own form, so that the log, the cursor and the database compare
the same thing. A day given for a time means the whole of it: ``occurred_at <= 2024-09-01`` takes in
the evening, and ``occurred_at = 2024-09-01`` all 24 hours. Besides comparisons there are

* ``occurred_at between 2024-09-01 and 2024-09-30``: from the one, up to the other;
* ``birth_date within 3 days of 1980-02-29``, ``location within 250 m of 41.88, -87.63``;
* ``name alike GARCIA, MARIA``, or without a comma in any order.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ..model.errors import FieldError
from ..model.fields import near
from ..model.request import Condition
from . import checks, names, point
from .catalogue import Column, Dataset, Type

FIELD: Final = "where"
"""The field of a request that holds conditions."""

_FORM: Final = re.compile(
    r"\s*(?P<column>[^\s=<>!]+)\s*(?P<op>[=<>!]{1,2}|\s[A-Za-z]+(?=\s|$))\s*(?P<value>.*)",
    re.DOTALL,
)
_DAY: Final = 10
_NUMBER: Final = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"
_DEGREES: Final = r"([+-]?[0-9]{1,3}(?:\.[0-9]{1,12})?)"
_FORMS: Final = {
    ("between", None): (re.compile(r"(.+?)\s+and\s+(.+)", re.IGNORECASE), "LOW and HIGH"),
    ("within", Type.DATE): (
        re.compile(r"([0-9]{1,9})\s*(?:days?|d)?\s+of\s+(.+)", re.IGNORECASE),
        "3 days of 1980-02-29",
    ),
    ("within", Type.POINT): (
        re.compile(rf"{_NUMBER}\s*(?:m|meters?|metres?)?\s+of\s+{_DEGREES}\s*,\s*{_DEGREES}",
                   re.IGNORECASE),
        "250 m of 41.8781, -87.6298",
    ),
}  # fmt: skip
"""What stands behind an operator of more than one value, with an example."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one search may ask for."""

    conditions: int = 20
    values: int = 200
    length: int = 200
    metres: int = 50_000
    days: int = 3_660


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison as SQL makes it: ``= < <= > >= in like`` on a stored column, ``within`` and
    ``alike`` on one that is made of two.
    """

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


def typed(condition: Condition) -> str:
    """``condition`` as one may type it."""
    value = condition.value
    if not isinstance(value, tuple):
        said = str(value).strip()
    elif condition.op == "between":
        said = " and ".join(map(str, value))
    elif condition.op == "within":
        far, *where = value
        said = f"{_plain(far)} of {', '.join(map(_plain, where))}"
    else:
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(value)
        said = out.getvalue()
    return f"{condition.column} {condition.op} {said}"


def _plain(value: object) -> str:
    return f"{value:.12f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


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
    if op == "alike":
        return (Comparison(name, op, names.values(str(value))),)
    if op == "between":
        low, high = _pair(value)
        first, last = (Condition(name, o, v) for o, v in ((">=", low), ("<=", high)))
        return (*comparisons(first, column), *comparisons(last, column))
    if op == "within":
        return _within(column, _pair(value))
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
    typed = _typed(form["value"], op, column)
    if len(typed) > limits.values or any(len(v) > limits.length for v in typed):
        raise FieldError(
            FIELD,
            f"The condition on {column.name} is too long; give at most {limits.values} values of "
            f"at most {limits.length} characters.",
        )
    if op == "within":
        return Condition(column.name, op, _near(typed, column, limits))
    values = tuple(_value(v, op, column) for v in typed)
    if op == "between" and not _in_order(*values):
        raise FieldError(
            FIELD, f"{typed[0]} is after {typed[1]}; give the earlier or smaller end of "
            f"{column.name} first."
        )  # fmt: skip
    return Condition(column.name, op, values if op in ("in", "between") else values[0])


def _value(typed: str, op: str, column: Column) -> checks.Value:
    if not typed:
        raise FieldError(FIELD, f"The condition on {column.name} has no value; give one.")
    if op == "word":
        words = checks.words(typed)
        if not words or not words.strip():
            raise FieldError(FIELD, f"'{typed}' holds no word; give one with letters or digits.")
        return words
    if op == "alike":
        return _name(typed)
    try:
        if column.type is Type.DATETIME and len(typed) == _DAY:
            return checks.moment(typed)[:_DAY]
        if op == "prefix":
            return typed.upper() if column.upper else typed
        return checks.converter(column)(typed)
    except ValueError as fault:
        raise FieldError(FIELD, _wrong_value(typed, column, str(fault))) from None


def _typed(text: str, op: str, column: Column) -> Sequence[str]:
    """The values of a condition as they stand in its text."""
    if op == "in":
        return _listed(text)
    form = _FORMS.get((op, None)) or _FORMS.get((op, column.type))
    if form is None:
        return [text.strip()]
    pattern, example = form
    found = pattern.fullmatch(text.strip())
    if found is None:
        raise FieldError(
            FIELD,
            f"'{text.strip()[:60]}' is no value for {op}; write '{column.name} {op} {example}'.",
        )
    return [part.strip() for part in found.groups()]


def _name(typed: str) -> str:
    try:
        names.sought(typed)
    except ValueError as fault:
        raise FieldError(FIELD, f"'{typed[:60]}' {fault}.") from None
    return typed.upper()


def _in_order(low: checks.Value, high: checks.Value) -> bool:
    """A day is the whole of it, as an end too."""
    if isinstance(low, str) and isinstance(high, str):
        size = min(len(low), len(high))
        return low[:size] <= high[:size]
    assert isinstance(low, int | float) and isinstance(high, int | float)
    return low <= high


def _near(typed: Sequence[str], column: Column, limits: Limits) -> tuple[checks.Value, ...]:
    """How far, and from where."""
    far, *where = typed
    if column.type is Type.DATE:
        if int(far) > limits.days:
            raise FieldError(FIELD, f"Give at most {limits.days} days, not {far}.")
        return (int(far), _value(where[0], "=", column))
    if not 0 < float(far) <= limits.metres:
        raise FieldError(FIELD, f"Give more than 0 and at most {limits.metres} metres, not {far}.")
    try:
        return (float(far), *point.parse(*where))
    except ValueError as fault:
        raise FieldError(FIELD, f"'{', '.join(where)}' {fault}.") from None


def _pair(value: object) -> tuple[checks.Value, ...]:
    assert isinstance(value, tuple)
    return value


def _within(column: Column, value: tuple[checks.Value, ...]) -> tuple[Comparison, ...]:
    if column.type is Type.POINT:
        metres, latitude, longitude = (float(v) for v in value if isinstance(v, int | float))
        return (Comparison(column.name, "within", point.around(latitude, longitude, metres)),)
    days, day = value
    assert isinstance(days, int)
    middle = date.fromisoformat(str(day))
    first = date.fromordinal(max(1, middle.toordinal() - days))
    last = date.fromordinal(min(date.max.toordinal(), middle.toordinal() + days))
    return (
        Comparison(column.name, ">=", (first.isoformat(),)),
        Comparison(column.name, "<=", (last.isoformat(),)),
    )


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
