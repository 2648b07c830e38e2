"""Days on which something is due, against a model that looks at every day."""

from __future__ import annotations

import calendar as months
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleargate.law.calendar import due
from cleargate.law.cedar import PolicyText
from cleargate.law.rules import Rule, read
from cleargate.model.errors import BadUse
from cleargate.model.words import Layer

DAY = timedelta(1)
days = st.dates(date(2024, 1, 1), date(2032, 12, 31))
periods = st.sampled_from(
    [("each month", 1), ("each quarter", 3), ("each half-year", 6), ("each year", 12)]
)
names = list(months.month_name)[1:]


def rule(within: str, more: str = "") -> Rule:
    text = (f'@id("r") @cite("c") @summary("s") @on("calendar") @to("t") @within("{within}") {more}'
            ' permit (principal, action == Action::"duty:report", resource);')  # fmt: skip
    return read(PolicyText(text, 1), "us-xx", "f", Layer.STATE, [])


def found(within: str, first: date, last: date, more: str = "") -> list[date | None]:
    return [d.by for d in due([rule(within, more)], first, last)]


def every(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def last_of_month(day: date) -> int:
    return months.monthrange(day.year, day.month)[1]


@given(days, st.integers(0, 900), st.integers(1, 31))
@example(date(2028, 1, 31), 60, 30)
def test_a_day_of_each_month(first: date, span: int, on: int) -> None:
    last = first + span * DAY
    model = [d for d in every(first, last) if d.day == min(on, last_of_month(d))]
    assert found(f"by the {on}th of each month", first, last) == model


@given(days, st.integers(0, 1500), st.sampled_from(names), st.integers(1, 28))
def test_a_day_of_each_year(first: date, span: int, month: str, on: int) -> None:
    last = first + span * DAY
    model = [d for d in every(first, last) if d.day == on and names[d.month - 1] == month]
    assert found(f"by {on} {month} each year, on the year before", first, last) == model


@given(days, st.integers(0, 1500), periods)
def test_once_in_each_period_is_due_on_its_last_day(
    first: date, span: int, each: tuple[str, int]
) -> None:
    last = first + span * DAY
    words, length = each
    model = [d for d in every(first, last) if d.day == last_of_month(d) and d.month % length == 0]
    assert found(words, first, last) == model


@given(days, days, days)
def test_one_day_is_due_once(first: date, last: date, on: date) -> None:
    assert found(f"by {on}", first, last) == ([on] if first <= on <= last else [])


@given(days, st.integers(0, 900), days, days)
def test_nothing_is_due_before_the_rule_begins_or_once_it_has_ended(
    first: date, span: int, begins: date, ends: date
) -> None:
    begins, ends = sorted((begins, ends + DAY))
    more = f'@from("{begins}") @until("{ends}")' if begins < ends else ""
    last = first + span * DAY
    all_ = found("each month", first, last)
    kept = [d for d in all_ if not more or (d is not None and begins <= d < ends)]
    assert found("each month", first, last, more) == kept


@given(days, days)
def test_words_that_give_no_day_are_listed_without_one(a: date, b: date) -> None:
    first, last = sorted((a, b))
    for words in ("after the model policy is published", "by 31 February each year", "promptly"):
        assert found(words, first, last) == [None]
    assert found("promptly", first, last, '@stayed("a court")') == []


@given(days, st.integers(0, 90), days, st.integers(1, 90))
@example(date(2026, 1, 1), 89, date(2025, 12, 1), 60)
@example(date(2026, 1, 1), 89, date(2025, 12, 1), 31)
@example(date(2026, 1, 1), 89, date(2026, 3, 31), 1)
def test_words_that_give_no_day_are_listed_if_in_force_on_any_day_asked_for(
    first: date, span: int, begins: date, length: int
) -> None:
    last, ends = first + span * DAY, begins + length * DAY
    model = [None] if any(begins <= d < ends for d in every(first, last)) else []
    assert found("promptly", first, last, f'@from("{begins}") @until("{ends}")') == model


def test_only_calendar_duties_are_due() -> None:
    text = ('@id("r") @cite("c") @summary("s") @on("released") @to("t") @within("each month") '
            'permit (principal, action == Action::"duty:report", resource);')  # fmt: skip
    made = read(PolicyText(text, 1), "us-xx", "f", Layer.STATE, [])
    assert due([made], date(2026, 1, 1), date(2026, 12, 31)) == []


@pytest.mark.parametrize("words", ["each month", "by the 3rd of each month", "promptly"])
def test_more_than_a_hundred_years_or_the_last_of_days_is_one_sentence(words: str) -> None:
    for first, last in ((date(2026, 1, 1), date.max), (date(9998, 1, 1), date.max),
                        (date(2026, 1, 1), date(2126, 1, 2))):  # fmt: skip
        with pytest.raises(BadUse, match=r"is too long or too late; ask for 100 years at most"):
            found(words, first, last)
    assert found(words, date(2026, 1, 1), date(2126, 1, 1))
    assert found(words, date(9998, 1, 1), date(9998, 12, 31))
