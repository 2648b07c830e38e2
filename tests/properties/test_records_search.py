"""Search against an obvious model: a list of rows and Python's own comparisons."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleargate.records.checks import words
from tests.extracts import Records, catalogued
from tests.places import Fresh

TEXTS = st.text("AbÉ_%' ,-\"", max_size=5)
DAYS = st.dates(date(2024, 12, 30), date(2025, 1, 2)).map(str)
TIMES = st.builds(lambda day, at: f"{day}T{at:%H:%M:%S}", DAYS, st.times())
AREAS = st.integers(1, 4).map(str)

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "occurred_at": TIMES,
            "block": TEXTS,
            "description": TEXTS,
            "community_area": st.one_of(st.just(""), AREAS),
            "arrest": st.sampled_from(["", "true", "false"]),
            "sealed": st.sampled_from(["no", "no", "no", "yes", "unknown"]),
        }
    ),
    max_size=12,
)

Row = dict[str, Any]
Meets = Callable[[Row], bool]


def _compare(op: str, left: str, right: str) -> bool:
    return {"=": left == right, "<": left < right, "<=": left <= right, ">": left > right,
            ">=": left >= right}[op]  # fmt: skip


def _time(op: str, value: str) -> tuple[str, Meets]:
    # A day is compared with the day of the time: the whole of it counts.
    size = len(value)
    return f"occurred_at {op} {value}", lambda r: _compare(op, r["occurred_at"][:size], value)


def _area(values: list[str]) -> tuple[str, Meets]:
    return f"community_area in {','.join(values)}", lambda r: r["community_area"] in values


def _prefix(value: str) -> tuple[str, Meets]:
    sought = value.strip().upper()
    return f"block prefix {value}", lambda r: r["block"].strip().upper().startswith(sought)


def _word(value: str) -> tuple[str, Meets]:
    sought = words(value) or ""
    return f"description word {value}", lambda r: sought in (words(r["description"]) or "")


def _arrest(value: bool) -> tuple[str, Meets]:
    word = "true" if value else "false"
    return f"arrest = {word}", lambda r: r["arrest"] == word


OPS = st.sampled_from(["=", "<", "<=", ">", ">="])
CONDITIONS = st.lists(
    st.one_of(
        st.builds(_time, OPS, st.one_of(TIMES, DAYS)),
        st.builds(_area, st.lists(AREAS, min_size=1, max_size=3)),
        st.builds(_prefix, TEXTS.filter(lambda t: t.strip() != "")),
        st.builds(_word, TEXTS.filter(lambda t: (words(t) or "").strip() != "")),
        st.builds(_arrest, st.booleans()),
    ),
    max_size=3,
)
SORTS = st.sampled_from(["", "occurred_at", "-occurred_at", "community_area", "-community_area"])


def _ordered(rows: list[Row], sort: str) -> list[str]:
    """Keys in the promised order: by value, then key; without value last, in either direction."""
    name, down = sort.removeprefix("-"), sort.startswith("-")
    if not name:
        return sorted(r["id"] for r in rows)
    there = sorted(((r[name], r["id"]) for r in rows if r[name]), reverse=down)
    blank = sorted((r["id"] for r in rows if not r[name]), reverse=down)
    return [key for _, key in there] + blank


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, conditions=CONDITIONS, sort=SORTS, limit=st.integers(1, 5))
def test_pages_of_a_search_are_the_model_cut_into_pages(
    fresh: Fresh, rows: list[Row], conditions: list[tuple[str, Meets]], sort: str, limit: int
) -> None:
    rows = [row | {"id": f"{i:02}"} for i, row in enumerate(rows)]
    with fresh() as (folder, place), closing(Records(folder, place)) as records:
        if rows:
            records.take(catalogued("incident", rows), "catalogue")
        open_ = [r for r in rows if r["sealed"] == "no"]
        expected = _ordered([r for r in open_ if all(meets(r) for _, meets in conditions)], sort)
        where = [text for text, _ in conditions]
        found: list[str] = []
        after: tuple[object, ...] = ()
        while True:
            page = records.ask(*where, sort=sort, limit=limit, after=after)
            assert len(page.keys) <= limit
            found += page.keys
            after = page.next_position
            if not page.truncated:
                break
    assert found == expected
