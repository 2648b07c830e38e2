"""Until when a hold may last: from a limit's text and a start to an end. Pure functions.

Both clocks start when the person would otherwise be released. 8 CFR 287.7(d) allows 48 hours,
"excluding Saturdays, Sundays, and holidays"; the form I-247A says 48 hours. The shorter binds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from ..model.decision import Limit
from ..model.errors import BadUse

COURT: Final = "court"
"""No end of its own: until that court says otherwise."""

END_OF_DAY: Final = "end of day"
"""Until 23:59 of the day on which the person would otherwise be released, where the facility is."""

_EXCLUDING: Final = " excluding weekends and federal holidays"
_FORM: Final = re.compile(
    r"P(?:(?P<days>[0-9]{1,3})D)?(?:T(?:(?P<hours>[0-9]{1,5})H)?(?:(?P<minutes>[0-9]{1,6})M)?)?"
    r"(?P<excluding>" + _EXCLUDING + r")?"
)
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as law writes it.

    Attributes:
        days: nominal days, from a time on one day to the same time on another; 24 hours that count
            where ``excluding``. Source: RFC 5545, 3.3.6.
        exact: elapsed time, whatever the clocks on the wall do.
        excluding: whether Saturdays, Sundays and federal holidays do not count.
    """

    days: int
    exact: timedelta
    excluding: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """When a hold ends, and the limit that ends it; ``until`` is None where a court will say."""

    until: datetime | None
    limit: Limit


def parse(text: str) -> Span | None:
    """What a limit's text says; None for ``court``.

    Raises:
        BadUse: it says nothing that is known. No hold is made on an unknown limit.
    """
    if text == COURT:
        return None
    form = _FORM.fullmatch(text)
    if form is not None:
        days, hours, minutes = (int(form[part] or 0) for part in ("days", "hours", "minutes"))
        exact = timedelta(hours=hours, minutes=minutes)
        if days or exact:
            return Span(days, exact, form["excluding"] is not None)
    raise BadUse(
        f"'{text}' is not a limit; write court, or PT48H, or 'PT48H{_EXCLUDING}', or P12D, "
        f"or '{END_OF_DAY}'."
    )


def ends(text: str, start: datetime, zone: tzinfo) -> datetime | None:
    """When a limit that starts at ``start`` ends, UTC; None for ``court``.

    Args:
        text: the limit's text.
        start: when the person would otherwise be released.
        zone: where the facility is, for its weekends, holidays and days of 23 or 25 hours.

    Raises:
        BadUse: the text is no limit.
    """
    if text == END_OF_DAY:
        return _last_minute(start, zone)
    span = parse(text)
    if span is None:
        return None
    if span.excluding:
        return _counted(start, span.exact + span.days * _DAY, zone)
    local = start.astimezone(zone)
    same_time = datetime.combine(local.date() + span.days * _DAY, local.timetz())
    return same_time.astimezone(UTC) + span.exact


def shortest(limits: Sequence[Limit], start: datetime, zone: tzinfo) -> Ending:
    """The limit that ends first, of all that apply.

    Raises:
        BadUse: one of them is unknown, or there is none: nobody is kept without a limit.
    """
    if not limits:
        raise BadUse("The decision carries no limit, and nobody is held without one; release.")
    endings = [Ending(ends(limit.text, start, zone), limit) for limit in limits]
    timed = [(e.until, place) for place, e in enumerate(endings) if e.until is not None]
    return endings[min(timed)[1]] if timed else endings[0]


def due(within: str, start: datetime, zone: tzinfo) -> datetime | None:
    """When a duty is due that arose at ``start``; None where law gives no time that can be counted.

    "As soon as practicable" keeps its words and has no time here.
    """
    try:
        return ends(within, start, zone)
    except BadUse:
        return None


def counts(day: date) -> bool:
    """Whether ``day`` is neither Saturday nor Sunday nor a federal holiday."""
    return day.weekday() < _SATURDAY and day not in federal_holidays(day.year)


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> frozenset[date]:
    """The federal holidays of a year, with the days on which they are observed.

    Law: 5 U.S.C. 6103(a), (b); E.O. 11582.
    """
    import holidays  # 60 ms, and only a limit that excludes needs it

    return frozenset(holidays.country_holidays("US", years=year, observed=True))


def _last_minute(start: datetime, zone: tzinfo) -> datetime:
    """23:59 of that day; whoever is due within its last minute is not kept at all."""
    local = start.astimezone(zone)
    return max(start, datetime.combine(local.date(), time(23, 59), zone)).astimezone(UTC)


def _counted(at: datetime, left: timedelta, zone: tzinfo) -> datetime:
    """``at`` plus ``left``, where only days that count pass."""
    at = at.astimezone(UTC)
    while True:
        day = at.astimezone(zone).date()
        midnight = datetime.combine(day + _DAY, time.min, zone).astimezone(UTC)
        if counts(day):
            if left <= midnight - at:
                return at + left
            left -= midnight - at
        at = midnight
