"""One jurisdiction and one server for each file of tests; they only add to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.jurisdiction import Jurisdiction, found
from tests.web.asking import Asking, asking, import_robberies
from tests.web.visiting import Site, visiting


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Jurisdiction:
    """A jurisdiction with three incidents."""
    made = found(tmp_path_factory.mktemp("jurisdiction"))
    import_robberies(made, 3)
    return made


@pytest.fixture(scope="module")
def http(here: Jurisdiction) -> Iterator[Asking]:
    """The same, served."""
    with asking(here) as served:
        yield served


@pytest.fixture(scope="module")
def site(here: Jurisdiction) -> Iterator[Site]:
    """Its pages, served, with someone in custody."""
    here.book_in()
    with visiting(here) as served:
        yield served
