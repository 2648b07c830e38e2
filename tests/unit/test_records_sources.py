"""Sources: how an extract's header is matched with a data set."""

from __future__ import annotations

import pytest

from cleargate.model.errors import FieldError, ImportRefused
from cleargate.records import sources
from cleargate.records.catalogue import CATALOGUE, FLAGS, dataset
from cleargate.records.sources import plan, source
from tests.extracts import CLEAR

SLIM = (
    "Row", "Date", "Block", "Primary Type", "Description", "Location Description", "Arrest",
    "Domestic", "Community Area", "IUCR (derived)", "Index Code (derived)",
)  # fmt: skip


def own_header(name: str) -> tuple[str, ...]:
    """The header of an extract in the catalogue's own words."""
    return (*(c.name for c in dataset(name).stored), *FLAGS)


def test_the_header_of_clear_is_read_whole_but_for_the_repeated_location() -> None:
    made = plan(source("clear-incidents"), CLEAR)
    assert made.ignored == ("Location",)
    assert {r.column.name for r in made.readings} == {c.name for c in made.dataset.stored}


def test_a_public_extract_without_flags_is_neither_sealed_nor_a_juveniles() -> None:
    made = plan(source("clear-incidents"), CLEAR)
    assert made.constants == {"sealed": "no", "juvenile": "no", "expunged": "no"}


def test_headers_are_matched_without_case_blanks_and_punctuation() -> None:
    portal = tuple(name.lower().replace(" ", "_") for name in CLEAR)
    assert len(plan(source("clear-incidents"), portal).readings) == 21


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_the_catalogues_own_header_shows_its_data_set(name: str) -> None:
    made = plan(source("catalogue"), own_header(name))
    assert made.dataset.name == name
    assert made.constants == {}


def test_an_extract_in_the_catalogues_words_must_state_the_flags() -> None:
    header = own_header("person")[:-1]
    with pytest.raises(ImportRefused, match="lacks expunged"):
        plan(source("catalogue").of("person"), header)


def test_missing_columns_are_named_and_a_fitting_source_too() -> None:
    with pytest.raises(ImportRefused) as fault:
        plan(source("clear-incidents"), SLIM)
    assert "lacks ID, Case Number" in fault.value.sentence
    assert "it fits the source clear-incidents-slim" in fault.value.sentence


def test_missing_columns_without_a_fitting_source_are_to_be_exported() -> None:
    with pytest.raises(ImportRefused, match=r"lacks Updated On, .*; export them too"):
        plan(source("clear-incidents"), tuple(n for n in CLEAR if n != "Updated On"))


def test_a_column_that_is_named_twice_is_refused() -> None:
    with pytest.raises(ImportRefused, match="names the column 'block' twice"):
        plan(source("clear-incidents"), (*CLEAR, "block"))


def test_a_header_of_no_data_set_is_to_be_named() -> None:
    with pytest.raises(ImportRefused, match="does not show which data set"):
        plan(source("catalogue"), ("a", "b"))


def test_a_source_reads_its_own_data_set_only() -> None:
    with pytest.raises(FieldError, match="reads incident, not person"):
        source("clear-incidents").of("person")


def test_an_unknown_source_is_answered_with_the_nearest() -> None:
    with pytest.raises(FieldError, match=r"did you mean clear-incidents\?"):
        source("clear-incident")


def test_every_source_of_the_citys_data_carries_its_notice() -> None:
    for name in ("clear-incidents", "clear-incidents-slim"):
        assert "must not be used to find a specific address" in source(name).notice


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        ('dates = ["julian"]', "no form of date"),
        ('dataset = "incident"\n[columns]\nid = "ID"\noccurred_at = "D"\nx2 = "X"', "no column x2"),
        ('dataset = "incident"\n[columns]\nid = "ID"', "leaves out"),
        (
            'dataset = "incident"\n[columns]\nid = "ID"\noccurred_at = "D"\n'
            'block = { from = "B", absent = "" }',
            "only a fact of a row",
        ),
        (
            'dataset = "incident"\ndates = ["us"]\n[columns]\noccurred_at = "D"\n'
            'id = { from = "R", year_of = "D" }',
            "ISO dates only",
        ),
    ],
)
def test_a_source_that_makes_no_sense_is_not_read(toml: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        sources.read("mine", f'title = "Mine"\n{toml}')
