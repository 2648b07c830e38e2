"""Texts of an extract as values, one by one and a whole column at once."""

from __future__ import annotations

import pytest

from cleargate.records import checks
from cleargate.records.catalogue import dataset

INCIDENT = dataset("incident")


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("community_area", "06", 6),
        ("community_area", "25.0", 25),
        ("latitude", " 41.5 ", 41.5),
        ("latitude", "-1e2", -100.0),
        ("arrest", "TRUE", 1),
        ("arrest", "n", 0),
        ("occurred_at", "2024-09-01", "2024-09-01T00:00:00"),
        ("occurred_at", "2024-09-01 07:05", "2024-09-01T07:05:00"),
        ("occurred_at", "2024-09-01T07:05:09.123456", "2024-09-01T07:05:09"),
        ("occurred_at", "9/1/2024 12:05 PM", "2024-09-01T12:05:00"),
        ("occurred_at", "09/01/2024", "2024-09-01T00:00:00"),
        ("block", " 012xx n keel st ", "012XX N KEEL ST"),
        ("block", "  ", None),
    ],
)
def test_a_text_becomes_its_columns_value(column: str, text: str, value: checks.Value) -> None:
    assert checks.converter(INCIDENT.column(column), ("iso", "us"))(text) == value


def test_a_source_writes_only_its_own_forms_of_date() -> None:
    with pytest.raises(ValueError, match=r"of the form 2024-09-01T00:12:00$"):
        checks.converter(INCIDENT.column("occurred_at"), ("iso",))("09/01/2024 07:05:00 AM")


@pytest.mark.parametrize("text", ["2024-13-01T00:00:00", "2024-02-30", "2024-01-01T24:00:00"])
def test_a_time_that_is_in_no_calendar_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        checks.moment(text)


@pytest.mark.parametrize(
    ("text", "value"), [("YES", "yes"), ("false", "no"), ("", "unknown"), ("unknown", "unknown")]
)
def test_a_flag_is_yes_no_or_unknown(text: str, value: str) -> None:
    assert checks.flag(text) == value


def test_anything_else_is_no_flag() -> None:
    with pytest.raises(ValueError, match="is not yes, no or unknown"):
        checks.flag("perhaps")


@pytest.mark.parametrize(
    ("column", "texts", "values"),
    [
        ("latitude", ["1", "", "-2.5"], [1.0, None, -2.5]),
        ("latitude", ["1", "nan"], None),
        ("latitude", ["1", "1_0"], None),
        ("latitude", ["1", "1.2.3"], None),
        ("latitude", ["1", "9" * 400], None),
        ("latitude", ["1", "1e9"], None),
        ("occurred_at", ["2024-09-01T00:12:00.000", "2024-09-02T00:12:00.000"],
         ["2024-09-01T00:12:00", "2024-09-02T00:12:00"]),
        ("occurred_at", ["2024-09-01T00:12:00"], ["2024-09-01T00:12:00"]),
        ("occurred_at", ["2024-09-01T00:12:00", "2024-02-30T00:12:00"], None),
        ("occurred_at", ["2024-09-01T00:12:00", ""], None),
        ("block", ["A ", ""], ["A", None]),
        ("block", ["A", "b"], None),
        ("block", ["A", "B\x00"], None),
        ("id", ["1", ""], None),
        ("ward", ["1"], None),
    ],
)  # fmt: skip
def test_a_whole_column_in_plain_form_is_converted_at_once_and_no_other(
    column: str, texts: list[str], values: list[checks.Value] | None
) -> None:
    assert checks.whole(INCIDENT.column(column), texts) == values
