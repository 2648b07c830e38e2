"""``cleargate report due``: what the law in force makes each custodian do by the calendar."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cleargate.law.book import known, read_book
from cleargate.law.calendar import due as due_between
from tests import terminal
from tests.terminal import POLICE, SHERIFF, County, told

PACKS = Path(__file__).parents[2] / "packs"
YEAR = ("--from", "2026-12-01", "--to", "2027-04-01")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    return terminal.found(tmp_path_factory.mktemp("reports"))


def test_each_custodian_is_told_what_it_owes_by_which_day(county: County) -> None:
    due = {(d["by"], d["custodian"], d["rule"]) for d in county.said("report due", *YEAR)}
    quarterly = "us-il-chicago/report-to-mayor-and-inspector-general"
    assert due == {
        ("2026-12-31", POLICE, quarterly),
        ("2027-03-01", POLICE, "us-il/report-to-attorney-general"),
        ("2027-03-01", SHERIFF, "us-il/report-to-attorney-general"),
        ("2027-03-31", POLICE, quarterly),
    }
    shown = " ".join(told(county.run("report due", *YEAR)).split())
    assert "5 ILCS 805/25(a)-(b)" in shown


def test_one_custodian_or_no_duty_in_that_time(county: County) -> None:
    assert len(county.said("report due", *YEAR, "--custodian", SHERIFF)) == 1
    summer = ("--from", "2027-07-01", "--to", "2027-07-31")
    assert "Nothing is due from 2027-07-01" in told(county.run("report due", *summer))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "2027-01-01", "--to", "2026-01-01"), "2026-01-01 is before 2027-01-01"),
        (("--from", "soon"), "'soon' does not match the format"),
        (("--custodian", "NOBODY"), "NOBODY"),
    ],
)
def test_what_cannot_be_listed_is_one_sentence(
    county: County, arguments: tuple[str, ...], sentence: str
) -> None:
    result = county.run("report due", *arguments)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert sentence in result.stderr


def test_every_shipped_calendar_duty_is_counted_but_one_without_a_date() -> None:
    book = read_book(known([PACKS]), [PACKS])
    rules = [r for p in book.packs.values() for r in p.rules if r.on == "calendar"]
    assert len(rules) >= 12
    due = due_between(rules, date(2018, 1, 1), date(2028, 1, 1))
    assert [d.rule.id for d in due if d.by is None] == ["us-wa/model-policy"]
    assert {d.rule.id for d in due} == {r.id for r in rules}
