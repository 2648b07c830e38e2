"""The end of a hold, against a model that walks hour by hour and knows the statute's days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cleargate.custody import limits
from cleargate.model.decision import Limit, RuleRef
from cleargate.model.words import Layer, RuleKind

EXCLUDING = " excluding weekends and federal holidays"
HOUR = timedelta(hours=1)
ZONES = [
    ZoneInfo(name)
    for name in (
        "America/Chicago",
        "America/New_York",
        "America/Phoenix",
        "America/Anchorage",
        "Pacific/Honolulu",
        "America/Puerto_Rico",
        "Pacific/Guam",
    )
]

zones = st.sampled_from(ZONES)
hours = st.integers(1, 200)
FIRST = datetime(2022, 1, 1, tzinfo=UTC)
"""From 2022 on, Juneteenth is a holiday in every January to December (Pub. L. 117-17)."""

YEARS = 18 * 365 * 24
starts = st.integers(0, YEARS).map(lambda h: FIRST + h * HOUR)  # the model walks by whole hours
instants = st.integers(0, YEARS * 3600).map(lambda s: FIRST + timedelta(seconds=s))


def nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th such weekday of a month; the last for n = -1."""
    days = [date(year, month, 1) + timedelta(d) for d in range(31)]
    return [d for d in days if d.month == month and d.weekday() == weekday][n if n < 0 else n - 1]


def statute(year: int) -> set[date]:
    """5 U.S.C. 6103(a); of a Saturday the Friday, 6103(b); of a Sunday the Monday, E.O. 11582."""
    dates = [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)]
    fixed = {date(y, month, day) for y in (year, year + 1) for month, day in dates}
    shift = {5: timedelta(-1), 6: timedelta(1)}
    observed = {d + shift[d.weekday()] for d in fixed if d.weekday() in shift}
    moving = {
        nth(year, 1, 0, 3),
        nth(year, 2, 0, 3),
        nth(year, 5, 0, -1),
        nth(year, 9, 0, 1),
        nth(year, 10, 0, 2),
        nth(year, 11, 3, 4),
    }
    return {d for d in fixed | observed | moving if d.year == year}


def slow(start: datetime, left: int, zone: ZoneInfo) -> datetime:
    """Walk on, one hour at a time; an hour of a day off does not count."""
    at = start
    while left:
        day = at.astimezone(zone).date()
        left -= day.weekday() < 5 and day not in statute(day.year)
        at += HOUR
    return at


def limit(text: str) -> Limit:
    rule = RuleRef("pack/rule", "cite", "summary", RuleKind.MUST, Layer.STATE)
    return Limit(rule, text, "cite")


@given(st.integers(2022, 2045))
def test_federal_holidays_are_those_of_the_statute(year: int) -> None:
    assert limits.federal_holidays(year) == statute(year)


@given(starts, hours, zones)
def test_days_off_do_not_count(start: datetime, left: int, zone: ZoneInfo) -> None:
    assert limits.ends(f"PT{left}H{EXCLUDING}", start, zone) == slow(start, left, zone)


@given(instants, hours, zones)
def test_hours_are_elapsed_hours_whatever_the_clocks_do(
    start: datetime, left: int, zone: ZoneInfo
) -> None:
    assert limits.ends(f"PT{left}H", start, zone) == start + left * HOUR


@given(instants, st.integers(1, 400), zones)
def test_days_end_at_the_same_time_of_day(start: datetime, days: int, zone: ZoneInfo) -> None:
    end = limits.ends(f"P{days}D", start, zone)
    assert end is not None
    local, then = start.astimezone(zone), end.astimezone(zone)
    assert then.date() - local.date() == timedelta(days)
    # An hour that spring skips is the one time of day that cannot come again.
    assert then.time() == local.time() or then.utcoffset() != local.utcoffset()


@given(instants, st.integers(1, 12_000), st.integers(0, 12_000), zones)
def test_a_clock_that_excludes_can_be_stopped_and_started(
    start: datetime, first: int, second: int, zone: ZoneInfo
) -> None:
    middle = limits.ends(f"PT{first}M{EXCLUDING}", start, zone)
    assert middle is not None
    whole = limits.ends(f"PT{first + second}M{EXCLUDING}", start, zone)
    parts = limits.ends(f"PT{second}M{EXCLUDING}", middle, zone) if second else middle
    assert whole == parts


@given(instants, instants, hours, zones)
def test_who_starts_later_never_ends_earlier(
    a: datetime, b: datetime, left: int, zone: ZoneInfo
) -> None:
    ends = [limits.ends(f"PT{left}H{EXCLUDING}", at, zone) for at in sorted([a, b])]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0] <= ends[1]


TEXTS = st.sampled_from(["court", "PT48H", "PT48H" + EXCLUDING, "PT24H", "P2D", "P12D", "PT90M"])


@given(st.lists(TEXTS, min_size=1, max_size=5), instants, zones)
def test_the_shortest_wins_in_any_order(texts: list[str], start: datetime, zone: ZoneInfo) -> None:
    ends = [limits.ends(text, start, zone) for text in texts]
    earliest = min((e for e in ends if e is not None), default=None)
    for order in (texts, texts[::-1], sorted(texts)):
        ending = limits.shortest([limit(text) for text in order], start, zone)
        assert ending.until == earliest
        assert limits.ends(ending.limit.text, start, zone) == earliest


@given(instants, zones)
def test_the_form_never_outlasts_the_regulation(start: datetime, zone: ZoneInfo) -> None:
    form, regulation = limit("PT48H"), limit("PT48H" + EXCLUDING)
    assert limits.shortest([regulation, form], start, zone).limit == form or (
        limits.ends(regulation.text, start, zone) == start + 48 * HOUR
    )
