"""Conditions as they are typed."""

from __future__ import annotations

import pytest

from cleargate.model.errors import FieldError
from cleargate.model.request import Condition
from cleargate.records.catalogue import dataset
from cleargate.records.conditions import Limits, comparisons, parse, typed

INCIDENT, PERSON = dataset("incident"), dataset("person")


def one(text: str, of: str = "incident") -> Condition:
    """The only condition of ``text``."""
    (condition,) = parse([text], dataset(of))
    return condition


def sql(text: str) -> list[tuple[str, str, tuple[object, ...]]]:
    """What ``text`` compares in the database."""
    condition = one(text)
    made = comparisons(condition, INCIDENT.column(condition.column))
    return [(c.column, c.op, c.values) for c in made]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("primary_type = ROBBERY", Condition("primary_type", "=", "ROBBERY")),
        ("primary_type=robbery", Condition("primary_type", "=", "ROBBERY")),
        ("  arrest   =  yes ", Condition("arrest", "=", 1)),
        ("occurred_at >= 2024-09-01", Condition("occurred_at", ">=", "2024-09-01")),
        ("occurred_at<2024-09-01 07:30", Condition("occurred_at", "<", "2024-09-01T07:30:00")),
        ("district in 001,002", Condition("district", "in", ("001", "002"))),
        ("ward IN 1, 2 ,3", Condition("ward", "in", (1, 2, 3))),
        ('location_description in "HOTEL, MOTEL",BANK',
         Condition("location_description", "in", ("HOTEL, MOTEL", "BANK"))),
        ("description word knife", Condition("description", "word", " KNIFE ")),
        ("block prefix 001xx n state", Condition("block", "prefix", "001XX N STATE")),
        ("latitude > 41.9", Condition("latitude", ">", 41.9)),
        ("description = A = B", Condition("description", "=", "A = B")),
        ("occurred_at between 2024-09-01 and 2024-09-02 12:00",
         Condition("occurred_at", "between", ("2024-09-01", "2024-09-02T12:00:00"))),
        ("latitude BETWEEN 41.5 AND 42", Condition("latitude", "between", (41.5, 42.0))),
        ("location within 250 m of 41.8781, -87.6298",
         Condition("location", "within", (250.0, 41.8781, -87.6298))),
        ("location within 0.5 of 41,-87", Condition("location", "within", (0.5, 41.0, -87.0))),
    ],
)  # fmt: skip
def test_a_condition_is_column_operator_and_value(text: str, condition: Condition) -> None:
    assert one(text) == condition
    assert one(typed(condition)) == condition


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("primry_type = X", "did you mean primary_type?"),
        ("primary_type like X", "'like' is not an operator of primary_type. Use =, in, prefix."),
        ("arrest > 1", "'>' is not an operator of arrest. Use =."),
        ("location = 1", "'=' is not an operator of location. Use within."),
        ("occurred_at >= 2024-02-30", "a date or time that does not exist"),
        ("occurred_at >= yesterday", "is not a date of the form 2024-09-01T00:12:00"),
        ("occurred_at >= 01/02/2024", "is not a date"),
        ("ward = x", "is not a whole number"),
        ("latitude > nan", "is not a number"),
        ("arrest = perhaps", "is not true or false"),
        ("district in", "has no value"),
        ("district in 001,,002", "has no value"),
        ("beat =", "has no value"),
        ("description word ---", "holds no word"),
        ('district in "001', "not a list"),
        ("occurred_at between 2024-09-01", "write 'occurred_at between LOW and HIGH'"),
        ("occurred_at between 2024-09-02 and 2024-09-01", "2024-09-02 is after 2024-09-01"),
        ("occurred_at between x and 2024-09-01", "is not a date"),
        ("year between 2025 and 2024", "2025 is after 2024"),
        ("location within 41.9,-87.6", "write 'location within 250 m of 41.8781, -87.6298'"),
        ("location within 0 m of 41.9,-87.6", "more than 0 and at most 50000 metres, not 0"),
        ("location within 50001 m of 41.9,-87.6", "at most 50000 metres"),
        ("location within 5 km of 41.9,-87.6", "write 'location within"),
        ("location within 5 of -87.6, 241.9", "is no point; give latitude"),
        ("location within 5 of 91, 0", "is no point; give latitude"),
        ("location within nan of 1, 1", "write 'location within"),
        ("nonsense", "is not a condition"),
        ("", "is not a condition"),
        ("block = a\x00b", "control character"),
    ],
)
def test_a_wrong_condition_is_one_sentence_that_says_what_to_do(text: str, sentence: str) -> None:
    with pytest.raises(FieldError) as fault:
        one(text)
    assert fault.value.field == "where"
    assert sentence in fault.value.sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("birth_date within 3 days", "write 'birth_date within 3 days of 1980-02-29'"),
        ("birth_date within -3 days of 1980-02-29", "write 'birth_date within"),
        ("birth_date within 3 days of 1981-02-29", "a date or time that does not exist"),
        ("birth_date within 99999 days of 1980-02-29", "Give at most 3660 days, not 99999."),
        ("name alike ,", "holds no name"),
        ("name alike 'A B C D E F G'", "has too many parts; give at most 6"),
        ("name alike", "has no value"),
        ("name = GARCIA", "'=' is not an operator of name. Use alike."),
    ],
)
def test_a_wrong_condition_on_a_person_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(FieldError) as fault:
        one(text, "person")
    assert sentence in fault.value.sentence


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("birth_date within 2 days of 1980-02-28", "1980-02-26", "1980-03-01"),
        ("birth_date within 0 of 1980-02-28", "1980-02-28", "1980-02-28"),
        ("birth_date within 9 days of 0001-01-02", "0001-01-01", "0001-01-11"),
        ("birth_date within 9 days of 9999-12-30", "9999-12-21", "9999-12-31"),
    ],
)
def test_days_around_a_date_end_with_the_calendar(text: str, low: str, high: str) -> None:
    condition = one(text, "person")
    made = comparisons(condition, PERSON.column("birth_date"))
    assert [(c.op, c.values) for c in made] == [(">=", (low,)), ("<=", (high,))]


