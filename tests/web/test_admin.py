"""The operator's listener: health in full and the numbers, of whatever process answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from cleargate.gate.gate import Gate
from cleargate.model.errors import BadUse
from cleargate.web import admin
from cleargate.web.metrics import Metrics
from tests.jurisdiction import Jurisdiction
from tests.served import free_port


@contextmanager
def operator(gate: Gate) -> Iterator[str]:
    """The listener over a gate."""
    registry = Metrics().registry
    with admin.listening(
        free_port(),
        lambda: admin.with_log(registry, gate, 1),
        lambda: admin.health(gate, 1),
    ) as url:
        yield url


@pytest.fixture
def at(here: Jurisdiction) -> Iterator[str]:
    with operator(here.gate) as url:
        yield url


def test_health_says_which_clock_is_wrong_and_by_which_entry(here: Jurisdiction, at: str) -> None:
    assert httpx.get(f"{at}/healthz").json() == {"status": "answering", "processes": 1}
    now = here.clock.at
    here.clock.forward(days=-1)
    try:
        said = httpx.get(f"{at}/healthz").json()
        assert said["status"] == "answering" and "set it right" in said["clock"]
        assert "cleargate_clock_back 1.0" in httpx.get(f"{at}/metrics").text
    finally:
        here.clock.at = now


def test_health_says_what_cannot_be_read(here: Jurisdiction) -> None:
    away = here.parts.law.rename(here.parts.law.with_name("away"))
    try:
        with operator(Gate(here.parts)) as url:
            response = httpx.get(f"{url}/healthz")
            assert response.status_code == 503 and "law" in response.json()["because"]
            assert "cleargate_answering 0.0" in httpx.get(f"{url}/metrics").text
    finally:
        away.rename(here.parts.law)


def test_nothing_listens_without_a_port_and_a_taken_one_is_named(here: Jurisdiction) -> None:
    metrics = Metrics()
    with admin.listening(0, lambda: metrics.registry, dict) as url:
        assert url == ""
    port = free_port()
    with (
        admin.listening(port, lambda: metrics.registry, dict),
        pytest.raises(BadUse, match=r"serve\.admin_port"),
        admin.listening(port, lambda: metrics.registry, dict),
    ):
        pass


def test_other_addresses_are_not_there(at: str) -> None:
    assert httpx.get(f"{at}/log/checkpoint").status_code == 404
