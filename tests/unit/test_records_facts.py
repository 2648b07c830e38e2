"""What the gate is told of a record before it decides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cleargate.model.errors import FieldError
from cleargate.model.request import RowFacts
from cleargate.model.words import Tri
from cleargate.records import facts
from tests.extracts import POLICE, Records, catalogued, clear, robbery
from tests.places import Places


@pytest.fixture
def records(tmp_path: Path, places: Places) -> Iterator[Records]:
    with closing(Records(tmp_path, places("records"))) as made:
        made.take(
            catalogued(
                "person",
                [
                    {"id": "P1", "sealed": "yes", "juvenile": "no", "expunged": "no"},
                    {"id": "P2", "sealed": "", "juvenile": "", "expunged": ""},
                ],
            ),
            "catalogue",
        )
        yield made


def test_stored_flags_are_facts(records: Records) -> None:
    known = facts.row_facts(records.store, "person", POLICE, "P1")
    assert (known.sealed, known.juvenile, known.expunged) == (Tri.YES, Tri.NO, Tri.NO)


def test_a_record_that_is_not_there_looks_like_one_of_which_nothing_is_known(
    records: Records,
) -> None:
    unknown = facts.row_facts(records.store, "person", POLICE, "P2")
    missing = facts.row_facts(records.store, "person", POLICE, "P3")
    foreign = facts.row_facts(records.store, "person", "SHERIFF", "P1")
    assert unknown == missing == foreign == RowFacts()


def test_facts_are_of_a_known_data_set(records: Records) -> None:
    with pytest.raises(FieldError, match="not a data set"):
        facts.row_facts(records.store, "persons", POLICE, "P1")


def test_custodians_are_those_that_records_were_imported_for(records: Records) -> None:
    records.take(clear([robbery()]), custodian="SHERIFF")
    assert facts.custodians(records.store, "incident") == ("SHERIFF",)
    assert facts.custodians(records.store, "person") == (POLICE,)
    assert facts.custodians(records.store, "arrest") == ()