def test_a_wrong_value_of_few_is_answered_with_the_nearest() -> None:
    with pytest.raises(FieldError, match=r"did you mean FELONY\?"):
        one("charge_class = felny", "arrest")


def test_a_search_has_limits() -> None:
    with pytest.raises(FieldError, match="at most 2 conditions"):
        parse(["ward = 1"] * 3, INCIDENT, Limits(conditions=2))
    with pytest.raises(FieldError, match="too long"):
        parse(["ward in 1,2,3"], INCIDENT, Limits(values=2))
    with pytest.raises(FieldError, match="too long"):
        parse(["block = " + "x" * 11], INCIDENT, Limits(length=10))


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("occurred_at = 2024-02-29",
         [(">=", "2024-02-29T00:00:00"), ("<", "2024-03-01T00:00:00")]),
        ("occurred_at <= 2024-12-31", [("<", "2025-01-01T00:00:00")]),
        ("occurred_at > 2024-12-31", [(">=", "2025-01-01T00:00:00")]),
        ("occurred_at >= 2024-12-31", [(">=", "2024-12-31T00:00:00")]),
        ("occurred_at < 2024-12-31", [("<", "2024-12-31T00:00:00")]),
        ("occurred_at <= 2024-12-31T10:00", [("<=", "2024-12-31T10:00:00")]),
        ("occurred_at = 9999-12-31", [(">=", "9999-12-31T00:00:00"), ("<", "~")]),
        ("block prefix 00", [(">=", "00"), ("<", "01")]),
        ("block prefix \ud7ff", [(">=", "\ud7ff"), ("<", "\ue000")]),
        ("block prefix a\U0010ffff", [(">=", "A\U0010ffff"), ("<", "B")]),
        ("block prefix \U0010ffff", [(">=", "\U0010ffff")]),
    ],
)  # fmt: skip
def test_a_day_is_the_whole_day_and_a_prefix_is_a_range(
    text: str, compared: list[tuple[str, str]]
) -> None:
    assert [(op, *values) for _, op, values in sql(text)] == compared


def test_a_word_is_sought_among_the_stored_words() -> None:
    assert sql("description word Knife / cutting") == [
        ("description__words", "like", ("% KNIFE CUTTING %",))
    ]


def test_a_condition_that_nobody_parsed_is_not_run() -> None:
    with pytest.raises(FieldError, match="is not an operator"):
        comparisons(Condition("surname", "like", "%"), PERSON.column("surname"))
