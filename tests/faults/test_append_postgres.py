"""Processes killed while they append to a log in a database: the tests of files, run there."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.log.receipts import receipt_from_json
from cleargate.storage.postgres_init import prepare
from tests.fakes import lay_in, new_log
from tests.faults.appending import acknowledged, check, start
from tests.faults.test_append import (
    test_a_process_killed_under_load_loses_nothing,
    test_a_process_killed_while_it_appends_loses_nothing,
    test_several_processes_keep_one_order,
    test_threads_killed_in_one_batch_lose_nothing,
)
from tests.postgres import DURABLE, SCHEMAS, running

__all__ = [
    "test_a_process_killed_under_load_loses_nothing",
    "test_a_process_killed_while_it_appends_loses_nothing",
    "test_several_processes_keep_one_order",
    "test_threads_killed_in_one_batch_lose_nothing",
]


@pytest.fixture
def tmp_path(in_database: Path) -> Path:
    """The folder of those tests, whose stores lie in a database here."""
    return in_database


def test_a_server_that_crashes_under_load_loses_nothingacknowledged(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("crash")
    with running(DURABLE) as server:
        whole = server.at("whole")
        prepare(whole, SCHEMAS, admin=server.admin("whole"))
        lay_in(folder, whole)
        new_log(folder).close()
        child = start(folder, "--count", 10_000, "--threads", 4, "--law-every", 5)
        assert child.stdout is not None
        first = child.stdout.readline()  # it is at work
        server.stop()
        receipts, fault = acknowledged(child)
        assert child.returncode == 4
        assert "cannot be reached" in fault
        server.start()
        assert check(folder, [receipt_from_json(first), *receipts]) > len(receipts)
