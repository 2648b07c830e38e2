"""Appending to a log in a database: the tests of a log in a file, run there."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.storage.postgres import Store
from tests.fakes import new_log
from tests.unit.test_log_append import (
    test_a_fault_before_the_commit_leaves_nothing_behind,
    test_a_guard_that_cannot_be_written_stops_the_next_append,
    test_a_law_can_be_put_in_force_only_in_place_of_the_one_expected,
    test_a_rejected_entry_does_not_reject_the_others_of_its_batch,
    test_a_served_batch_that_is_interrupted_tells_those_who_waited,
    test_an_append_of_several_entries_is_whole_or_not_at_all,
    test_an_entry_may_rest_on_what_the_entry_before_it_put_in_force,
    test_every_entry_gets_a_receipt_that_can_be_checked_offline,
    test_law_and_decisions_are_ordered,
    test_many_threads_share_one_log,
    test_nothing_is_released_before_it_is_committed,
    test_nothing_to_log_logs_nothing,
    test_two_openings_of_one_log_take_turns,
    test_what_has_happened_is_never_rejected_and_names_both_versions,
)

__all__ = [
    "test_a_fault_before_the_commit_leaves_nothing_behind",
    "test_a_guard_that_cannot_be_written_stops_the_next_append",
    "test_a_law_can_be_put_in_force_only_in_place_of_the_one_expected",
    "test_a_rejected_entry_does_not_reject_the_others_of_its_batch",
    "test_a_served_batch_that_is_interrupted_tells_those_who_waited",
    "test_an_append_of_several_entries_is_whole_or_not_at_all",
    "test_an_entry_may_rest_on_what_the_entry_before_it_put_in_force",
    "test_every_entry_gets_a_receipt_that_can_be_checked_offline",
    "test_law_and_decisions_are_ordered",
    "test_many_threads_share_one_log",
    "test_nothing_is_released_before_it_is_committed",
    "test_nothing_to_log_logs_nothing",
    "test_two_openings_of_one_log_take_turns",
    "test_what_has_happened_is_never_rejected_and_names_both_versions",
]


@pytest.fixture
def tmp_path(in_database: Path) -> Path:
    """The folder of those tests, whose stores lie in a database here."""
    return in_database


def test_the_log_of_these_tests_lies_in_the_database(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    assert isinstance(log.store, Store)
    assert not list(tmp_path.glob("*.db"))
    log.close()
