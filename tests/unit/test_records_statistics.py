"""The public table: what it counts, and what it hides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cleargate.model.errors import FieldError, TicketRefused
from cleargate.model.request import Request
from cleargate.records import statistics
from tests.extracts import POLICE, Records, clear, robbery
from tests.fakes import ticket_of
from tests.places import Places


def table(records: Records, threshold: int = 10) -> statistics.Table:
    """The table for the public."""
    request = Request("statistics", "PUBLIC", "PUB", POLICE, dataset="incident")
    return statistics.publish(records.store, ticket_of(request, 99), threshold=threshold)


def some(first: int, count: int, area: str, month: str = "03", **more: str) -> list[dict[str, str]]:
    """``count`` incidents in one area and month."""
    return [
        robbery(n, Community_Area=area, Date=f"2025-{month}-05T10:00:00", **more)
        for n in range(first, first + count)
    ]


@pytest.fixture
def records(tmp_path: Path, places: Places) -> Iterator[Records]:
    with closing(Records(tmp_path, places("records"))) as made:
        yield made


def test_counts_from_the_threshold_on_are_shown_and_smaller_ones_are_not(records: Records) -> None:
    records.take(clear([*some(1, 10, "1"), *some(100, 9, "2"), *some(200, 12, "2", "04")]))
    made = table(records)
    assert (made.areas, made.months) == ((1, 2), ("2025-03", "2025-04"))
    assert made.counts == ((10, None), (None, 12))
    assert "fewer than 10" in made.note


def test_nothing_hidden_is_told_by_a_sum(records: Records) -> None:
    records.take(clear([*some(1, 10, "1"), *some(100, 3, "2")]))
    made = table(records)
    assert {f for f in statistics.Table.__slots__ if "total" in f or "sum" in f} == set()
    assert [n for line in made.counts for n in line] == [10, None]
    assert "13" not in made.note


def test_an_area_with_sealed_rows_only_does_not_appear(records: Records) -> None:
    flags = {"Sealed": "yes", "Juvenile": "no", "Expunged": "no"}
    shut = [row | flags for row in some(100, 30, "2")]
    shown = [row | flags | {"Sealed": "no"} for row in some(1, 10, "1")]
    records.take(clear([*shown, *shut], tuple(flags)))
    assert table(records).areas == (1,)


def test_incidents_without_an_area_are_not_counted(records: Records) -> None:
    records.take(clear([*some(1, 10, "01"), *some(100, 11, "")]))
    assert table(records).counts == ((10,),)


def test_another_custodians_incidents_are_not_counted(records: Records) -> None:
    records.take(clear(some(1, 10, "1")), custodian="SHERIFF")
    assert table(records).cells == 0


def test_the_threshold_is_a_setting(records: Records) -> None:
    records.take(clear(some(1, 3, "1")))
    assert table(records, threshold=3).counts == ((3,),)


def test_the_notice_goes_with_the_table(records: Records) -> None:
    records.take(clear(some(1, 10, "1")))
    assert "not verified" in table(records).notices[0]


def test_a_data_set_without_a_public_table_is_named(records: Records) -> None:
    request = Request("statistics", "PUBLIC", "PUB", POLICE, dataset="person")
    with pytest.raises(FieldError, match="no public table of 'person'"):
        statistics.publish(records.store, ticket_of(request, 98))


def test_a_ticket_for_another_action_publishes_nothing(records: Records) -> None:
    request = Request("search", "PUBLIC", "PUB", POLICE, dataset="incident")
    with pytest.raises(TicketRefused):
        statistics.publish(records.store, ticket_of(request, 97))
