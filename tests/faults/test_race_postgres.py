"""The race of eight processes at one gate, with every store in a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.test_race import (
    here,
    test_a_credential_that_another_process_revoked_opens_nothing,
    test_after_the_entry_that_cuts_an_agency_off_no_process_answers_it,
    test_an_agency_that_another_process_changed_is_decided_as_it_now_is,
)

__all__ = [
    "here",
    "test_a_credential_that_another_process_revoked_opens_nothing",
    "test_after_the_entry_that_cuts_an_agency_off_no_process_answers_it",
    "test_an_agency_that_another_process_changed_is_decided_as_it_now_is",
]


@pytest.fixture
def tmp_path(in_database: Path) -> Path:
    """The folder of those tests, whose stores lie in a database here."""
    return in_database
