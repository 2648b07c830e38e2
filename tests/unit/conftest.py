"""Jurisdictions for the tests of commands: one made once, and copies to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import terminal
from tests.terminal import County


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> County:
    """A jurisdiction that no test changes; copy it."""
    return terminal.found(tmp_path_factory.mktemp("made"))


@pytest.fixture
def county(made: County, tmp_path: Path) -> County:
    """A jurisdiction of this test alone."""
    return made.copy(tmp_path / "here")
