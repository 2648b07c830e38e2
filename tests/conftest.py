"""What every test may rely on: the profiles of hypothesis, and the published data sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests import jurisdiction
from tests.jurisdiction import Jurisdiction
from tests.places import fresh, in_database, places  # noqa: F401
from tests.postgres import database, server  # noqa: F401

REAL_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
"""The published data sets: in a folder beside the checkout, never in it."""

IN_CI = os.environ.get("CI") == "true"

# No deadline: a test never times. In CI the same examples each run, so that a failure is a change.
settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=2000)
settings.load_profile("ci" if IN_CI else "default")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked ``realdata`` is skipped where the data is missing, and fails there in CI."""
    if item.get_closest_marker("realdata") is not None:
        _need_real_data()


@pytest.fixture
def realdata_folder() -> Path:
    """The folder of the published data sets. Mark the test ``realdata`` as well."""
    _need_real_data()
    return REAL_DATA


def _need_real_data() -> None:
    if REAL_DATA.is_dir():
        return
    if IN_CI:
        pytest.fail(f"The data sets are missing; CI needs them in {REAL_DATA}.", pytrace=False)
    pytest.skip(f"the data sets are not in {REAL_DATA}")


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Jurisdiction:
    """A jurisdiction that no test changes: ``jurisdiction.copy`` makes another like it."""
    made = jurisdiction.found(tmp_path_factory.mktemp("founded"))
    jurisdiction.close(made)
    return made
