"""What the gate is told of a record before it decides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cleargate.records import facts
from tests.extracts import POLICE, Records, catalogued, clear, robbery
from tests.places import Places


@pytest.fixture
def records(tmp_path: Path, places: Places) -> Iterator[Records]:
    with closing(Records(tmp_path, places("records"))) as made:
        made.take(catalogued("person", [{"id": "P1"}]), "catalogue")
        yield made


def test_custodians_are_those_that_records_were_imported_for(records: Records) -> None:
    records.take(clear([robbery()]), custodian="SHERIFF")
    assert facts.custodians(records.store, "incident") == ("SHERIFF",)
    assert facts.custodians(records.store, "person") == (POLICE,)
    assert facts.custodians(records.store, "arrest") == ()
