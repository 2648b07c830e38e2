"""Operators on points, dates and names, against slow models that look at every row."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from math import asin, cos, radians, sin, sqrt

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cleargate.records import names, spelling
from tests.extracts import Records, catalogued
from tests.places import Fresh

Row = dict[str, str]
OPEN = ("see:identity", "see:birth")

WORDS = st.sampled_from(
    ["GARCIA", "GARZIA", "LOPEZ", "LOPES", "SMITH", "SMYTHE", "MARIA", "MARY", "ELIZABETH", "LIZ",
     "Liza", "J", "JOHN", "de la Cruz", "DELACRUZ", "CRUZ", "O'Brien", "OBRIAN", "MUÑOZ", "MUNOZ",
     "GARCIALOPEZ", "ED"]
)  # fmt: skip
SURNAMES = st.one_of(st.just(""), WORDS, st.builds(lambda a, b: f"{a}-{b}", WORDS, WORDS))
GIVEN = st.one_of(st.just(""), WORDS, st.builds(lambda a, b: f"{a} {b}", WORDS, WORDS))
BIRTHS = st.one_of(st.just(""), st.dates(date(1980, 2, 20), date(1980, 3, 5)).map(str))
PERSONS = st.lists(
    st.fixed_dictionaries({"surname": SURNAMES, "given_names": GIVEN, "birth_date": BIRTHS}),
    max_size=10,
)
NAMES = st.one_of(
    WORDS,
    st.builds(lambda a, b: f"{a} {b}", WORDS, WORDS),
    st.builds(lambda a, b: f"{a}, {b}", WORDS, WORDS),
    st.builds(lambda a, b, c: f"{a} {b}, {c}", WORDS, WORDS, WORDS),
)


def bears(row: Row, sought: str) -> bool:
    """Whether a person may bear that name: every way, every word, compared one by one."""
    surname = (spelling.spelled(row["surname"]) or "").split()
    given = (spelling.spelled(row["given_names"]) or "").split()
    for word, beside in names.sought(sought):
        if not any(spelling.alike(word, recorded) for recorded in surname):
            continue
        if not beside or not given:
            return True
        if any(_may_be(b, g) for b in beside for g in given):
            return True
        others = [s for s in surname if not spelling.alike(word, s)]
        if any(spelling.alike(b, s) for b in beside for s in others):
            return True
    return False


def _may_be(sought: str, recorded: str) -> bool:
    """Whether a given name may stand for another; an initial stands for each that begins so."""
    if len(sought) == 1 or len(recorded) == 1:
        return recorded[0] == sought[0]
    return spelling.alike(sought, recorded) or recorded in spelling.short_forms(sought)


def found(fresh: Fresh, of: str, rows: list[Row], *where: str) -> list[str]:
    """The keys of all rows that meet the conditions."""
    with fresh() as (folder, place), closing(Records(folder, place)) as records:
        if rows:
            records.take(catalogued(of, rows), "catalogue")
        return list(records.ask(*where, of=of, opened=OPEN, limit=100).keys)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=PERSONS, sought=NAMES)
def test_a_name_finds_every_person_who_may_bear_it(
    fresh: Fresh, rows: list[Row], sought: str
) -> None:
    rows = [row | {"id": f"{i:02}"} for i, row in enumerate(rows)]
    expected = [r["id"] for r in rows if bears(r, sought)]
    assert found(fresh, "person", rows, f"name alike {sought}") == expected


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=PERSONS, days=st.integers(0, 9), day=st.dates(date(1980, 2, 20), date(1980, 3, 5)))
def test_a_birth_date_is_found_by_days_around_it(
    fresh: Fresh, rows: list[Row], days: int, day: date
) -> None:
    rows = [row | {"id": f"{i:02}"} for i, row in enumerate(rows)]
    near = f"birth_date within {days} days of {day}"
    expected = [
        r["id"] for r in rows
        if r["birth_date"] and abs((date.fromisoformat(r["birth_date"]) - day).days) <= days
    ]  # fmt: skip
    assert found(fresh, "person", rows, near) == expected


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great circle's length, by the textbook."""
    (a, b), (c, d) = (tuple(map(radians, p)) for p in (one, other))
    h = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return 2 * 6_371_008.8 * asin(min(1.0, sqrt(h)))


Point = tuple[float, float]
LATITUDES = st.sampled_from([-90.0, -89.9, 0.0, 41.88, 41.881, 41.9, 89.9, 90.0])
LONGITUDES = st.sampled_from([-180.0, -179.999, -87.63, -87.629, -87.6, 0.0, 179.999, 180.0])
POINTS = st.lists(st.tuples(LATITUDES, LONGITUDES), max_size=10)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=POINTS, center=st.tuples(LATITUDES, LONGITUDES),
       far=st.sampled_from([0.5, 150, 500, 5_000, 50_000]))  # fmt: skip
@example(points=[(0.0, -180.0)], center=(0.0, 179.999), far=500)
@example(points=[(90.0, 0.0)], center=(89.9, -180.0), far=50_000)
def test_points_within_some_metres_are_those_of_the_great_circle(
    fresh: Fresh, points: list[Point], center: Point, far: float
) -> None:
    rows = [
        {"id": f"{i:02}", "occurred_at": "2025-01-01", "latitude": str(a), "longitude": str(b)}
        for i, (a, b) in enumerate(points)
    ]
    rows.append({"id": "99", "occurred_at": "2025-01-01"})
    near = f"location within {far} m of {center[0]}, {center[1]}"
    expected = [f"{i:02}" for i, point in enumerate(points) if metres(point, center) <= far]
    assert found(fresh, "incident", rows, near) == expected


TIMES = st.sampled_from(
    ["2025-01-01T00:00:00", "2025-01-01T23:59:59", "2025-01-02T00:00:00", "2025-01-03T12:00:00"]
)  # fmt: skip
ENDS = st.one_of(TIMES, TIMES.map(lambda t: t[:10]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(TIMES, max_size=6), ends=st.tuples(ENDS, ENDS))
def test_between_takes_both_ends_and_a_day_is_the_whole_of_it(
    fresh: Fresh, times: list[str], ends: tuple[str, str]
) -> None:
    low, high = sorted(ends, key=lambda e: (e[:10], e))
    if len(high) == 10 and low[:10] == high:
        low, high = high, high
    rows = [{"id": f"{i:02}", "occurred_at": t} for i, t in enumerate(times)]
    expected = [
        r["id"] for r in rows
        if r["occurred_at"][: len(low)] >= low and r["occurred_at"][: len(high)] <= high
    ]  # fmt: skip
    assert found(fresh, "incident", rows, f"occurred_at between {low} and {high}") == expected
