"""What is due by the calendar, from the marks of the rules: a pure function.

A duty on ``calendar`` says in ``@within`` how often, at the beginning of its words. What it says
after a comma, and any other words, are shown and not counted: no date is invented for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ..model.errors import BadUse
from ..model.words import Event
from .rules import Rule

_MOST_YEARS: Final = 100
_LAST: Final = date(9998, 12, 31)
"""Later, the end of the following month may be past the last of all days."""
_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August",
                  "September", "October", "November", "December")  # fmt: skip
_ONCE: Final = re.compile(r"by (\d{4}-\d\d-\d\d)")
_YEARLY: Final = re.compile(rf"by (\d\d?) ({'|'.join(_MONTHS)}) each year")
_MONTHLY: Final = re.compile(r"by the (\d\d?)(?:st|nd|rd|th) of each month")
_EACH: Final = {"each year": 12, "each half-year": 6, "each quarter": 3, "each month": 1}
"""Months of a period in which something is done once, so at the latest on its last day."""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to be done, once.

    Attributes:
        by: the last day; None where the words give no day that can be counted.
    """

    rule: Rule
    by: date | None


def due(rules: Iterable[Rule], first: date, last: date) -> list[Due]:
    """Every calendar duty of ``rules`` that is due from ``first`` to ``last``, both included.

    Args:
        rules: those that bind a custodian.
        first, last: days, where the custodian is.

    Returns:
        By day; duties whose words give no day come last, once each, if they are in force on any
        day asked for.

    Raises:
        BadUse: the days are more than a hundred years apart, or at the end of what can be counted.
    """
    begins = (last.year - _MOST_YEARS, last.month, last.day)
    if (first.year, first.month, first.day) < begins or last > _LAST:
        raise BadUse(
            f"{first} to {last} is too long or too late; ask for {_MOST_YEARS} years at most, "
            f"up to {_LAST}."
        )
    found = [d for rule in rules if rule.on is Event.CALENDAR for d in _of(rule, first, last)]
    return sorted(found, key=lambda d: (d.by is None, d.by or last, d.rule.id))


def _of(rule: Rule, first: date, last: date) -> Iterator[Due]:
    days = _days(rule.within, first, last)
    if days is None:
        if rule.in_force_between(first, last):
            yield Due(rule, None)
        return
    yield from (Due(rule, day) for day in days if rule.in_force_on(day))


def _days(within: str, first: date, last: date) -> list[date] | None:
    head = within.partition(",")[0].strip()
    try:
        if once := _ONCE.fullmatch(head):
            return [d for d in (date.fromisoformat(once[1]),) if first <= d <= last]
        if yearly := _YEARLY.fullmatch(head):
            return _each(first, last, int(yearly[1]), _MONTHS.index(yearly[2]) + 1)
        if monthly := _MONTHLY.fullmatch(head):
            return _each(first, last, int(monthly[1]))
    except ValueError:  # 31 February
        return None
    if head in _EACH:
        return [d for d in _ends(first, last) if d.month % _EACH[head] == 0]
    return None


def _each(first: date, last: date, day: int, month: int = 0) -> list[date]:
    """That day of each month, or of one month of each year; a shorter month's last day."""
    if not 1 <= day <= 31:
        raise ValueError(day)
    if month:
        date(2000, month, day)
    ends = (d for d in _ends(first, _end(last)) if not month or d.month == month)
    days = (d.replace(day=min(day, d.day)) for d in ends)
    return [d for d in days if first <= d <= last]


def _ends(first: date, last: date) -> Iterator[date]:
    """The last day of each month from ``first`` on, up to ``last``."""
    end = _end(first)
    while end <= last:
        yield end
        end = _end(end + timedelta(1))


def _end(day: date) -> date:
    following = day.replace(day=28) + timedelta(4)
    return following - timedelta(following.day)
