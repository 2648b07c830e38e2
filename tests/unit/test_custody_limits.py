"""Worked ends of holds, and texts that are no limit."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cleargate.custody import limits
from cleargate.model.errors import BadUse

CHICAGO = ZoneInfo("America/Chicago")
EXCLUDING = "PT48H excluding weekends and federal holidays"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("PT48H", "2026-07-01 16:30", "2026-07-03 16:30"),
        (EXCLUDING, "2026-06-29 10:00", "2026-07-01 10:00"),
        # Thursday afternoon; Friday 3 July is Independence Day as observed
        (EXCLUDING, "2026-07-02 16:30", "2026-07-07 16:30"),
        (EXCLUDING, "2026-07-11 09:00", "2026-07-15 00:00"),
        # the end of Friday is the end, not the end of the days off after it
        (EXCLUDING, "2026-07-09 00:00", "2026-07-11 00:00"),
        # Christmas on a Friday, and the New Year's Friday a week later
        (EXCLUDING, "2026-12-24 12:00", "2026-12-29 12:00"),
        (EXCLUDING, "2026-12-31 12:00", "2027-01-05 12:00"),
        # New Year's Day 2028 is a Saturday: observed on 31 December 2027
        (EXCLUDING, "2027-12-30 12:00", "2028-01-04 12:00"),
        # the night of 8 March 2026 has one hour less, that of 1 November one more
        ("PT48H", "2026-03-07 12:00", "2026-03-09 13:00"),
        ("P2D", "2026-03-07 12:00", "2026-03-09 12:00"),
        ("PT48H", "2026-10-31 12:00", "2026-11-02 11:00"),
        (EXCLUDING, "2026-03-06 12:00", "2026-03-10 12:00"),
        ("P1DT12H", "2026-07-01 12:00", "2026-07-03 00:00"),
        ("P12D", "2026-07-01 12:00", "2026-07-13 12:00"),
        ("end of day", "2026-07-01 00:05", "2026-07-01 23:59"),
        ("end of day", "2026-11-01 00:30", "2026-11-01 23:59"),
        ("end of day", "2026-07-01 23:59", "2026-07-01 23:59"),
    ],
)
def test_a_limit_ends(text: str, start: str, end: str) -> None:
    assert limits.ends(text, local(start), CHICAGO) == local(end)


def test_a_court_gives_no_end() -> None:
    assert limits.ends("court", local("2026-07-01 12:00"), CHICAGO) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "48 hours",
        "PT48h",
        "PT48H ",
        "PT",
        "P",
        "PT0H",
        "-PT48H",
        "P1M",
        "P9999D",
        "PT48H excluding weekends",
        "until 23:59 of the day otherwise released",
    ],
)
def test_an_unknown_limit_holds_nobody(text: str) -> None:
    with pytest.raises(BadUse, match="is not a limit"):
        limits.parse(text)


def test_no_limit_at_all_holds_nobody() -> None:
    with pytest.raises(BadUse, match="nobody is held without one"):
        limits.shortest([], local("2026-07-01 12:00"), CHICAGO)


def test_a_duty_without_a_countable_time_has_none() -> None:
    start = local("2026-07-01 12:00")
    assert limits.due("PT4H", start, CHICAGO) == local("2026-07-01 16:00")
    assert limits.due("as soon as practicable", start, CHICAGO) is None
