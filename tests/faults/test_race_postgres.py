"""The race of eight processes at one gate, with every store in a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import jurisdiction
from tests.faults.test_race import (
    test_a_credential_that_another_process_revoked_opens_nothing,
    test_after_the_entry_that_cuts_an_agency_off_no_process_answers_it,
    test_an_agency_that_another_process_changed_is_decided_as_it_now_is,
)
from tests.jurisdiction import Jurisdiction

__all__ = [
    "test_a_credential_that_another_process_revoked_opens_nothing",
    "test_after_the_entry_that_cuts_an_agency_off_no_process_answers_it",
    "test_an_agency_that_another_process_changed_is_decided_as_it_now_is",
]


@pytest.fixture
def here(in_database: Path) -> Jurisdiction:
    """The jurisdiction of those tests, whose stores lie in a database here."""
    made = jurisdiction.found(in_database)
    assert not list(in_database.glob("data/*.db"))
    return made
