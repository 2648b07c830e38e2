"""When nothing can be written down, nothing is answered, and the health page says since when."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from cleargate.model.errors import FilterDisagrees
from cleargate.web import shapes
from cleargate.web.health import Health, probe
from cleargate.web.metrics import Metrics
from tests.jurisdiction import Jurisdiction, found
from tests.web.asking import CASE, Asking, asking


@contextmanager
def dead_disk() -> Iterator[None]:
    """No file of this process can be written: the kernel refuses every byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    return found(tmp_path)


@pytest.fixture
def http(here: Jurisdiction) -> Iterator[Asking]:
    with asking(here) as served:
        yield served


def health(http: Asking) -> tuple[int, shapes.Health]:
    """The health page, when the last look at it is no longer fresh."""
    http.here.clock.forward(seconds=3)
    response = http.get("", "/healthz")
    return response.status_code, msgspec.json.decode(response.content, type=shapes.Health)


def test_a_server_that_answers_says_so(http: Asking) -> None:
    assert health(http) == (200, shapes.Health("answering"))


def test_looking_at_the_health_page_writes_no_entry(http: Asking) -> None:
    size = http.size
    health(http)
    assert http.size == size


def test_nothing_is_answered_when_the_log_is_dead(http: Asking) -> None:
    size = http.size
    with dead_disk():
        response = http.ask("fbi", CASE)
    assert (response.status_code, response.headers["content-type"]) == (
        503,
        "application/problem+json",
    )
    assert "rows" not in response.text
    assert "receipt" not in response.text
    assert str(http.here.folder) not in response.text
    assert http.size == size


def test_the_health_page_says_since_when_nothing_is_answered_and_when_it_is_again(
    http: Asking,
) -> None:
    with dead_disk():
        failed_at = http.here.clock()
        assert http.ask("fbi", CASE).status_code == 503
        status, said = health(http)
        later = health(http)[1]
    assert (status, said.status, said.since) == (503, "not answering", failed_at)
    assert later.since == failed_at
    assert str(http.here.folder) not in str(said.because)
    assert health(http) == (200, shapes.Health("answering"))
    assert http.ask("fbi", CASE).status_code == 200


def test_a_dead_disk_is_noticed_before_anyone_asks(http: Asking) -> None:
    with dead_disk():
        assert health(http)[0] == 503


def test_a_look_is_kept_for_two_seconds(http: Asking) -> None:
    assert health(http)[0] == 200
    with dead_disk():
        assert http.get("", "/healthz").status_code == 200
        assert health(http)[0] == 503


def test_a_log_that_was_put_back_is_not_healed_by_a_look(http: Asking) -> None:
    log = http.here.parts.log
    before = log.seen
    log.seen = (before[0] + 100, before[1])  # as if the process had seen a hundred more entries
    assert http.ask("fbi", CASE).json()["type"] == "urn:cleargate:error:store-rolled-back"
    assert health(http)[1].code == "store-rolled-back"
    log.seen = before
    assert probe(http.here.gate) is None
    assert health(http)[0] == 503
    assert http.ask("fbi", CASE).status_code == 200
    assert health(http)[0] == 200


def test_a_refusal_is_no_fault(http: Asking) -> None:
    http.ask("public", {})
    http.ask("", {})
    assert health(http)[0] == 200


def test_a_filter_in_quarantine_does_not_stop_the_server(here: Jurisdiction) -> None:
    health = Health(here.gate, Metrics())
    health.met(FilterDisagrees())
    assert health._standing.fault is None
