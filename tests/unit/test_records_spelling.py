"""How names are compared: what is alike, what is not, and the numbers that find it."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleargate.records import spelling
from cleargate.records.spelling import alike, keys, parts, short_forms, spelled

LETTERS = st.text("ABCELMSZ", min_size=1, max_size=14)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("García López", " GARCIA LOPEZ +GARCIALOPEZ "),
        ("garcia-lopez", " GARCIA LOPEZ +GARCIALOPEZ "),
        ("de la Cruz", " CRUZ DELACRUZ "),
        ("O'Brien", " OBRIEN "),
        ("O’BRIEN", " OBRIEN "),
        ("Müller", " MULLER "),
        ("Łuczak", " LUCZAK "),
        ("Weiß", " WEISS "),
        ("Smith Jr.", " SMITH "),
        ("Smith, III", " SMITH "),
        ("Jr", " JR "),
        ("de la", " DELA "),
        ("van der Berg", " BERG VANDERBERG "),
        ("A" * 99, f" {'A' * spelling.LONGEST} "),
        (" - ", None),
        ("", None),
        (None, None),
    ],
)
def test_a_name_is_kept_without_marks_case_and_particles(text: object, kept: str | None) -> None:
    assert spelled(text) == kept


def test_a_part_stands_with_its_particles_and_without() -> None:
    assert parts("de la Cruz-Núñez") == (("CRUZ", "DELACRUZ"), ("NUNEZ",))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SMITH", "SMYTH"), ("SMITH", "SMTIH"), ("SMITH", "SMIT"), ("SMITH", "SMITTH"),
        ("GONZALEZ", "GONSALES"), ("CHAVEZ", "CHABES"), ("RODRIGUEZ", "RODIRGUES"),
        ("SCHMIDT", "SCHMITT"), ("LEE", "LEA"), ("ED", "ED"), ("GARCIALOPEZ", "+GARCIALOPEZ"),
    ],
)  # fmt: skip
def test_names_that_are_mistaken_for_one_another_are_alike(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)
    assert keys(one) & keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SMITH", "JONES"), ("DIAZ", "DIAL" + "LO"), ("ED", "AL"), ("LOPEZ", "LOWELL"),
        ("GARCIA", "GARZON"), ("MORA", "MEYER"), ("GARCIALOPES", "+GARCIALOPEZ"),
        ("ABCDEFGHIJKLMN", "ABXDEFGHIJKXMN"),
    ],
)  # fmt: skip
def test_other_names_are_not_alike(one: str, other: str) -> None:
    assert not alike(one, other)
    assert not alike(other, one)


@given(LETTERS, LETTERS)
def test_whatever_is_alike_shares_a_number_and_likeness_is_mutual(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)
    if alike(one, other):
        assert keys(one) & keys(other)


@given(LETTERS, st.data())
def test_one_slip_of_the_finger_in_three_letters_or_more_is_alike(
    word: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("ABCELMSZ"))
    slips = [
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1 :],
        word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
    ]
    for slip in slips:
        assert max(len(word), len(slip)) < 3 or alike(word, slip)


def test_short_forms_lead_both_ways_and_from_a_name_with_a_slip() -> None:
    assert {"LIZ", "BETTY"} <= short_forms("ELIZABETH")
    assert "LIZ" in short_forms("ELISABETH")
    assert "ELIZABETH" in short_forms("LIZ")
    assert {"FRANCISCO"} <= short_forms("PACO")
    assert short_forms("XQZ") == frozenset()


def test_the_table_of_short_forms_is_written_as_names_are_compared() -> None:
    text = files("cleargate.records").joinpath("nicknames.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(lines) > 200
    for line in lines:
        assert re.fullmatch(r"[A-Z]+( [A-Z]+)+", line), line
        words = line.split()
        assert len(set(words)) == len(words), line
        assert all(parts(word) == ((word,),) for word in words), line
